import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

/// Nodes whose data was lost, and what they count for until they are refilled.
@Suite struct RefillTests {
    /// A cluster in which n0 and n1 have a write that n2 lacks, and n1 then loses its data while
    /// only n2 can be reached.
    static func wiped() throws -> (cluster: Cluster, key: Key) {
        let cluster = try Cluster(members: 3, settings: ExchangeTests.settings)
        let key = try cluster.key("k")
        cluster.isolate(2)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult?.replicas.count == 2)
        cluster.isolate(0)
        try cluster.wipe(1)
        cluster.cut(0, 1)
        cluster.open(1, 2)
        cluster.run(milliseconds: 2_000)
        return (cluster, key)
    }

    @Test func `A ring whose databases are all new counts them as soon as each knows all`() throws {
        let cluster = try Cluster(members: 5)
        for process in cluster.processes {
            #expect(process.node.refill.state == .done)
            #expect(process.store.recovered.refill == .done)
            #expect(process.node.isReady)
        }
    }

    @Test func `A new database does not count while a member has not said what it knows`() throws {
        let cluster = try Cluster(members: 3, settings: ExchangeTests.settings)
        let key = try cluster.key("k")
        for member in 0..<3 { cluster.crash(member) }
        for member in 0..<2 { try cluster.wipe(member) }
        cluster.isolate(2)
        cluster.run(milliseconds: 2_000)
        // Two empty databases that know nobody: only n2 could say whether they had others before.
        #expect(cluster.processes[0].node.refill.state == .new)
        #expect(cluster.processes[0].node.isReady == false)
        let reply = cluster.reply(to: cluster.get(key, at: 0))
        guard case .unavailable(2, 0, let reason)? = reply?.failure else {
            Issue.record("\(String(describing: reply))")
            return
        }
        #expect(reason.contains("n0 is new and waits for n2 to know it"))
        try cluster.restart(2)
        cluster.run(milliseconds: 5_000)
        #expect((0..<3).allSatisfy { cluster.processes[$0].node.refill.state == .done })
    }

    @Test func `A read does not count on a node that lost what was acknowledged`() throws {
        let (cluster, key) = try Self.wiped()
        #expect(cluster.processes[1].node.refill.state == .refilling)
        let status = cluster.reply(to: cluster.ask(.status, at: 2))?.document
        #expect(
            status?.contains("\"counted\":false,\"refilling\":true,\"waitsFor\":[\"n0\"]")
                == true)
        for member in [1, 2] {
            let reply = cluster.reply(to: cluster.get(key, at: member))
            guard case .unavailable(2, 1, let reason)? = reply?.failure else {
                Issue.record("\(String(describing: reply))")
                continue
            }
            #expect(reason == "n1 is being refilled and does not count")
        }
        let put = cluster.reply(to: cluster.put("other", key, at: 1))
        guard case .unavailable(_, _, let reason)? = put?.failure else {
            Issue.record("\(String(describing: put))")
            return
        }
        #expect(reason.contains("n1 is being refilled"))
    }

    @Test func `It is still being refilled after another start, and counts once all were asked`()
        throws
    {
        let (cluster, key) = try Self.wiped()
        try cluster.restart(1)
        cluster.cut(0, 1)
        cluster.run(milliseconds: 3_000)
        #expect(cluster.processes[1].node.refill.state == .refilling)
        #expect(cluster.processes[1].node.refillWaitsFor == [cluster.index(0)])
        cluster.heal()
        cluster.run(milliseconds: 5_000)
        #expect(cluster.processes[1].store.recovered.refill == .done)
        #expect(cluster.values(key, on: 1) == ["v"])
        cluster.isolate(0)
        cluster.run(milliseconds: 2_000)
        let read = cluster.reply(to: cluster.get(key, at: 1))
        guard case .got(let result)? = read else {
            Issue.record("\(String(describing: read))")
            return
        }
        #expect(result.record.liveCount == 1)
    }

    @Test func `Data that is lost before anything was remembered of it is still known as lost`()
        throws
    {
        let cluster = try Cluster(members: 3)
        // Twice: the first empty database is lost too, before it learnt that it is one.
        for _ in 0..<2 {
            try cluster.wipe(1)
            cluster.isolate(1)
        }
        #expect(cluster.processes[1].node.refill.state == .new)
        cluster.heal()
        cluster.run(milliseconds: 3_000)
        #expect(cluster.processes[1].node.refill.state == .done)
        let wasRefilled = cluster.notes.contains { entry in
            if case .counted(isRefilled: true) = entry.note { return entry.member == 1 }
            return false
        }
        #expect(wasRefilled)
    }

    @Test func `Two of three that lost their data do not wait for each other for ever`() throws {
        let cluster = try Cluster(members: 3, settings: ExchangeTests.settings)
        let keys = try (0..<20).map { try cluster.key("k\($0)") }
        for key in keys { _ = cluster.reply(to: cluster.put("v", key, at: 0)) }
        cluster.run(milliseconds: 2_000)
        try cluster.wipe(1)
        try cluster.wipe(2)
        cluster.run(milliseconds: 8_000)
        for member in [1, 2] {
            #expect(cluster.processes[member].node.refill.state == .done)
            #expect(keys.allSatisfy { cluster.values($0, on: member) == ["v"] })
        }
    }

    @Test func `A write is stored by a node that is being refilled, and counted for the others`()
        throws
    {
        let cluster = try Cluster(members: 3, settings: RepairTests.withoutHints)
        let key = try cluster.key("k")
        cluster.isolate(0)
        try cluster.wipe(1)
        cluster.cut(0, 1)
        cluster.run(milliseconds: 2_000)
        var one = QuorumOptions()
        one.quorum = 1
        let put = cluster.reply(to: cluster.put("v", key, at: 1, options: one))
        #expect(put?.putResult?.replicas == [cluster.index(2)])
        cluster.run(milliseconds: 500)
        #expect(cluster.values(key, on: 1) == ["v"])
        #expect(cluster.processes[1].node.refill.state == .refilling)
    }
}

extension Cluster {
    /// Starts a member from an empty disk, under a new identity.
    func wipe(_ member: Int) throws {
        crash(member)
        let old = processes[member]
        let node = NodeID(old.store.node.raw + 1_000)
        processes[member] = try process(member, MemoryStore(node: node, run: drawRun()))
        processes[member].incarnation = old.incarnation + 1
        handle(.started, at: member)
        for other in 0..<count where other != member { open(member, other) }
    }
}
