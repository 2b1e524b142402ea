import Testing

@testable import SimulateCommand
@testable import Simulator

@Suite struct TraceComparisonTests {
    /// Checkpoints of a run that goes its own way from some event on.
    private func checkpoints(_ count: Int, differentFrom place: Int? = nil) -> [TraceCheckpoint] {
        (0..<count).map { index in
            let isDifferent = place.map { index >= $0 } ?? false
            return TraceCheckpoint(
                events: index * 4_096, at: UInt64(index) * 1_000_000_000,
                hash: UInt64(index) << 1 | (isDifferent ? 1 : 0))
        }
    }

    @Test func theFirstDifferentCheckpointIsFoundWhereverItIs() {
        for count in 0...17 {
            let one = checkpoints(count)
            #expect(TraceComparison.firstDifference(one, one) == nil)
            for place in 0..<count {
                let other = checkpoints(count, differentFrom: place)
                #expect(TraceComparison.firstDifference(one, other) == place)
            }
        }
    }

    @Test func aShorterRunIsComparedAsFarAsItGoes() {
        #expect(TraceComparison.firstDifference(checkpoints(9), checkpoints(4)) == nil)
        let other = checkpoints(4, differentFrom: 3)
        #expect(TraceComparison.firstDifference(checkpoints(9), other) == 3)
    }

    @Test func theWindowSaysBetweenWhichEventsRunsPart() {
        let one = checkpoints(8)
        #expect(
            TraceComparison.window(one, checkpoints(8, differentFrom: 3))
                == "equal up to event 8192 at 2.000000s, different by event 12288")
        #expect(
            TraceComparison.window(one, checkpoints(8, differentFrom: 0))
                == "equal up to the start, different by event 0")
        #expect(
            TraceComparison.window(one, one)
                == "equal up to event 28672 at 7.000000s, different after it")
        #expect(
            TraceComparison.window([], []) == "equal up to the start, different after it")
    }

    @Test func anExcerptHasTheLastEqualLinesAndBothSides() {
        let one = (0..<100).map { "line \($0)" }
        var other = one
        other[50] = "another"
        let lines = TraceComparison.excerpt(one, other)
        #expect(lines?.count == 60)
        #expect(lines?[19] == "  line 49")
        #expect(lines?[20] == "< line 50")
        #expect(lines?[40] == "> another")
    }

    @Test func aLogThatIsTheBeginningOfAnotherIsDifferentAtItsEnd() {
        #expect(TraceComparison.excerpt(["a"], ["a", "b"]) == ["  a", "> b"])
        #expect(TraceComparison.excerpt(["a", "b"], ["a"]) == ["  a", "< b"])
        #expect(TraceComparison.excerpt(["a"], ["a"]) == nil)
        #expect(TraceComparison.excerpt([], []) == nil)
    }

    // MARK: Check

    @Test func aTraceIsFoundInAReport() {
        let text = ReportText(report: Samples.report(), wallSeconds: 1)
        #expect(Child.trace(in: text.json) == "9f01")
        #expect(Child.trace(in: "") == nil)
    }

    @Test func aChildsOutputIsRead() throws {
        #expect(try Child.output(of: "/bin/echo", ["echo", "a b", "c"]) == "a b c\n")
    }

    @Test func checksAreOneLineOrOneDocument() {
        let equal = CheckResult(seed: 1, store: .sqlite, trace: "ab", problem: nil)
        let other = CheckResult(seed: 2, store: .dictionary, trace: "cd", problem: "they differ")
        #expect(equal.line == "seed=0x1 store=sqlite trace=ab equal")
        #expect(
            other.line == "seed=0x2 store=dictionary trace=cd FAIL determinism: they differ")
        #expect(
            CheckResult.json([equal, other])
                == #"{"seeds":2,"different":1,"runs":[{"seed":"0x1","store":"sqlite","#
                + #""traceHash":"ab"},{"seed":"0x2","store":"dictionary","traceHash":"cd","#
                + #""problem":"they differ"}]}"#)
    }

    @Test func onlyRunsThatNeedNoRealDiskHaveAnotherStore() {
        var plan = Plan(seed: 1)
        #expect(plan.onOtherStore?.world.store == .sqlite)
        plan.world.store = .sqlite
        #expect(plan.onOtherStore?.world.store == .dictionary)
        plan.faults = [PlannedFault(at: 1, .fullDisk(0, nanoseconds: 1))]
        #expect(plan.onOtherStore == nil)
        plan.faults = []
        plan.world.disk.readError = 0.1
        #expect(plan.onOtherStore == nil)
    }
}
