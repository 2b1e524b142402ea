import Causality
import Primitives
import Replica
import Testing

@testable import Simulator

/// What the judges make of operations that are tried again after they were overwritten.
@Suite struct OperationJudgeTests {
    typealias Scene = JudgeTests.Scene

    /// A named write that another one, or a delete, saw and replaced everywhere.
    func scene(delete: Bool) -> (scene: Scene, first: Int) {
        var scene = Scene()
        let first = scene.ask()
        scene.judge.history[first].hasOperationID = true
        let record = scene.put(first, at: 0)
        scene.spread(record)
        let second = scene.ask(seen: record.context, delete: delete)
        scene.spread(scene.put(second, at: 1, seen: record.context))
        for operation in [first, second] { scene.acknowledge(operation) }
        return (scene, first)
    }

    /// Puts a version of an operation beside what all nodes hold, under a new dot.
    func bringBack(_ operation: Int, in scene: inout Scene) {
        let dot = SeenDot(node: 3, epoch: 9, counter: 1)
        scene.judge.dots[Judge.DotOfKey(key: 0, dot: dot)] = operation
        scene.judge.minted[0].join(dot)
        scene.judge.history[operation].dots.append((dot, SeenVector()))
        let version = SeenVersion(
            dot: dot, timestamp: 9, operation: operation, isGenuine: true,
            id: Bytes(text: "op\(operation)"))
        for node in 0..<3 {
            scene.judge.held[node][0].record.overwritten = []
            scene.judge.held[node][0].record.versions.append(version)
            scene.judge.held[node][0].record.context.join(dot)
        }
    }

    @Test func `A retry that a record remembers is not blamed`() {
        for delete in [false, true] {
            var (scene, first) = scene(delete: delete)
            var again = scene.disks[2] ?? Record()
            again.put(
                scene.version(first), seen: VersionVector(),
                dot: Dot(actor: Actor(node: NodeID(3), epoch: 9), counter: 1))
            #expect(again.siblings.entries.count == 1)
            scene.judge.judgeEnd()
            #expect(scene.found.isEmpty, "\(scene.judge.violations)")
        }
    }

    @Test func `O3 sees an overwritten value that a retry brought back`() {
        var (scene, first) = scene(delete: false)
        bringBack(first, in: &scene)
        scene.judge.judgeEnd()
        #expect(scene.found == [.noFalseConflict])
    }

    @Test func `O10 sees a deleted value that a retry brought back`() {
        var (scene, first) = scene(delete: true)
        bringBack(first, in: &scene)
        scene.judge.judgeEnd()
        #expect(scene.found == [.noResurrection])
    }

    @Test func `O2 sees a replica that forgets what was overwritten`() {
        var scene = Scene()
        let first = scene.ask()
        scene.judge.history[first].hasOperationID = true
        let record = scene.put(first, at: 0)
        let second = scene.ask(seen: record.context)
        let next = scene.put(second, at: 0, seen: record.context)
        scene.merge(next, at: 1, left: Record(siblings: next.siblings))
        #expect(scene.found == [.noFalseOverwrite])
    }
}
