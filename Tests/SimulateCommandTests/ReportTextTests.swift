import Testing

@testable import SimulateCommand
@testable import Simulator

@Suite struct ReportTextTests {
    private func text(_ report: RunReport, difference: String? = nil) -> ReportText {
        ReportText(report: report, wallSeconds: 1.4, difference: difference)
    }

    @Test func aRunIsOneLine() {
        #expect(
            text(Samples.report()).line
                == "seed=0x3fa2 nodes=5 n=3 r=2 w=2 store=dictionary faults=loss,power sim=120.0s "
                + "wall=1.40s events=412,345 ops=24,966 acked=24,120 unknown=611 "
                + "converged=31.2s trace=9f01 PASS")
    }

    @Test func aRunWithoutFaultsOrConvergenceSaysSo() {
        let line = text(
            Samples.report {
                $0.faults = []
                $0.convergedNanoseconds = nil
            }
        ).line
        #expect(line.contains(" faults=none "))
        #expect(line.contains(" converged=never "))
    }

    @Test func aFailureSaysWhoFoundWhatAndHowToSeeItAgain() {
        let text = text(Samples.failing(.durability))
        #expect(text.line.hasSuffix(" FAIL"))
        #expect(
            text.failures(command: "simulate run --seed 0x3fa2") == [
                "FAIL O1 key k3 at 1.500s: an acknowledged write is lost",
                "    op 1, c1 put k3 \"a\"",
                "again: simulate run --seed 0x3fa2",
            ])
    }

    @Test func theWordBehindFailIsTheOracleFirstFindingFirst() {
        let lines = text(Samples.failing(.limit, .liveness, .durability)).failures(command: "x")
        let words = lines.filter { $0.hasPrefix("FAIL ") }.map { $0.split(separator: " ")[1] }
        #expect(words == ["LIMIT", "L1", "O1"])
    }

    @Test func aPassedRunHasNoFailures() {
        #expect(text(Samples.report()).failures(command: "x").isEmpty)
    }

    @Test func whatAPlanExpectsIsNoFailure() {
        var report = Samples.failing(.durability)
        report.plan.expectedViolation = "O1"
        #expect(text(report).line.hasSuffix(" PASS"))
        let lines = text(report).failures(command: "x")
        #expect(lines.first?.hasPrefix("expected O1 ") == true)
        #expect(!lines.contains { $0.hasPrefix("FAIL") || $0.hasPrefix("again") })
    }

    @Test func aMissingExpectedViolationIsAFailure() {
        let report = Samples.report { $0.plan.expectedViolation = "O1" }
        #expect(text(report).line.hasSuffix(" FAIL"))
        #expect(
            text(report).failures(command: "x") == [
                "FAIL O1 was to be found and was not", "again: x",
            ])
    }

    @Test func aRunThatIsNotReproducedFails() {
        #expect(text(Samples.report(), difference: "they differ").line.hasSuffix(" FAIL"))
        #expect(text(Samples.report(), difference: "they differ").verdict == .notDeterministic)
        #expect(text(Samples.failing(.durability), difference: "they differ").verdict == .safety)
    }

    @Test func theDocumentHasItsMembersInOrder() {
        #expect(
            text(Samples.failing(.durability)).json
                == #"{"seed":"0x3fa2","scenario":"","events":412345,"virtualSeconds":120.000000,"#
                + #""wallSeconds":1.400000,"traceHash":"9f01","operations":24966,"#
                + #""acknowledged":24120,"unknown":611,"#
                + #""faults":{"loss":12,"oneway":0,"power":2},"#
                + #""oracles":[{"name":"O1","checked":10,"violations":0}],"passed":false,"#
                + #""refused":3,"store":"dictionary","profile":"swarm","#
                + #""convergedSeconds":31.200000,"violations":[{"oracle":"O1","key":"k3","#
                + #""atSeconds":1.500000,"text":"an acknowledged write is lost","#
                + #""evidence":["op 1, c1 put k3 \"a\"",""]}],"#
                + #""sometimes":{"siblings2":4,"siblings9":0}}"#)
    }

    @Test func linesOfALogAreAligned() {
        let line = LogLine(at: 12_345_678_000, node: 2, text: "text")
        #expect(Text.line(line) == "  12.345678s n3   text")
        #expect(Text.line(LogLine(at: 0, node: nil, text: "heal")) == "   0.000000s --   heal")
    }

    @Test(arguments: [(-0.5, "-0.500"), (0, "0.000"), (1.0004, "1.000"), (2.9996, "3.000")])
    func decimalsAreRounded(_ number: Double, _ text: String) {
        #expect(Text.decimal(number, digits: 3) == text)
    }

    @Test(arguments: [(7, "7"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")])
    func thousandsAreGrouped(_ number: Int, _ text: String) {
        #expect(Text.grouped(number) == text)
    }
}
