import ArgumentParser
import Simulator
import Testing

@testable import SimulateCommand

@Suite struct VerdictTests {
    @Test(arguments: [
        ([], .passed), ([Oracle.durability], Verdict.safety), ([.liveness], .liveness),
        ([.convergence], .liveness),
        ([.limit], .limit),
        ([.limit, .liveness, .codec], .safety), ([.limit, .failureDetector], .liveness),
    ])
    func theWorstKindDecides(_ oracles: [Oracle], _ verdict: Verdict) {
        let report = Samples.report { $0.violations = oracles.map(Samples.lost) }
        #expect(Verdict(report) == verdict)
    }

    @Test func verdictsAreTheStatusesOfTheContract() {
        let verdicts: [Verdict] = [
            .passed, .safety, .liveness, .notDeterministic, .coverageGap, .limit,
        ]
        #expect(verdicts.map(\.rawValue) == [0, 2, 3, 4, 5, 6])
    }

    @Test func safetyIsWorseThanAnythingAndPassedThanNothing() {
        let verdicts: [Verdict] = [.limit, .coverageGap, .notDeterministic, .liveness, .safety]
        for (index, verdict) in verdicts.enumerated() {
            #expect(verdict.worse(than: .passed) == verdict)
            #expect(Verdict.passed.worse(than: verdict) == verdict)
            for other in verdicts[index...] {
                #expect(verdict.worse(than: other) == other)
                #expect(other.worse(than: verdict) == other)
            }
        }
    }

    @Test func aVerdictEndsTheCommandWithItsStatus() {
        #expect(throws: Never.self) { try Verdict.passed.conclude() }
        #expect(throws: ExitCode(5)) { try Verdict.coverageGap.conclude() }
    }
}
