import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing
import Wire

@testable import Node

@Suite struct ClockTests {
    func stored(_ cluster: Cluster, _ member: Int) -> [HybridTimestamp] {
        cluster.processes[member].store.history.compactMap { command in
            if case .put(let put) = command { return put.version.timestamp }
            return nil
        }
    }

    @Test func `No put gets a timestamp beyond the lease that is stored`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        for round in 0..<40 {
            _ = cluster.reply(to: cluster.overwrite("v\(round)", key, at: 0))
            let newest = try #require(stored(cluster, 0).last)
            #expect(newest < cluster.processes[0].store.disk.lease)
            cluster.run(milliseconds: 997)
        }
        let all = stored(cluster, 0)
        #expect(all.count == 40)
        #expect(all == all.sorted() && Set(all).count == all.count)
    }

    @Test func `Puts wait while the lease is used up and go on once it is stored`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        cluster.processes[0].failure = .full
        cluster.processes[0].wallOffsetMilliseconds = 50_000
        let clock = HybridTimestamp(milliseconds: Cluster.wallStart + 40_000)
        let envelope = Envelope(clock: clock, message: .heartbeat(bucketsDigest: 0, hearsYou: true))
        cluster.handle(.message(from: cluster.index(1), envelope), at: 0)
        cluster.processes[0].failure = nil
        cluster.processes[0].holdsCommits = true
        let token = cluster.put("v", key, at: 0)
        cluster.run(milliseconds: 200)
        #expect(cluster.replies[token] == nil && stored(cluster, 0).isEmpty)
        cluster.release(0)
        #expect(cluster.reply(to: token, within: 200)?.putResult != nil)
        let timestamp = try #require(stored(cluster, 0).last)
        #expect(timestamp > clock && timestamp < cluster.processes[0].store.disk.lease)
    }

    @Test func `A clock goes on over a restart although the wall clock falls back`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        _ = cluster.reply(to: cluster.put("a", key, at: 0))
        let before = try #require(stored(cluster, 0).last)
        cluster.processes[0].wallOffsetMilliseconds = -30_000
        try cluster.restart(0)
        cluster.run(milliseconds: 500)
        _ = cluster.reply(to: cluster.put("b", key, at: 0))
        #expect(try #require(stored(cluster, 0).last) > before)
    }

    @Test func `A member whose clock is 60 s ahead is refused and told so`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        cluster.processes[0].wallOffsetMilliseconds = 75_000
        cluster.run(milliseconds: 12_000)
        let failure = cluster.reply(to: cluster.put("v", key, at: 0), within: 200)?.failure
        // Nobody hears it, and it knows: nothing is written.
        #expect(failure == .unavailable(required: 2, reachable: 1))
        #expect(!cluster.processes[1].node.inspect().isUp[0])
        #expect(cluster.values(key, on: 1).isEmpty && cluster.values(key, on: 2).isEmpty)
        #expect(
            cluster.notes.contains {
                if case .clockAhead("n0", _) = $0.note { return $0.member == 1 }
                return false
            })
        for member in 1..<3 {
            let limit = Cluster.wallStart + cluster.now / 1_000_000
            #expect(cluster.processes[member].node.clock.last.milliseconds <= limit)
        }
        #expect(cluster.reply(to: cluster.put("w", key, at: 1), within: 200)?.putResult != nil)
    }
}
