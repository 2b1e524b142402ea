import Primitives
import Testing

@testable import Staleness

@Suite struct WARSTests {
    /// Every combination of two values per leg, against the rule as it is written down.
    @Test(arguments: [
        QuorumSizes(n: 2, r: 1, w: 1), QuorumSizes(n: 2, r: 2, w: 1),
        QuorumSizes(n: 2, r: 1, w: 2),
    ])
    func `trials agree with all combinations of a tiny case`(quorum: QuorumSizes) {
        let values = TinyCase.values
        let model = WARSModel(TinyCase.fit, n: 2, nodes: 2, coordinators: .outside)
        let trials = played(model, [quorum], count: 200_000)
        for time in [0, 0.35, 1.05, 2.15, 4.5] {
            var stale = 0
            for combination in 0..<256 {
                let delays = (0..<8).map { values[$0 % 4][combination >> $0 & 1] }
                stale += TinyCase.isStale(delays, quorum, after: time) ? 1 : 0
            }
            let fresh = trials.fresh(quorum, at: time)
            #expect(abs(1 - Double(stale) / 256 - fresh.probability) < 0.006, "at \(time)")
        }
    }

    @Test(arguments: [(3, 1, 1), (3, 1, 2), (3, 2, 1), (5, 2, 2), (4, 1, 3)])
    func `trials agree with the closed form of t-visibility`(n: Int, r: Int, w: Int) {
        let quorum = QuorumSizes(n: n, r: r, w: w)
        let none = DelayDistribution(.constant(0))
        let fit = DelayFit(
            name: "exponential", write: DelayDistribution(.exponential(rate: 0.5)),
            acknowledgement: none, read: none,
            response: DelayDistribution(.uniform(low: 0, high: 1)))
        let model = WARSModel(fit, n: n, nodes: n, coordinators: .outside)
        let trials = played(model, [quorum], count: 100_000)
        for time in [0, 0.5, 1, 2, 4, 8] {
            let stale = ClosedForms.staleness(quorum) {
                ClosedForms.reached(quorum, holders: $0, rate: 0.5, milliseconds: time)
            }
            let fresh = trials.fresh(quorum, at: time)
            #expect(abs(1 - stale - fresh.probability) < 0.006, "at \(time): \(stale)")
        }
    }

    @Test func `the closed forms give what can be worked out by hand`() {
        let quorum = QuorumSizes(n: 3, r: 1, w: 1)
        #expect(abs(ClosedForms.freshness(quorum, versions: 1) - 1.0 / 3) < 1e-12)
        #expect(abs(ClosedForms.freshness(quorum, versions: 2) - 5.0 / 9) < 1e-12)
        #expect(ClosedForms.freshness(QuorumSizes(n: 3, r: 2, w: 2), versions: 1) == 1)
        #expect(abs(ClosedForms.miss(QuorumSizes(n: 5, r: 2, w: 1), holders: 2) - 0.3) < 1e-12)
        // Where all replicas have the write no read is stale: the misprinted formula gave 2/3.
        #expect(ClosedForms.staleness(quorum) { _ in 1 } == 0)
        let atOnce = ClosedForms.staleness(quorum) { $0 <= 1 ? 1 : 0 }
        #expect(abs(atOnce - 2.0 / 3) < 1e-12)
    }

    @Test func `overlapping quorums are never stale`() {
        let model = WARSModel(
            PublishedFit.linkedInDisk.fit, n: 3, nodes: 3, coordinators: .outside)
        let quorums = [QuorumSizes(n: 3, r: 2, w: 2), QuorumSizes(n: 3, r: 1, w: 3)]
        let trials = played(model, quorums, count: 50_000)
        for quorum in quorums {
            #expect(trials.fresh(quorum, at: 0).probability == 1)
            #expect(trials.result(for: quorum).tVisibility.milliseconds == 0)
        }
    }

    @Test func `chunks played in any order and grouping give the same`() {
        let model = WARSModel(PublishedFit.wideArea.fit, n: 3, nodes: 5, coordinators: .replica)
        let quorums = [QuorumSizes(n: 3, r: 1, w: 1), QuorumSizes(n: 3, r: 2, w: 1)]
        let count = 3 * WARSTrials.chunkTrials + 17
        #expect(WARSTrials.chunks(of: count) == 4)
        let inOrder = played(model, quorums, count: count)
        var first = WARSTrials(model: model, quorums: quorums)
        var second = first
        first.play(chunk: 3, of: count, seed: 1)
        first.play(chunk: 0, of: count, seed: 1)
        second.play(chunk: 2, of: count, seed: 1)
        second.play(chunk: 1, of: count, seed: 1)
        second.merge(first)
        #expect(second.count == count)
        for quorum in quorums {
            #expect(second.result(for: quorum) == inOrder.result(for: quorum))
        }
        let alone = played(model, [quorums[1]], count: count)
        #expect(alone.result(for: quorums[1]) == inOrder.result(for: quorums[1]))
    }

    @Test func `a coordinator that is a replica answers itself at once`() {
        var fit = DelayFit(
            name: "constant", write: DelayDistribution(.constant(4)),
            acknowledgement: DelayDistribution(.constant(1)),
            read: DelayDistribution(.constant(2)), response: DelayDistribution(.constant(1)))
        fit.localWrite = DelayDistribution(.constant(0.5))
        fit.localRead = DelayDistribution(.constant(0.25))
        let quorum = QuorumSizes(n: 3, r: 1, w: 1)
        let model = WARSModel(fit, n: 3, nodes: 3, coordinators: .replica)
        let result = played(model, [quorum], count: 60_000).result(for: quorum)
        #expect(result.readLatency.p50 == 0.25)
        #expect(result.writeLatency.p999 == 0.5)
        // Only the writer's own node is fresh at once, and the reader is one of three.
        #expect(abs(result.freshAtZero.probability - 1.0 / 3) < 0.01)
        // Another reader reads at 0.5 + t + 0.25, and the write arrives at 4.
        #expect(result.tVisibility.milliseconds.map { abs($0 - 3.25) < 0.002 } == true)
    }

    private func played(
        _ model: WARSModel, _ quorums: [QuorumSizes], count: Int
    ) -> WARSTrials {
        var trials = WARSTrials(model: model, quorums: quorums)
        for chunk in 0..<WARSTrials.chunks(of: count) {
            trials.play(chunk: chunk, of: count, seed: 1)
        }
        return trials
    }
}

/// Two replicas, and two values for each leg that never tie.
private enum TinyCase {
    static let values = [[0.4, 3.1], [0.03, 1.7], [0.2, 1.1], [0.05, 2.3]]

    static var fit: DelayFit {
        func either(_ values: [Double]) -> DelayDistribution {
            DelayDistribution(
                values.map { .init(weight: 0.5, component: .constant($0)) })
        }
        return DelayFit(
            name: "tiny", write: either(values[0]), acknowledgement: either(values[1]),
            read: either(values[2]), response: either(values[3]))
    }

    /// The delays are W, A, R and S of the first replica, then of the second.
    static func isStale(_ delays: [Double], _ quorum: QuorumSizes, after time: Double) -> Bool {
        let replicas = [Array(delays[0..<4]), Array(delays[4..<8])]
        let acknowledged = replicas.map { $0[0] + $0[1] }.sorted()[quorum.w - 1]
        let answering = replicas.sorted { $0[2] + $0[3] < $1[2] + $1[3] }.prefix(quorum.r)
        return answering.allSatisfy { acknowledged + time + $0[2] < $0[0] }
    }
}
