import Causality
import Node
import Primitives
import Replica
import Testing

@testable import Simulator

/// O22 on histories that break its promise, and on those that keep it.
@Suite struct AgeJudgeTests {
    typealias Scene = JudgeTests.Scene

    /// A scene in which messages live for three seconds, and a record that n1 read at 1 s.
    func scene() -> (scene: Scene, record: Bytes) {
        var scene = Scene { $0.node.messageLifetimeMilliseconds = 3_000 }
        let record = scene.put(scene.ask(), at: 0).encoded()[...]
        read(record, at: 1_000, by: 0, &scene)
        return (scene, record)
    }

    func read(_ record: Bytes, at time: UInt64, by node: Int, _ scene: inout Scene) {
        scene.judge.known[node] = time
        let key = scene.judge.keys[0]
        scene.judge.see(.record(record), to: .get(key), .local(1), on: node)
    }

    func take(_ record: Bytes, at time: UInt64, by node: Int, _ scene: inout Scene) {
        scene.judge.known[node] = time
        // Whatever the message says of its age.
        let command = MergeCommand(
            key: scene.judge.keys[0], record: record, isComplete: false,
            readAt: HybridTimestamp(milliseconds: time))
        scene.judge.check(ageOf: .merge(command), on: node)
    }

    @Test func `O22 sees a record that is taken in too long after it was read`() {
        var (scene, record) = scene()
        take(record, at: 4_000, by: 1, &scene)
        #expect(scene.found.isEmpty)
        take(record, at: 4_002, by: 1, &scene)
        #expect(scene.found == [.age])
    }

    @Test func `O22 takes a record for as young as its latest reading`() {
        var (scene, record) = scene()
        read(record, at: 5_000, by: 2, &scene)
        take(record, at: 7_000, by: 1, &scene)
        #expect(scene.found.isEmpty)
    }

    @Test func `O22 takes what was merged for as old as the oldest that went into it`() {
        var (scene, left) = scene()
        let right = scene.put(scene.ask(), at: 1)
        read(right.encoded()[...], at: 3_500, by: 1, &scene)
        guard var merged = try? Record(decoding: left) else { return }
        merged.merge(right)
        let bytes = merged.encoded()[...]
        scene.judge.see(merged: bytes, key: 0, of: [[(0, left), (1, right.encoded()[...])]])
        take(bytes, at: 3_900, by: 2, &scene)
        #expect(scene.found.isEmpty)
        take(bytes, at: 4_100, by: 2, &scene)
        #expect(scene.found == [.age])
    }

    @Test func `O22 sees a hint that is kept too long after its record was read`() {
        var (scene, record) = scene()
        scene.judge.known[0] = 9_000
        let hint = HintCommand(hint: Hint(key: scene.judge.keys[0], record: record), targets: [])
        scene.judge.check(ageOf: .keepHint(hint), on: 0)
        #expect(scene.found == [.age])
    }
}
