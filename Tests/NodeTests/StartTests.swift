import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

@Suite struct StartTests {
    func trusts(_ member: Int, in cluster: Cluster) -> Bool {
        cluster.processes[member].store.keeper.minter.trustedRun != nil
    }

    func accepted(by member: Int, in cluster: Cluster) -> Int {
        cluster.notes.count {
            guard case .startAccepted = $0.note else { return false }
            return $0.member == member
        }
    }

    func drain(_ member: Int, in cluster: Cluster) {
        cluster.handle(.drain, at: member)
        cluster.run(milliseconds: 100)
    }

    @Test func `The previous run is trusted only after a majority accepted the start`() throws {
        let cluster = try Cluster(members: 3)
        drain(0, in: cluster)
        #expect(cluster.stops.first?.reason == .drained(isClean: true))
        let image = cluster.processes[0].store.disk
        cluster.crash(1)
        cluster.crash(2)
        try cluster.restart(0, from: image)
        cluster.run(milliseconds: 1_000)
        #expect(!trusts(0, in: cluster), "nobody else accepted the start")
        try cluster.restart(1)
        cluster.run(milliseconds: 1_000)
        #expect(trusts(0, in: cluster))
    }

    @Test func `After a crash the previous run is never trusted`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        _ = cluster.reply(to: cluster.put("a", key, at: 0))
        try cluster.restart(0)
        cluster.run(milliseconds: 1_000)
        #expect(accepted(by: 0, in: cluster) == 2 && !trusts(0, in: cluster))
        drain(0, in: cluster)
        try cluster.restart(0)
        cluster.run(milliseconds: 1_000)
        let before = cluster.processes[0].store.disk.records[key]?.ownEpoch
        _ = cluster.reply(to: cluster.put("b", key, at: 0))
        let after = cluster.processes[0].store.disk.records[key]?.ownEpoch
        #expect(before != after, "a clean stop of a later run vouches for that run only")
    }

    @Test func `After a clean stop an accepted start goes on under the old epoch`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        _ = cluster.reply(to: cluster.put("a", key, at: 0))
        drain(0, in: cluster)
        try cluster.restart(0)
        cluster.run(milliseconds: 1_000)
        let before = cluster.processes[0].store.disk.records[key]?.ownEpoch
        _ = cluster.reply(to: cluster.put("b", key, at: 0))
        cluster.run(milliseconds: 50)
        #expect(cluster.processes[0].store.disk.records[key]?.ownEpoch == before)
    }

    @Test(arguments: [1, 2])
    func `A restored copy of the data is refused and stops`(startsSince: Int) throws {
        let cluster = try Cluster(members: 3)
        drain(0, in: cluster)
        let image = cluster.processes[0].store.disk
        for _ in 0..<startsSince {
            try cluster.restart(0)
            cluster.run(milliseconds: 500)
        }
        let known = cluster.processes[0].node.start
        try cluster.restart(0, from: image)
        let own = cluster.processes[0].node.start
        #expect(own.number <= known.number && own.run != known.run)
        cluster.run(milliseconds: 500)
        let reasons = cluster.stops.dropFirst().map(\.reason)
        #expect(!reasons.isEmpty)
        for reason in reasons {
            guard case .staleData(_, own, known) = reason else {
                Issue.record("stopped for another reason: \(reason)")
                continue
            }
        }
        #expect(!trusts(0, in: cluster))
    }

    @Test func `A start is remembered durably before it is accepted`() throws {
        let cluster = try Cluster(members: 3)
        for member in 1..<3 { cluster.processes[member].holdsCommits = true }
        try cluster.restart(0)
        cluster.run(milliseconds: 500)
        #expect(accepted(by: 0, in: cluster) == 1, "the first start only")
        cluster.release(1)
        cluster.run(milliseconds: 500)
        #expect(accepted(by: 0, in: cluster) == 2)
        let start = cluster.processes[0].node.start
        #expect(cluster.processes[1].store.disk.starts["n0"] == start)
    }

    @Test func `New data under an old name is accepted with a notice`() throws {
        let cluster = try Cluster(members: 3)
        let start = NodeStart(node: NodeID(999), number: 1, run: 5)
        cluster.handle(.greeted(cluster.index(0), start), at: 1)
        cluster.run(milliseconds: 50)
        #expect(cluster.processes[1].store.disk.starts["n0"] == start)
        #expect(
            cluster.notes.contains {
                guard case .identityChanged("n0", _, NodeID(999)) = $0.note else { return false }
                return true
            })
    }
}
