import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

@Suite struct LoadTests {
    func isOverloaded(_ reply: ClientReply?) -> Bool {
        if case .overloaded? = reply?.failure { return true }
        return false
    }

    @Test func `More requests than allowed are refused at once and the counters go back`() throws {
        var settings = NodeSettings()
        settings.requestsMax = 4
        let cluster = try Cluster(members: 3, settings: settings)
        let key = try cluster.key("k")
        let tokens = (0..<10).map { number in
            number % 2 == 0 ? cluster.put("v", key, at: 0) : cluster.get(key, at: 0)
        }
        #expect(tokens[4...].allSatisfy { isOverloaded(cluster.replies[$0]?.first) })
        cluster.run(milliseconds: 200)
        #expect(tokens[..<4].allSatisfy { cluster.replies[$0]?.first?.failure == nil })
        #expect(tokens.allSatisfy { cluster.replies[$0]?.count == 1 })
        #expect(cluster.processes.allSatisfy { $0.node.load == Load() })
    }

    @Test(arguments: [false, true])
    func `More bytes than allowed are refused at once and given back`(isForwarded: Bool) throws {
        var settings = NodeSettings()
        settings.requestBytesMax = 1_000
        let cluster = try Cluster(members: 5, settings: settings)
        let key = try cluster.key("k")
        let primaries = cluster.primaries(key)
        let member = try #require((0..<5).first { primaries.contains($0) != isForwarded })
        let value = String(repeating: "x", count: 400)
        let tokens = (0..<3).map { _ in cluster.put(value, key, at: member) }
        #expect(cluster.replies[tokens[1]] == nil)
        #expect(isOverloaded(cluster.replies[tokens[2]]?.first))
        cluster.run(milliseconds: 200)
        #expect(tokens[..<2].allSatisfy { cluster.replies[$0]?.first?.putResult != nil })
        #expect(cluster.processes.allSatisfy { $0.node.load == Load() })
    }

    @Test func `A value is let go of at its reply though a replica still owes its word`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        cluster.processes[2].holdsCommits = true
        let token = cluster.put("value", key, at: 0)
        #expect(
            cluster.processes[0].node.load == Load(requests: 1, requestBytes: 5, storeCommands: 1))
        _ = cluster.reply(to: token)
        #expect(cluster.processes[0].node.load == Load(requests: 1, requestBytes: 0))
        cluster.run(milliseconds: 10_000)
        #expect(cluster.processes[0].node.load == Load())
    }

    @Test func `Answered requests take no place from those that wait for an answer`() throws {
        var settings = NodeSettings()
        settings.requestsMax = 4
        let cluster = try Cluster(members: 3, settings: settings)
        let key = try cluster.key("k")
        cluster.processes[2].holdsCommits = true
        for number in 0..<20 {
            let reply = cluster.reply(to: cluster.put("v\(number)", key, at: 0), within: 50)
            #expect(reply?.failure == nil && reply != nil)
            #expect(cluster.processes[0].node.load.requests <= 5)
            #expect(cluster.processes[0].node.checkInvariants() == nil)
        }
        // The answered ones that went on longest were ended, and what they owed is kept as hints.
        #expect(cluster.processes[0].node.answered.count == 4)
        cluster.run(milliseconds: 10_000)
        #expect(cluster.processes[0].node.load == Load())
        #expect(cluster.processes[0].node.answered.count == 0)
    }

    @Test func `A replica that has too much to do says so`() throws {
        var settings = NodeSettings()
        settings.replicaBytesMax = 10
        let cluster = try Cluster(members: 3, settings: settings)
        let key = try cluster.key("k")
        let failure = cluster.reply(to: cluster.put("v", key, at: 0), within: 200)?.failure
        #expect(failure == .timedOut(required: 2, answered: 1))
        cluster.run(milliseconds: 100)
        #expect(cluster.processes.allSatisfy { $0.node.load == Load() })
    }

    @Test func `A value that is too large is a bad request`() throws {
        var settings = NodeSettings()
        settings.valueBytesMax = 3
        let cluster = try Cluster(members: 3, settings: settings)
        let token = cluster.put("four", try cluster.key("k"), at: 0)
        guard case .badRequest? = cluster.replies[token]?.first?.failure else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `A forward that could be queued for no primary is overloaded and wrote nothing`()
        throws
    {
        let cluster = try Cluster(members: 5)
        let key = try cluster.key("k")
        let primaries = cluster.primaries(key)
        let member = try #require((0..<5).first { !primaries.contains($0) })
        for primary in primaries { cluster[member, primary].isSilent = true }
        let token = cluster.put("v", key, at: member)
        let request = try #require(cluster.sent.last { $0.message.isForward }?.message.request)
        for primary in primaries {
            #expect(cluster.replies[token] == nil)
            let target = cluster.index(primary)
            cluster.handle(.undelivered(target, request: request), at: member)
        }
        #expect(isOverloaded(cluster.replies[token]?.first))
        cluster.run(milliseconds: 10_000)
        #expect(cluster.replies[token]?.count == 1)
        #expect(cluster.processes[member].node.load == Load())
    }

    @Test func `A drain leaves the mark only after the requests in flight ended`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        cluster.processes[1].holdsCommits = true
        cluster.processes[2].holdsCommits = true
        let token = cluster.put("v", key, at: 0)
        cluster.run(milliseconds: 50)
        cluster.handle(.drain, at: 0)
        let late = cluster.put("late", key, at: 0)
        #expect(isOverloaded(cluster.replies[late]?.first))
        cluster.run(milliseconds: 500)
        #expect(cluster.stops.isEmpty && cluster.processes[0].store.disk.cleanRun == nil)
        cluster.release(1)
        #expect(cluster.reply(to: token)?.putResult != nil)
        #expect(cluster.stops.isEmpty, "one replica still owes its word")
        cluster.release(2)
        cluster.run(milliseconds: 200)
        #expect(cluster.stops.map(\.reason) == [.drained(isClean: true)])
        #expect(cluster.processes[0].store.disk.cleanRun != nil)
    }

    @Test func `A drain waits no longer than its time`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        for member in 1..<3 { cluster.processes[member].holdsCommits = true }
        var options = QuorumOptions()
        options.timeoutMilliseconds = 50_000
        _ = cluster.put("v", key, at: 0, options: options)
        cluster.handle(.drain, at: 0)
        cluster.run(milliseconds: 4_900)
        #expect(cluster.stops.isEmpty)
        cluster.run(milliseconds: 300)
        #expect(cluster.stops.map(\.reason) == [.drained(isClean: true)])
    }

    @Test func `A drain whose mark cannot be stored ends unclean`() throws {
        let cluster = try Cluster(members: 3)
        cluster.processes[0].failure = .full
        cluster.handle(.drain, at: 0)
        cluster.run(milliseconds: 200)
        #expect(cluster.stops.map(\.reason) == [.drained(isClean: false)])
    }

    @Test func `Commands that wait for a disk that hangs are bounded and looks at it time out`()
        throws
    {
        var settings = NodeSettings()
        settings.storeCommandsMax = 50
        let cluster = try Cluster(members: 3, settings: settings)
        let key = try cluster.key("k")
        cluster.processes[0].holdsCommits = true
        _ = cluster.put("v", key, at: 0)
        cluster.run(milliseconds: 10)
        let looks = (0..<100).map { _ in cluster.ask(.local(key), at: 0) }
        #expect(looks.count { isOverloaded(cluster.replies[$0]?.first) } >= 50)
        let put = cluster.put("w", key, at: 0)
        #expect(isOverloaded(cluster.replies[put]?.first))
        #expect(cluster.processes[0].node.load.storeCommands <= 51)
        cluster.run(milliseconds: 6_000)
        #expect(looks.allSatisfy { cluster.replies[$0]?.count == 1 })
        cluster.release(0)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.processes[0].node.inspect().isIdle)
        #expect(looks.allSatisfy { cluster.replies[$0]?.count == 1 })
    }

    @Test func `A forwarded put that arrives twice is carried out once`() throws {
        let cluster = try Cluster(members: 5)
        let key = try cluster.key("k")
        let primaries = cluster.primaries(key)
        let outsider = try #require((0..<5).first { !primaries.contains($0) })
        cluster.copiesOfFrames = 2
        let token = cluster.put("v", key, at: outsider)
        cluster.run(milliseconds: 500)
        #expect(cluster.replies[token]?.first?.putResult != nil)
        for member in primaries {
            #expect(cluster.processes[member].store.record(key)?.texts == ["v"])
        }
    }
}
