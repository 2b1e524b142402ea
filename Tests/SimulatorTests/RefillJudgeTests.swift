import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Simulator

/// O23 and O11 on histories that break their promises, and on those that keep them.
@Suite struct RefillJudgeTests {
    typealias Scene = JudgeTests.Scene

    /// n1 and n2 hold a write; then n2 loses its data.
    static func scene() -> (scene: Scene, record: Record) {
        var scene = Scene { ($0.n, $0.r, $0.w) = (3, 2, 2) }
        let record = scene.put(scene.ask(), at: 0)
        scene.merge(record, at: 1)
        scene.judge.now = 10
        scene.judge.lose(1)
        scene.disks[1] = nil
        scene.judge.now = 20
        return (scene, record)
    }

    @Test func `O23 sees a node that answers with less than it lost`() {
        var (scene, record) = Self.scene()
        scene.judge.checkRefilled([(1, nil)], key: 0, openedAt: 5, of: nil)
        scene.judge.checkRefilled([(2, nil)], key: 0, openedAt: 20, of: nil)
        #expect(scene.found.isEmpty)
        scene.judge.checkRefilled([(1, nil)], key: 0, openedAt: 20, of: nil)
        #expect(scene.found.contains(.refill))
        var other = Self.scene().scene
        other.merge(record, at: 1)
        other.judge.checkRefilled(
            [(1, record.encoded()[...])], key: 0, openedAt: 20, of: nil)
        #expect(other.found.isEmpty)
    }

    @Test func `O23 sees a node that confirms while it lacks what it lost`() {
        var (scene, record) = Self.scene()
        scene.judge.checkRefilled([0, 2], askedAt: 20, of: nil, "a write")
        #expect(scene.found.isEmpty)
        scene.judge.checkRefilled([0, 1], askedAt: 20, of: nil, "a write")
        #expect(scene.found == [.refill])
        scene.merge(record, at: 1)
        let found = scene.found.count
        scene.judge.checkRefilled([0, 1], askedAt: 20, of: nil, "a write")
        #expect(scene.found.count == found)
    }

    @Test func `O23 asks for nothing that no other node held`() {
        var scene = Scene()
        scene.put(scene.ask(), at: 1)
        scene.judge.lose(1)
        scene.judge.checkRefilled([(1, nil)], key: 0, openedAt: 20, of: nil)
        #expect(scene.found.isEmpty)
    }

    @Test func `O11 sees a read that misses what was acknowledged before`() {
        var (scene, record) = Self.scene()
        scene.judge.acknowledge(0, by: 2)
        let floor = scene.judge.acknowledged[0]
        scene.judge.judge(
            SeenVector(record.context), sinceAcknowledged: floor, key: 0, of: nil, required: 2)
        scene.judge.judge(
            SeenVector(), sinceAcknowledged: floor, key: 0, of: nil, required: 1)
        #expect(scene.found.isEmpty)
        scene.judge.judge(
            SeenVector(), sinceAcknowledged: floor, key: 0, of: nil, required: 2)
        #expect(scene.found == [.regularReads])
    }
}
