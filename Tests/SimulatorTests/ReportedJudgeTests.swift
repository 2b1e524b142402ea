import Causality
import Quorum
import Replica
import Ring
import Testing

@testable import Simulator

/// O7 on what a store has on its disk and has not told its node yet.
@Suite struct ReportedJudgeTests {
    @Test func `O7 sees a copy that counts before its store says that it is durable`() {
        var scene = JudgeTests.Scene()
        let write = scene.ask()
        scene.judge.unreported[0] = Judge.Unreported(reportAt: 10)
        let record = scene.put(write, at: 0)
        scene.merge(record, at: 1)
        let result = PutResult(
            context: nil, replicas: [MemberIndex(0), MemberIndex(1)], required: 2, siblings: 1)
        for time in [9, 10] as [UInt64] {
            var later = scene
            later.judge.now = time
            _ = later.judge.judge(result, of: write, required: 2)
            #expect(later.found == (time < 10 ? [.acknowledgement] : []), "at \(time) of 10")
        }
    }

    @Test func `O7 counts a copy from before while a later transaction is under way`() {
        var scene = JudgeTests.Scene()
        let write = scene.ask()
        let record = scene.put(write, at: 0)
        scene.judge.unreported[0] = Judge.Unreported(reportAt: .max)
        scene.put(scene.ask(), at: 0)
        let result = PutResult(
            context: record.context, replicas: [MemberIndex(0)], required: 1, siblings: 1)
        _ = scene.judge.judge(result, of: write, required: 1)
        #expect(!scene.found.contains(.acknowledgement))
    }
}
