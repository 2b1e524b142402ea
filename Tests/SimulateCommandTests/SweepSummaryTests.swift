import Simulator
import Testing

@testable import SimulateCommand

@Suite struct SweepSummaryTests {
    private func summary() -> SweepSummary {
        var summary = SweepSummary()
        summary.add(Samples.report(seed: 1), .passed)
        summary.add(Samples.report(seed: 2) { $0.sometimes[0].count = 0 }, .liveness)
        summary.add(Samples.report(seed: 3), .safety)
        summary.wallSeconds = 6
        return summary
    }

    @Test func theLastLineAddsUp() {
        #expect(
            summary().lines.last
                == "seeds=3 passed=1 failed=2 ops=74,898 events=1,237,035 sim=360s wall=6.0s "
                + "speed=60x slowest-convergence=31.2s of-bound=0.00")
        #expect(summary().worst == .safety)
    }

    @Test func seedsAreCountedAndTheUnseenAndTheRareNamed() {
        let lines = summary().lines
        #expect(lines.contains { $0.hasPrefix("  siblings2 ") && $0.hasSuffix("2 seeds, 8") })
        #expect(lines.contains("never seen: siblings9, fault oneway"))
        #expect(lines.contains("rare: siblings2 (2), fault loss (3), fault power (3)"))
    }

    @Test func whatFiveSeedsSawIsNotRare() {
        var summary = SweepSummary()
        for seed in UInt64(1)...5 { summary.add(Samples.report(seed: seed), .passed) }
        #expect(!summary.lines.contains { $0.hasPrefix("rare: ") })
    }

    @Test func theDocumentNamesFailedSeedsAndTheUnseen() {
        let json = summary().json
        #expect(json.hasPrefix(#"{"seeds":3,"passed":1,"failed":2,"failedSeeds":["0x2","0x3"],"#))
        #expect(json.contains(#""unseen":["siblings9","fault oneway"]"#))
        #expect(json.contains(#"{"name":"siblings2","seeds":2,"count":8}"#))
    }

    @Test func aSweepStopsAtTheFirstFailureOnlyWhereItIsTold() throws {
        let sweep = Sweep(
            try SweepCommand.parse(
                ["--seeds", "2", "--profile", "lite", "--jobs", "1", "--json"]))
        sweep.work()
        #expect(sweep.summary.seeds == 2)
        #expect(sweep.summary.virtualSeconds > 0)
    }
}
