import Causality
import Primitives
import Quorum
import Replica
import Testing

@testable import Simulator

/// O21 on histories that break its promise, and on those that keep it.
@Suite struct ExpiryJudgeTests {
    typealias Scene = JudgeTests.Scene

    /// A read of what node 0 holds, of which the product shows what it should at some time.
    private func read(
        _ record: Record, shownAt shown: UInt64, readings: (before: UInt64, after: UInt64),
        in scene: inout Scene
    ) -> AnswerTruth {
        let result = GetResult(record: record, answers: 2, required: 2)
            .seen(at: HybridTimestamp(shown))
        let bytes = Bytes?.some(record.encoded()[...])
        scene.judge.readings = readings
        return scene.judge.judge(
            result, of: nil, key: 0, answers: [(0, bytes), (1, bytes)], required: 2)
    }

    /// A record of one value that expires a second after its put.
    private func expiring(_ scene: inout Scene) -> (record: Record, expiry: UInt64) {
        let record = scene.put(scene.ask(ttl: 1_000), at: 0)
        scene.spread(record)
        return (record, record.siblings.entries.first?.value.expiry?.raw ?? 0)
    }

    @Test func `A value that is shown until its time and not from then on is not blamed`() {
        var scene = Scene()
        let (record, expiry) = expiring(&scene)
        #expect(expiry > 1_000 << 16)
        let early = read(
            record, shownAt: expiry - 1, readings: (expiry - 1, expiry - 1), in: &scene)
        #expect(early.shown == [0])
        let late = read(record, shownAt: expiry, readings: (expiry, expiry), in: &scene)
        #expect(late.shown == [])
        #expect(scene.judge.expiredFound == 1)
        let covering = scene.ask(seen: record.context)
        scene.spread(scene.put(covering, at: 1, seen: record.context))
        scene.judge.judgeConvergence()
        scene.judge.judgeEnd()
        #expect(scene.found.isEmpty, "\(scene.judge.violations)")
    }

    @Test func `O21 sees a read that shows an expired value`() {
        var scene = Scene()
        let (record, expiry) = expiring(&scene)
        _ = read(record, shownAt: expiry - 1, readings: (expiry, expiry), in: &scene)
        #expect(scene.found == [.expiry])
    }

    @Test func `O21 sees a read that hides a value before its time`() {
        var scene = Scene()
        let (record, expiry) = expiring(&scene)
        _ = read(record, shownAt: expiry, readings: (1, expiry - 1), in: &scene)
        #expect(scene.found == [.expiry])
    }

    @Test func `While a clock goes over the expiry both answers are right`() {
        for shown in [-1, 0] as [Int64] {
            var scene = Scene()
            let (record, expiry) = expiring(&scene)
            let time = UInt64(Int64(expiry) + shown)
            _ = read(record, shownAt: time, readings: (expiry - 1, expiry), in: &scene)
            #expect(scene.found.isEmpty)
        }
    }

    @Test func `O21 sees a put that forgets the expiry, and one that invents it`() {
        func spoiled(_ ttl: UInt64?, _ expiry: UInt64?) -> [Oracle] {
            var scene = Scene()
            let write = scene.ask(ttl: ttl)
            scene.put(write, at: 0) { record in
                let changed = record.siblings.mapValues {
                    Version(
                        content: $0.content, timestamp: $0.timestamp,
                        expiry: expiry.map { HybridTimestamp($0) })
                }
                record = Record(siblings: changed)
            }
            return scene.found
        }
        #expect(spoiled(1_000, nil) == [.expiry])
        #expect(spoiled(nil, 1 << 20) == [.expiry])
        #expect(spoiled(1_000, 1 << 20) == [.expiry])
        #expect(spoiled(1_000, 1 + 1_000 << 16) == [])
    }

    @Test func `O21 sees a merge that loses the expiry`() {
        var scene = Scene()
        let (record, _) = expiring(&scene)
        scene.disks[1] = nil
        scene.judge.held[1][0] = Judge.Held()
        let left = record.siblings.mapValues {
            Version(content: $0.content, timestamp: $0.timestamp)
        }
        scene.merge(record, at: 1, left: Record(siblings: left))
        #expect(scene.found == [.expiry])
    }

    @Test func `An acknowledged value that has expired is still held, or lost`() {
        var scene = Scene()
        let write = scene.ask(ttl: 1)
        let record = scene.put(write, at: 0)
        scene.acknowledge(write)
        scene.spread(record)
        scene.judge.judgeEnd()
        #expect(scene.found.isEmpty)
        for node in 0..<3 { scene.judge.held[node][0] = Judge.Held() }
        scene.judge.judgeEnd()
        #expect(scene.found == [.durability])
    }
}
