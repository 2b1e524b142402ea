import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing
import Wire

@testable import Node

/// What was read from a store longer ago than messages live is not believed.
@Suite struct AgeTests {
    static let lifetime: UInt64 = 3_000

    func cluster() throws -> Cluster {
        var settings = NodeSettings()
        settings.timeoutMilliseconds = 30_000
        settings.hintWindowNanoseconds = 0
        return try Cluster(
            members: 3, settings: settings, messageLifetimeMilliseconds: Self.lifetime)
    }

    /// What a member was sent last of some kind, with the clock of that time.
    func last(
        to member: Int, in cluster: Cluster, where isWanted: (Message) -> Bool
    ) throws -> (from: Int, message: Message) {
        let found = cluster.sent.last { $0.to == member && isWanted($0.message) }
        let sent = try #require(found)
        return (sent.from, sent.message)
    }

    func deliver(_ message: Message, from sender: Int, to member: Int, in cluster: Cluster) {
        let clock = cluster.processes[sender].node.clock.last
        let envelope = Envelope(clock: clock, message: message)
        cluster.handle(.message(from: cluster.index(sender), envelope), at: member)
    }

    func refusals(by member: Int, in cluster: Cluster) -> Int {
        cluster.notes.count {
            if case .recordTooOld = $0.note { $0.member == member } else { false }
        }
    }

    @Test func `A copy that hung on its way is refused, read again and sent anew`() throws {
        let cluster = try cluster()
        let key = try cluster.key("k")
        cluster.silence(2)
        #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        let late = try last(to: 2, in: cluster) { $0.isReplicate }
        cluster.run(milliseconds: Self.lifetime + 500)
        cluster.heal()
        cluster.run(milliseconds: 500)
        #expect(cluster.values(key, on: 2).isEmpty)
        deliver(late.message, from: 0, to: 2, in: cluster)
        #expect(refusals(by: 2, in: cluster) == 1)
        #expect(cluster.values(key, on: 2).isEmpty)
        cluster.run(milliseconds: 100)
        #expect(cluster.values(key, on: 2) == ["v"])
        let anew = cluster.notes.count { if case .recordReread = $0.note { true } else { false } }
        #expect(anew == 1)
    }

    @Test func `A repair that was read too long ago is dropped, a young one is taken`() throws {
        let cluster = try cluster()
        let key = try cluster.key("k")
        cluster.isolate(2)
        cluster.run(milliseconds: 20)
        _ = cluster.reply(to: cluster.put("v", key, at: 0))
        cluster.heal()
        cluster.run(milliseconds: 300)
        let record = try #require(cluster.processes[0].store.record(key)).encoded()[...]
        let readAt = cluster.processes[0].node.clock.last
        let repair = MergeCommand(key: key, record: record, isComplete: false, readAt: readAt)
        cluster.run(milliseconds: Self.lifetime + 10)
        deliver(.repair(repair), from: 0, to: 2, in: cluster)
        cluster.run(milliseconds: 50)
        #expect(cluster.values(key, on: 2).isEmpty && refusals(by: 2, in: cluster) == 1)
        let young = MergeCommand(
            key: key, record: record, isComplete: false,
            readAt: cluster.processes[0].node.clock.last)
        deliver(.repair(young), from: 0, to: 2, in: cluster)
        cluster.run(milliseconds: 50)
        #expect(cluster.values(key, on: 2) == ["v"])
    }

    @Test func `An answer to a read that was read too long ago counts as none`() throws {
        let cluster = try cluster()
        let key = try cluster.key("k")
        _ = cluster.reply(to: cluster.put("v", key, at: 0))
        cluster.silence(1)
        cluster.silence(2)
        let token = cluster.get(key, at: 0)
        let request = try last(to: 1, in: cluster) { $0.isRequest }.message.request ?? 0
        let record = try #require(cluster.processes[0].store.record(key)).encoded()[...]
        let readAt = cluster.processes[0].node.clock.last
        cluster.run(milliseconds: Self.lifetime + 10)
        let old = FetchOutcome.record(record, readAt: readAt)
        deliver(.fetched(request: request, old), from: 1, to: 0, in: cluster)
        #expect(refusals(by: 0, in: cluster) == 1)
        #expect(cluster.replies[token] == nil, "one of two answers is left to come")
        let young = FetchOutcome.record(record, readAt: cluster.processes[0].node.clock.last)
        deliver(.fetched(request: request, young), from: 2, to: 0, in: cluster)
        #expect(cluster.replies[token]?.first?.getResult?.record.texts == ["v"])
    }

    @Test func `A reading far ahead of the receiver's clock is refused`() throws {
        let cluster = try cluster()
        let key = try cluster.key("k")
        let record = Record().encoded()[...]
        let ahead = cluster.processes[0].node.clock.last.adding(milliseconds: 120_000)
        let repair = MergeCommand(key: key, record: record, isComplete: false, readAt: ahead)
        deliver(.repair(repair), from: 0, to: 1, in: cluster)
        #expect(refusals(by: 1, in: cluster) == 1)
    }

    @Test func `Who stood still past the deadline keeps as a hint what it has by then`() throws {
        var settings = NodeSettings()
        settings.timeoutMilliseconds = 5_000
        let cluster = try Cluster(
            members: 3, settings: settings, messageLifetimeMilliseconds: Self.lifetime)
        let key = try cluster.key("k")
        cluster.processes[2].holdsCommits = true
        #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        cluster.run(milliseconds: 5_500)
        #expect(cluster.processes[0].store.disk.hints.count == 1)
        let hasReread = cluster.notes.contains {
            if case .recordReread = $0.note { $0.member == 0 } else { false }
        }
        #expect(hasReread, "what the put left was older than messages live by then")
    }
}
