import Primitives
import Testing

@testable import Staleness

@Suite struct AgreementTests {
    func point(_ fresh: Int, of reads: Int, predicted: Double) -> Agreement.Point {
        Agreement.Point(
            milliseconds: 1.5, reads: reads, fresh: fresh,
            predicted: Estimate(exactly: predicted))
    }

    @Test func `Shares as they were predicted agree`() {
        let agreement = Agreement([
            point(500, of: 1_000, predicted: 0.5), point(1_000, of: 1_000, predicted: 1),
        ])
        #expect(agreement.holds)
        #expect(agreement.note == "agrees at all 2 distances")
    }

    @Test func `A share that chance does not explain disagrees, and the note says where`() {
        let agreement = Agreement([
            point(500, of: 1_000, predicted: 0.5), point(600, of: 1_000, predicted: 0.5),
        ])
        #expect(!agreement.holds)
        #expect(agreement.note.hasPrefix("disagrees at t = 1.5 ms: 60.0 % of 1000 reads"))
    }

    @Test func `One stale read among those that can never be stale disagrees`() {
        #expect(!Agreement([point(999, of: 1_000, predicted: 1)]).holds)
        #expect(!Agreement([point(1, of: 1_000, predicted: 0)]).holds)
    }

    @Test func `Without any read nothing agrees`() {
        #expect(!Agreement([point(0, of: 0, predicted: 0.5)]).holds)
    }

    /// The bound is no approximation: true shares near 1, where the normal one fails, are not
    /// blamed more often than stated.
    @Test func `True shares are blamed less often than the false alarm states`() {
        var random = RandomStream(seed: 7)
        var blamed = 0
        for _ in 0..<4_000 {
            let points = [0.5, 0.97, 0.9995].map { share in
                let fresh = (0..<200).count { _ in Double.random(in: 0..<1, using: &random) < share
                }
                return point(fresh, of: 200, predicted: share)
            }
            blamed += Agreement(points).holds ? 0 : 1
        }
        #expect(blamed <= 12)
    }

    @Test func `A sampler draws what its fit says, the remote part included`() {
        var random = RandomStream(seed: 3)
        let sampler = DelaySampler(PublishedFit.wideArea.fit)
        let draws = (0..<20_000).map { _ in sampler.milliseconds(.response, using: &random) }
        #expect(draws.allSatisfy { $0 >= 75 })
        let below = draws.count { $0 < 75.5 }
        let expected = PublishedFit.wideArea.fit.response.cumulative(0.5)
        #expect((Double(below) / 20_000 - expected).magnitude < 0.01)
    }
}
