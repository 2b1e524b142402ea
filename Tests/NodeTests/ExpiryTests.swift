import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

@Suite struct ExpiryTests {
    private func read(_ key: Key, at member: Int, in cluster: Cluster) throws -> GetResult {
        try #require(cluster.reply(to: cluster.get(key, at: member))?.getResult)
    }

    /// What a member answers of its own store.
    private func local(_ key: Key, at member: Int, in cluster: Cluster) throws -> Record {
        guard case .local(let record?)? = cluster.reply(to: cluster.ask(.local(key), at: member))
        else { throw Cluster.NoSuchMember() }
        return record
    }

    private func stored(_ key: Key, on member: Int, in cluster: Cluster) -> Version? {
        cluster.processes[member].store.record(key)?.siblings.entries.first?.value
    }

    @Test func `A value is there before its time and nowhere after it, and stays stored`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        try cluster.put("v", .after(milliseconds: 5_000), key, at: 0)
        cluster.run(milliseconds: 4_000)
        for member in 0..<3 {
            #expect(try read(key, at: member, in: cluster).record.texts == ["v"])
            #expect(try local(key, at: member, in: cluster).texts == ["v"])
        }
        cluster.run(milliseconds: 1_100)
        for member in 0..<3 {
            let result = try read(key, at: member, in: cluster)
            #expect(result.record.live.isEmpty && !result.record.context.entries.isEmpty)
            #expect(try local(key, at: member, in: cluster).live.isEmpty)
            #expect(cluster.values(key, on: member) == ["v"], "the bytes are still there")
        }
    }

    @Test func `The coordinator decides the expiry once, whoever the client asked`() throws {
        let cluster = try Cluster(members: 5)
        let key = try cluster.key("k")
        let outsider = try #require((0..<5).first { !cluster.primaries(key).contains($0) })
        try cluster.put("v", .after(milliseconds: 5_000), key, at: outsider)
        cluster.run(milliseconds: 50)
        let versions = cluster.primaries(key).map { stored(key, on: $0, in: cluster) }
        let first = try #require(versions[0])
        #expect(versions.allSatisfy { $0 == first })
        #expect(first.expiry?.raw == first.timestamp.raw + 5_000 << 16)
    }

    @Test func `A time in the past makes a value that nobody sees and that covers the old one`()
        throws
    {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        try cluster.put("old", .none, key, at: 0)
        let seen = try read(key, at: 0, in: cluster).record.context
        let result = try cluster.put("new", .at(milliseconds: 1), key, at: 0, seen: seen)
        #expect(result.siblings == 0 && result.context != nil)
        for member in 0..<3 {
            #expect(try read(key, at: member, in: cluster).record.live.isEmpty)
        }
    }

    @Test func `A bucket's ttl holds for values without one of their own, not for tombstones`()
        throws
    {
        var defaults = BucketProperties()
        defaults.ttlMilliseconds = 3_000
        let cluster = try Cluster(members: 3, defaults: defaults)
        let (one, two, three) = (
            try cluster.key("1"), try cluster.key("2"), try cluster.key("3")
        )
        try cluster.put("a", .none, one, at: 0)
        try cluster.put("b", .after(milliseconds: 10_000), two, at: 0)
        let delete = PutRequest(key: three, content: .tombstone, basis: .seen(VersionVector()))
        _ = cluster.reply(to: cluster.ask(.put(delete), at: 0))
        #expect(stored(three, on: 0, in: cluster)?.expiry == nil)
        cluster.run(milliseconds: 4_000)
        #expect(try read(one, at: 1, in: cluster).record.live.isEmpty)
        #expect(try read(two, at: 1, in: cluster).record.texts == ["b"])
    }

    @Test func `The hybrid clock decides and no wall clock: who heard a later time hides it`()
        throws
    {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        try cluster.put("v", .after(milliseconds: 20_000), key, at: 0)
        cluster.run(milliseconds: 100)
        cluster.processes[2].wallOffsetMilliseconds = 25_000
        cluster.run(milliseconds: 12_000)
        let fast = try read(key, at: 2, in: cluster)
        #expect(fast.record.live.isEmpty && fast.time.milliseconds > Cluster.wallStart + 30_000)
        cluster.run(milliseconds: 1_000)
        for member in 0..<2 {
            let told = try read(key, at: member, in: cluster)
            #expect(told.record.live.isEmpty, "heard the time of the member that is ahead")
        }
        #expect((0..<3).allSatisfy { cluster.values(key, on: $0) == ["v"] })
    }

    @Test func `An expired sibling keeps a blind put from its context, as a tombstone does`()
        throws
    {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        try cluster.put("v", .after(milliseconds: 100), key, at: 0)
        cluster.run(milliseconds: 500)
        let blind = try cluster.put("w", .none, key, at: 0)
        #expect(blind.context == nil && blind.siblings == 1)
        let seen = try read(key, at: 1, in: cluster)
        #expect(seen.record.texts == ["w"])
        let informed = try cluster.put("x", .none, key, at: 0, seen: seen.record.context)
        #expect(informed.context != nil && informed.siblings == 1)
        #expect(cluster.values(key, on: 0) == ["x"])
    }

    @Test func `A read repairs with the expired value, so that replicas stay alike`() throws {
        let cluster = try Cluster(members: 3, settings: RepairTests.withoutHints)
        let key = try cluster.key("k")
        cluster.isolate(2)
        cluster.run(milliseconds: 20)
        try cluster.put("v", .after(milliseconds: 100), key, at: 0)
        cluster.heal()
        cluster.run(milliseconds: 500)
        #expect(cluster.values(key, on: 2).isEmpty)
        #expect(try read(key, at: 1, in: cluster).record.live.isEmpty)
        cluster.run(milliseconds: 50)
        #expect(stored(key, on: 2, in: cluster) == stored(key, on: 0, in: cluster))
        #expect(cluster.values(key, on: 2) == ["v"])
    }
}

extension Cluster {
    /// Puts a value that expires; the outcome.
    @discardableResult
    fileprivate func put(
        _ value: String, _ expiry: Expiry, _ key: Key, at member: Int,
        seen: VersionVector = VersionVector()
    ) throws -> PutResult {
        var request = PutRequest(
            key: key, content: .value(Bytes(text: value)), basis: .seen(seen))
        request.expiry = expiry
        return try #require(reply(to: ask(.put(request), at: member))?.putResult)
    }
}
