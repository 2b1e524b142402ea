import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

@Suite struct RequestTests {
    /// A node that is no replica of a key.
    func outsider(_ key: Key, in cluster: Cluster) throws -> Int {
        let primaries = cluster.primaries(key)
        return try #require((0..<cluster.count).first { !primaries.contains($0) })
    }

    @Test(arguments: 0..<5)
    func `A put and a get work through every node of five`(member: Int) throws {
        let cluster = try Cluster(members: 5, seed: UInt64(member))
        for number in 0..<10 {
            let key = try cluster.key("key \(number)")
            let put = try #require(cluster.reply(to: cluster.put("v", key, at: member))?.putResult)
            #expect(put.required == 2 && Set(put.replicas).count >= 2 && put.siblings == 1)
            #expect(put.replicas.allSatisfy { cluster.primaries(key).contains(Int($0.raw)) })
            for reader in 0..<5 {
                let got = cluster.reply(to: cluster.get(key, at: reader))?.getResult
                #expect(got?.record.texts == ["v"] && (got?.answers ?? 0) >= 2)
            }
        }
        cluster.run(milliseconds: 100)
        #expect(cluster.processes.allSatisfy { $0.node.load == Load() })
    }

    @Test func `No put is acknowledged before W replicas stored it durably`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        for member in 0..<3 { cluster.processes[member].holdsCommits = true }
        let token = cluster.put("v", key, at: 0)
        cluster.run(milliseconds: 300)
        #expect(cluster.replies[token] == nil)
        #expect(cluster.sent.contains { $0.message.isReplicate }, "sent before it is durable")
        cluster.release(0)
        cluster.run(milliseconds: 300)
        #expect(cluster.replies[token] == nil)
        cluster.release(1)
        let result = try #require(cluster.reply(to: token, within: 300)?.putResult)
        #expect(Set(result.replicas) == [cluster.index(0), cluster.index(1)])
        #expect(cluster.values(key, on: 0) == ["v"] && cluster.values(key, on: 1) == ["v"])
    }

    @Test func `Duplicated messages do not count twice`() throws {
        let cluster = try Cluster(members: 3)
        cluster.copiesOfFrames = 3
        let key = try cluster.key("k")
        cluster.processes[0].holdsCommits = true
        cluster.processes[2].holdsCommits = true
        let token = cluster.put("v", key, at: 0)
        cluster.run(milliseconds: 300)
        #expect(cluster.replies[token] == nil, "one replica's word came three times")
        cluster.release(2)
        let result = try #require(cluster.reply(to: token, within: 300)?.putResult)
        #expect(Set(result.replicas).count == result.replicas.count)
    }

    @Test func `A replica that is down is not waited for once it is detected`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        cluster.crash(2)
        cluster.run(milliseconds: 50)
        for member in 0..<2 {
            let put = cluster.reply(to: cluster.put("v", key, at: member), within: 50)
            #expect(put?.putResult != nil)
            #expect(cluster.reply(to: cluster.get(key, at: member), within: 50)?.getResult != nil)
        }
    }

    @Test func `A silent replica is not waited for after the suspicion time`() throws {
        let cluster = try Cluster(members: 5)
        let key = try cluster.key("k")
        let outsider = try outsider(key, in: cluster)
        cluster.silence(cluster.primaries(key)[0])
        cluster.run(milliseconds: 1_500)
        let put = cluster.reply(to: cluster.put("v", key, at: outsider), within: 50)
        #expect(put?.putResult != nil, "forwarded to the next primary")
    }

    @Test func `With two of three down a request is unavailable at once and writes nothing`() throws
    {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        cluster.crash(1)
        cluster.crash(2)
        cluster.run(milliseconds: 50)
        let put = cluster.put("v", key, at: 0)
        let expected = RequestFailure.unavailable(required: 2, reachable: 1)
        #expect(cluster.replies[put]?.first?.failure == expected)
        let get = cluster.get(key, at: 0)
        #expect(cluster.replies[get]?.first?.failure == expected)
        cluster.run(milliseconds: 100)
        #expect(cluster.values(key, on: 0).isEmpty)
        #expect(cluster.processes[0].node.load == Load())
    }

    @Test func `When two replicas die during a put it is timed out promptly, not unavailable`()
        throws
    {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        for member in 1..<3 { cluster.processes[member].holdsCommits = true }
        let token = cluster.put("v", key, at: 0)
        cluster.run(milliseconds: 50)
        cluster.crash(1)
        cluster.crash(2)
        let failure = cluster.reply(to: token, within: 100)?.failure
        #expect(failure == .timedOut(required: 2, answered: 1))
    }

    @Test func `A forwarded put whose coordinator dies is timed out promptly`() throws {
        let cluster = try Cluster(members: 5)
        let key = try cluster.key("k")
        let outsider = try outsider(key, in: cluster)
        let primary = cluster.primaries(key)[0]
        for member in cluster.primaries(key) { cluster.processes[member].holdsCommits = true }
        let token = cluster.put("v", key, at: outsider)
        cluster.run(milliseconds: 20)
        cluster.crash(primary)
        let failure = cluster.reply(to: token, within: 100)?.failure
        #expect(failure == .timedOut(required: 2, answered: 0))
        #expect(cluster.processes[outsider].node.load == Load())
    }

    @Test func `At its deadline a request is timed out exactly once, whatever comes later`() throws
    {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        for member in 0..<3 { cluster.processes[member].holdsCommits = true }
        var options = QuorumOptions()
        options.timeoutMilliseconds = 300
        let token = cluster.put("v", key, at: 0, options: options)
        cluster.run(milliseconds: 250)
        #expect(cluster.replies[token] == nil)
        cluster.run(milliseconds: 100)
        for member in 0..<3 { cluster.release(member) }
        cluster.run(milliseconds: 10_000)
        #expect(cluster.replies[token]?.count == 1)
        let failure = cluster.replies[token]?.first?.failure
        #expect(failure == .timedOut(required: 2, answered: 0))
        #expect(cluster.processes.allSatisfy { $0.node.load == Load() })
    }

    @Test func `Impossible quorums are refused with the rule`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        var options = QuorumOptions()
        options.quorum = 4
        for token in [
            cluster.put("v", key, at: 0, options: options),
            cluster.get(key, at: 0, options: options),
        ] {
            guard case .badRequest(let text)? = cluster.replies[token]?.first?.failure else {
                Issue.record("not refused")
                continue
            }
            #expect(text.contains("at most n=3"))
        }
    }
}
