import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing
import Wire

@testable import Node

@Suite struct ClockBoundTests {
    @Test func `After the mark of a clean stop no later time is told to anybody`() throws {
        let cluster = try Cluster(members: 3)
        cluster.processes[0].holdsCommits = true
        let before = cluster.clocksSent(by: 0)
        cluster.handle(.drain, at: 0)
        cluster.run(milliseconds: 1_000)
        cluster.release(0)
        cluster.run(milliseconds: 100)
        #expect(cluster.stops.first?.reason == .drained(isClean: true))
        let lease = cluster.processes[0].store.disk.lease
        let told = cluster.clocksSent(by: 0)
        #expect(told.count > before.count, "heartbeats went on")
        #expect(told.allSatisfy { $0 <= lease }, "a restart begins at the lease of the mark")
    }

    @Test func `Restarts in quick succession do not drive a clock beyond what others take`() throws
    {
        let cluster = try Cluster(members: 3)
        for _ in 0..<12 {
            try cluster.restart(0)
            cluster.run(milliseconds: 50)
        }
        cluster.run(milliseconds: 1_000)
        let put = cluster.reply(to: cluster.put("v", try cluster.key("k"), at: 0), within: 200)
        #expect(put?.putResult != nil, "the others refuse a clock that is 60 s ahead")
    }

    @Test func `The second copy of a forwarded put is not answered, though it is refused`() throws {
        let cluster = try Cluster(members: 5)
        let key = try cluster.key("k")
        let owner = cluster.primaries(key)[0]
        let outsider = try #require((0..<5).first { !cluster.primaries(key).contains($0) })
        let put = PutRequest(
            key: key, content: .value(Bytes(text: "v")), basis: .seen(VersionVector()))
        for aheadMilliseconds in [0, 90_000] as [UInt64] {
            let clock = HybridTimestamp(milliseconds: Cluster.wallStart + 1_000 + aheadMilliseconds)
            let envelope = Envelope(clock: clock, message: .forward(request: 7, put))
            cluster.handle(.message(from: cluster.index(outsider), envelope), at: owner)
        }
        cluster.run(milliseconds: 100)
        let answers = cluster.sent.filter { sent in
            if case .forwarded(7, _) = sent.message { true } else { false }
        }
        #expect(answers.count == 1, "a refusal would say that nothing was written")
        #expect(cluster.values(key, on: owner) == ["v"])
    }
}
