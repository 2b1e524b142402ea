import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

@Suite struct RepairTests {
    /// No hints: only reads repair.
    static var withoutHints: NodeSettings {
        var settings = NodeSettings()
        settings.hintWindowNanoseconds = 0
        return settings
    }

    @Test func `A get repairs a replica that missed a write`() throws {
        let cluster = try Cluster(members: 3, settings: Self.withoutHints)
        let key = try cluster.key("k")
        cluster.isolate(2)
        cluster.run(milliseconds: 20)
        _ = cluster.reply(to: cluster.put("v", key, at: 0))
        cluster.heal()
        cluster.run(milliseconds: 300)
        #expect(cluster.values(key, on: 2).isEmpty)
        _ = cluster.reply(to: cluster.get(key, at: 1))
        cluster.run(milliseconds: 50)
        #expect(cluster.values(key, on: 2) == ["v"])
    }

    @Test func `A bucket without read repair is not repaired`() throws {
        var defaults = BucketProperties()
        defaults.readRepair = .off
        let cluster = try Cluster(
            members: 3, settings: Self.withoutHints, defaults: defaults)
        let key = try cluster.key("k")
        cluster.isolate(2)
        cluster.run(milliseconds: 20)
        _ = cluster.reply(to: cluster.put("v", key, at: 0))
        cluster.heal()
        cluster.run(milliseconds: 300)
        _ = cluster.reply(to: cluster.get(key, at: 1))
        cluster.run(milliseconds: 50)
        #expect(cluster.values(key, on: 2).isEmpty)
    }

    @Test func `Replicas that agree are sent no repair`() throws {
        let cluster = try Cluster(members: 5)
        let key = try cluster.key("k")
        _ = cluster.reply(to: cluster.put("v", key, at: 0))
        cluster.run(milliseconds: 50)
        for member in 0..<5 { _ = cluster.reply(to: cluster.get(key, at: member)) }
        cluster.run(milliseconds: 50)
        #expect(!cluster.sent.contains { $0.message.isRepair })
    }

    @Test func `A put at an unreadable record is handed over and the record is repaired`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        _ = cluster.reply(to: cluster.put("old", key, at: 0))
        cluster.run(milliseconds: 50)
        cluster.processes[0].store.damage(key)
        let put = try #require(cluster.reply(to: cluster.put("new", key, at: 0))?.putResult)
        #expect(put.replicas.count >= 2)
        cluster.run(milliseconds: 200)
        #expect(cluster.values(key, on: 0).contains("old"), "repaired from the others")
        #expect(cluster.processes[0].store.disk.records[key]?.ownEpoch == 0)
        #expect(cluster.processes[0].node.load == Load())
        let got = cluster.reply(to: cluster.get(key, at: 0))?.getResult
        #expect(got?.record.texts == ["new", "old"])
    }

    @Test func `An unreadable record is not repaired before all others answered`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        _ = cluster.reply(to: cluster.put("old", key, at: 0))
        cluster.run(milliseconds: 50)
        cluster.processes[0].store.damage(key)
        cluster.cut(0, 2)
        cluster.run(milliseconds: 20)
        let refused = cluster.reply(to: cluster.put("never", key, at: 0))
        #expect(refused?.failure != nil, "one reachable primary is too few")
        let put = try #require(cluster.reply(to: cluster.put("new", key, at: 1))?.putResult)
        #expect(!put.replicas.contains(cluster.index(0)), "an unreadable record does not vote")
        _ = cluster.reply(to: cluster.get(key, at: 0))
        cluster.run(milliseconds: 200)
        #expect(cluster.processes[0].store.disk.unreadable.contains(key))
        cluster.heal()
        cluster.run(milliseconds: 300)
        let got = cluster.reply(to: cluster.get(key, at: 1))?.getResult
        #expect(got?.record.texts == ["new", "old"])
        cluster.run(milliseconds: 100)
        #expect(cluster.values(key, on: 0) == ["new", "old"])
    }

    @Test func `A full disk hands puts over and reads go on`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        _ = cluster.reply(to: cluster.put("a", key, at: 0))
        cluster.processes[0].failure = .full
        for _ in 0..<2 {
            let put = cluster.reply(to: cluster.overwrite("b", key, at: 0))
            #expect(put?.putResult != nil || put?.failure != nil)
        }
        let got = cluster.reply(to: cluster.get(key, at: 0))?.getResult
        #expect(got != nil)
        #expect(!cluster.processes[0].node.isReady)
        cluster.processes[0].failure = nil
        let put = cluster.reply(to: cluster.overwrite("c", key, at: 0))
        #expect(put?.putResult != nil)
        cluster.run(milliseconds: 100)
        #expect(cluster.processes[0].node.isReady)
    }
}
