import Causality
import Primitives
import Quorum
import Replica
import Testing

@testable import Node

/// Tombstones are removed once nothing can bring back what they deleted.
@Suite struct ReapTests {
    private static let lifetime: UInt64 = 2_000

    private func cluster(members: Int = 3) throws -> Cluster {
        try Cluster(
            members: members, settings: NodeSettings(),
            messageLifetimeMilliseconds: Self.lifetime)
    }

    private func delete(_ key: Key, at member: Int, in cluster: Cluster) -> PutResult? {
        let request = PutRequest(
            key: key, content: .tombstone, basis: .overwrite(VersionVector()))
        return cluster.reply(to: cluster.ask(.put(request), at: member))?.putResult
    }

    private func count(_ part: String, in text: String) -> Int {
        text.ranges(of: part).count
    }

    private func holders(of key: Key, in cluster: Cluster) -> [Int] {
        cluster.processes.indices.filter { cluster.processes[$0].store.record(key) != nil }
    }

    @Test func `A deleted key is gone everywhere after twice the life of messages`() throws {
        let cluster = try cluster()
        let keys = try (0..<20).map { try cluster.key("\($0)") }
        for key in keys {
            #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        }
        for key in keys.dropFirst() { #expect(delete(key, at: 1, in: cluster) != nil) }
        cluster.run(milliseconds: 2 * Self.lifetime - 500)
        #expect(keys.allSatisfy { holders(of: $0, in: cluster).count == 3 })
        cluster.run(milliseconds: 3 * Self.lifetime)
        #expect(
            keys.map { holders(of: $0, in: cluster).count } == [3] + keys.dropFirst().map { _ in 0 }
        )
        #expect(cluster.processes.allSatisfy { $0.node.reapRun.open.isEmpty })
        #expect(cluster.reply(to: cluster.put("w", keys[1], at: 2))?.putResult != nil)
        cluster.run(milliseconds: 4 * Self.lifetime)
        #expect(cluster.values(keys[1], on: 0) == ["w"])
    }

    @Test func `The status shows what waits to be removed, and for whom`() throws {
        let cluster = try cluster()
        let keys = try (0..<3).map { try cluster.key("\($0)") }
        for key in keys {
            #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        }
        #expect(delete(keys[0], at: 0, in: cluster) != nil)
        cluster.run(milliseconds: 200)
        func status() -> String {
            cluster.reply(to: cluster.ask(.status, at: 0))?.document ?? ""
        }
        #expect(status().contains("\"records\":3,\"liveRecords\":2,\"deadRecords\":1,\"hints"))
        cluster.isolate(2)
        cluster.run(milliseconds: 10 * Self.lifetime)
        let waiting = "\"deadRecords\":1,\"reapingWaitsFor\":[\"n2\"],"
        #expect(count(waiting, in: status()) == 2, "n0 and n1 wait for n2")
        cluster.heal()
        cluster.run(milliseconds: 20 * Self.lifetime)
        #expect(count("\"deadRecords\":0,\"hints", in: status()) == 3)
    }

    @Test func `While an owner is away the tombstone stays, and goes when it is back`() throws {
        let cluster = try cluster()
        let key = try cluster.key("k")
        #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        cluster.run(milliseconds: 200)
        cluster.isolate(2)
        #expect(delete(key, at: 0, in: cluster) != nil)
        cluster.run(milliseconds: 20 * Self.lifetime)
        #expect(holders(of: key, in: cluster) == [0, 1, 2])
        #expect(cluster.values(key, on: 2) == ["v"])
        cluster.heal()
        cluster.run(milliseconds: 20 * Self.lifetime)
        #expect(holders(of: key, in: cluster).isEmpty)
    }

    @Test func `While a member that owns nothing of it is away the tombstone stays`() throws {
        let cluster = try cluster(members: 5)
        let key = try cluster.key("k")
        let owners = cluster.primaries(key)
        let stranger = try #require((0..<5).first { !owners.contains($0) })
        #expect(cluster.reply(to: cluster.put("v", key, at: owners[0]))?.putResult != nil)
        cluster.isolate(stranger)
        #expect(delete(key, at: owners[0], in: cluster) != nil)
        cluster.run(milliseconds: 10 * Self.lifetime)
        #expect(holders(of: key, in: cluster) == owners.sorted())
        cluster.heal()
        cluster.run(milliseconds: 10 * Self.lifetime)
        #expect(holders(of: key, in: cluster).isEmpty)
    }

    @Test func `A key that is written while its tombstone is on its way out is kept`() throws {
        let cluster = try cluster()
        let key = try cluster.key("k")
        #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        #expect(delete(key, at: 0, in: cluster) != nil)
        cluster.run(milliseconds: Self.lifetime)
        #expect(cluster.reply(to: cluster.put("w", key, at: 1))?.putResult != nil)
        cluster.run(milliseconds: 10 * Self.lifetime)
        #expect((0..<3).allSatisfy { cluster.values(key, on: $0) == ["w"] })
    }
}
