import Testing

@testable import Staleness

@Suite struct StalenessTargetTests {
    @Test func `a target is read, whatever its spaces and case`() throws {
        let target = try StalenessTarget(
            parsing: "99.9% fresh within 10ms,P99 read<=5 ms , p99.9 write ≤ 0.5s")
        typealias Requirement = StalenessTarget.Requirement
        let fresh = Requirement.fresh(share: 99.9 / 100, milliseconds: 10)
        let read = Requirement.readLatency(quantile: 99.0 / 100, milliseconds: 5)
        let write = Requirement.writeLatency(quantile: 99.9 / 100, milliseconds: 500)
        #expect(target.requirements == [fresh, read, write])
        let atOnce = try StalenessTarget(parsing: "100 % fresh").requirements
        let whole = Requirement.fresh(share: 1, milliseconds: 0)
        #expect(atOnce == [whole])
        let short = try StalenessTarget(parsing: "p50 read < 250us").requirements
        let median = Requirement.readLatency(quantile: 0.5, milliseconds: 0.25)
        #expect(short == [median])
    }

    @Test(arguments: [
        "", "fast", "99.9% fresh within", "101% fresh", "0% fresh", "p100 read <= 1ms",
        "p99 scan <= 1ms", "p99 read >= 1ms", "p99 read <= 5", "p99 read <= 5m", "99% fresh,",
        "p99 read <= -5ms", "p9.9.9 read <= 5ms",
    ])
    func `what is no target is told with what may stand there`(text: String) {
        let error = #expect(throws: TargetError.self) { try StalenessTarget(parsing: text) }
        #expect(error?.description.contains("'pQ read <= T'") == true)
    }

    @Test func `a requirement is written as it can be read`() throws {
        let text = "99.9% fresh within 10ms,p99 read <= 5.5ms,p99.9 write <= 20ms"
        let target = try StalenessTarget(parsing: text)
        let written = target.requirements.map(\.description).joined(separator: ",")
        #expect(written == text)
    }
}

@Suite struct AdviceTests {
    /// Write requests take 1 to 11 ms, all else a millisecond.
    private func advice(_ target: String, reads: Double = 0.9) throws -> Advice {
        let fixed = DelayDistribution(.constant(1))
        let fit = DelayFit(
            name: "slow writes", write: DelayDistribution(.uniform(low: 1, high: 11)),
            acknowledgement: fixed, read: fixed, response: fixed)
        let parsed = try StalenessTarget(parsing: target)
        var candidates: [AdviceCandidate] = []
        for n in 2...3 {
            let model = WARSModel(fit, n: n, nodes: n, coordinators: .outside)
            let quorums = (1...n).flatMap { r in (1...n).map { QuorumSizes(n: n, r: r, w: $0) } }
            var trials = WARSTrials(model: model, quorums: quorums)
            trials.play(chunk: 0, of: 20_000, seed: 1)
            candidates += quorums.map {
                AdviceCandidate($0, trials: trials, target: parsed, reads: reads)
            }
        }
        return Advice(candidates)
    }

    @Test func `the cheapest choice that meets the target wins`() throws {
        let late = try advice("99% fresh within 12ms")
        #expect(late.best?.quorum == QuorumSizes(n: 2, r: 1, w: 1))
        // At once only quorums that overlap are fresh; waiting for writes is cheaper than for
        // reads, of which there are nine times as many.
        let atOnce = try advice("100% fresh")
        #expect(atOnce.best?.quorum == QuorumSizes(n: 2, r: 1, w: 2))
        #expect(try advice("100% fresh", reads: 0.1).best?.quorum == QuorumSizes(n: 2, r: 2, w: 1))
        #expect(try advice("100% fresh, p99 write <= 11.5ms").best?.quorum.w == 1)
        #expect(zip(late.candidates, late.candidates.dropFirst()).allSatisfy { $0.cost <= $1.cost })
    }

    @Test func `a choice meets the target only with its whole interval`() throws {
        // Uniformly 2…12 ms with n = 2: the slower of two acknowledgements has its median at
        // 2 + 10 / √2 ms, so that the interval around it includes the limit.
        let limit = 2 + 10 / 2.0.squareRoot()
        let advice = try advice("p50 write <= \(limit)ms")
        let candidate = try #require(
            advice.candidates.first { $0.quorum == QuorumSizes(n: 2, r: 1, w: 2) })
        let outcome = try #require(candidate.outcomes.first)
        #expect(abs(outcome.value - limit) < 0.1)
        #expect(!candidate.isMet && (outcome.high ?? 0) > limit)
    }

    @Test func `where none meets the target the nearest is named`() throws {
        let advice = try advice("p50 write <= 3ms, 99% fresh within 12ms")
        #expect(advice.best == nil)
        #expect(advice.nearest?.quorum.w == 1 && advice.nearest?.quorum.n == 3)
        #expect(advice.candidates.allSatisfy { $0.excess > 0 && !$0.isMet })
    }
}
