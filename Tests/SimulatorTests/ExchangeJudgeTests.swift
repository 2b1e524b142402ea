import AntiEntropy
import Replica
import Testing

@testable import Simulator

/// O8 on exchanges, and O12 on repairs, that leave a side without what another one held, and on
/// those that do not.
@Suite struct ExchangeJudgeTests {
    typealias Scene = JudgeTests.Scene

    /// n1 and n2 hold a write each when n1 begins an exchange with n2.
    static func begin() -> (scene: Scene, begun: BegunExchange, records: [Record]) {
        var scene = Scene()
        let records = [scene.put(scene.ask(), at: 0), scene.put(scene.ask(), at: 1)]
        let begun = BegunExchange(id: 1, at: 5, held: scene.judge.held)
        return (scene, begun, records)
    }

    @Test func `O8 sees an exchange that leaves one side without what the other one held`() {
        for side in 0...1 {
            var (scene, begun, records) = Self.begin()
            scene.merge(records[1 - side], at: side)
            scene.judge.check(ended: begun, of: 0, with: 1, Exchange.Counts())
            #expect(scene.found == [.convergence])
        }
    }

    @Test func `O8 asks of an exchange only what it began with and could be told`() {
        var (scene, begun, records) = Self.begin()
        for side in 0...1 { scene.merge(records[1 - side], at: side) }
        scene.put(scene.ask(), at: 0)
        scene.judge.check(ended: begun, of: 0, with: 1, Exchange.Counts())
        #expect(scene.found.isEmpty, "what is written meanwhile is left to the next one")
        var refusing = Self.begin().scene
        var counts = Exchange.Counts()
        counts.refused = 1
        refusing.judge.check(ended: begun, of: 0, with: 1, counts)
        #expect(refusing.found.isEmpty)
        var losing = Self.begin().scene
        losing.judge.now = 10
        losing.judge.lose(1)
        losing.judge.check(ended: begun, of: 0, with: 1, Exchange.Counts())
        #expect(losing.found.isEmpty)
    }

    @Test func `O12 sees a repair of a key that leaves a replica behind`() {
        var (scene, _, records) = Self.begin()
        var read = OpenRead(key: 0, openedAt: 5)
        for node in 0...2 { read.take(scene.disks[node]?.encoded()[...], from: node) }
        for record in records { for node in 0...1 { scene.merge(record, at: node) } }
        scene.merge(records[0], at: 2)
        var whole = scene
        whole.merge(records[1], at: 2)
        whole.judge.check(repaired: read)
        #expect(whole.found.isEmpty)
        scene.judge.check(repaired: read)
        #expect(scene.found == [.monotonicReads])
    }
}
