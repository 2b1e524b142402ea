import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

@Suite struct ConflictTests {
    func read(_ key: Key, at member: Int, in cluster: Cluster) throws -> Record {
        try #require(cluster.reply(to: cluster.get(key, at: member))?.getResult).record
    }

    @Test func `Concurrent puts leave siblings and a put with their context resolves them`() throws
    {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        let tokens = (0..<3).map { cluster.put("v\($0)", key, at: $0) }
        for token in tokens { #expect(cluster.reply(to: token)?.putResult != nil) }
        cluster.run(milliseconds: 50)
        let record = try read(key, at: 1, in: cluster)
        #expect(record.texts == ["v0", "v1", "v2"])
        let put = cluster.reply(to: cluster.put("all", key, at: 2, seen: record.context))
        #expect(put?.putResult?.siblings == 1)
        cluster.run(milliseconds: 50)
        for member in 0..<3 {
            #expect(try read(key, at: member, in: cluster).texts == ["all"])
            #expect(cluster.values(key, on: member) == ["all"])
        }
    }

    @Test func `A plain overwrite replaces what its coordinator knows`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        for (number, member) in [0, 1, 2, 0].enumerated() {
            let put = cluster.reply(to: cluster.overwrite("v\(number)", key, at: member))
            #expect(put?.putResult?.siblings == 1)
            cluster.run(milliseconds: 20)
            #expect(try read(key, at: 1, in: cluster).texts == ["v\(number)"])
        }
    }

    @Test func `Only a put whose value is the only sibling is answered with a context`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        let first = try #require(cluster.reply(to: cluster.put("a", key, at: 0))?.putResult)
        let context = try #require(first.context)
        let blind = try #require(cluster.reply(to: cluster.put("b", key, at: 0))?.putResult)
        #expect(blind.context == nil && blind.siblings == 2)
        let next = cluster.reply(to: cluster.put("c", key, at: 0, seen: context))?.putResult
        #expect(next?.context == nil && next?.siblings == 2)
        #expect(try read(key, at: 1, in: cluster).texts == ["b", "c"], "b was never seen")
    }

    @Test func `A delete with a context leaves a tombstone that hides nothing unseen`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        let first = try #require(cluster.reply(to: cluster.put("a", key, at: 0))?.putResult)
        _ = cluster.reply(to: cluster.put("b", key, at: 1))
        cluster.run(milliseconds: 20)
        let delete = PutRequest(
            key: key, content: .tombstone, basis: .seen(try #require(first.context)))
        let result = cluster.reply(to: cluster.ask(.put(delete), at: 2))?.putResult
        #expect(result?.siblings == 1)
        #expect(try read(key, at: 0, in: cluster).texts == ["b"])
    }

    @Test(arguments: [(0, 0), (0, 1), (1, 2), (2, 0)])
    func `A retry with the same operation id leaves one sibling`(first: Int, second: Int) throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        for member in [first, second] {
            let token = cluster.put("v", key, at: member, operation: "op")
            #expect(cluster.reply(to: token)?.putResult?.siblings == 1)
        }
        cluster.run(milliseconds: 50)
        #expect(try read(key, at: 0, in: cluster).texts == ["v"])
    }

    @Test func `Simultaneous attempts of one operation through all nodes are one sibling`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        let tokens = (0..<3).map { cluster.put("v", key, at: $0, operation: "op") }
        for token in tokens { #expect(cluster.reply(to: token)?.putResult != nil) }
        cluster.run(milliseconds: 50)
        for member in 0..<3 {
            #expect(try read(key, at: member, in: cluster).texts == ["v"])
            #expect(cluster.values(key, on: member) == ["v"])
        }
    }

    @Test func `After a failed commit the next put has another dot`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        _ = cluster.reply(to: cluster.put("first", key, at: 0))
        cluster.run(milliseconds: 50)
        for member in 1..<3 { cluster.cut(0, member) }
        cluster.run(milliseconds: 20)
        cluster.open(0, 1)
        cluster.run(milliseconds: 20)
        cluster.processes[1].holdsCommits = true
        cluster.processes[0].failure = .full
        let failed = cluster.put("x", key, at: 0)
        #expect(cluster.reply(to: failed)?.putResult == nil)
        cluster.processes[0].failure = nil
        cluster.release(1)
        let next = cluster.reply(to: cluster.put("y", key, at: 0))
        #expect(next?.putResult != nil)
        cluster.heal()
        cluster.run(milliseconds: 100)
        #expect(try read(key, at: 2, in: cluster).texts.contains("y"))
        cluster.run(milliseconds: 100)
        let dots = (0..<3).compactMap { cluster.processes[$0].store.record(key) }
            .flatMap { record in record.live.map { ($0.dot, $0.value) } }
        for (dot, version) in dots {
            #expect(dots.allSatisfy { $0.0 != dot || $0.1 == version }, "a dot names two writes")
        }
        #expect(try read(key, at: 1, in: cluster).texts == ["first", "x", "y"])
    }

    @Test func `The last write wins where the bucket says so`() throws {
        var defaults = BucketProperties()
        defaults.conflict = .lastWriteWins
        let cluster = try Cluster(members: 3, defaults: defaults)
        let key = try cluster.key("k")
        for number in 0..<6 {
            let token = cluster.put("v\(number)", key, at: number % 3)
            #expect(cluster.reply(to: token)?.putResult?.siblings == 1)
            cluster.run(milliseconds: 20)
        }
        for member in 0..<3 {
            #expect(try read(key, at: member, in: cluster).texts == ["v5"])
        }
    }
}
