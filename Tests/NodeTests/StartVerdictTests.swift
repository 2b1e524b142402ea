import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing
import Wire

@testable import Node

@Suite struct StartVerdictTests {
    @Test func `Of two copies of one start only one is accepted`() throws {
        let cluster = try Cluster(members: 3)
        let known = cluster.processes[0].node.start
        let first = NodeStart(node: known.node, number: known.number + 1, run: 111)
        let copy = NodeStart(node: known.node, number: known.number + 1, run: 222)
        let before = cluster.sent.count
        cluster.handle(.greeted(cluster.index(0), first), at: 1)
        cluster.handle(.greeted(cluster.index(0), copy), at: 1)
        cluster.run(milliseconds: 50)
        let accepted = cluster.sent[before...].compactMap { sent -> NodeStart? in
            guard case .startAccepted(let start, _) = sent.message, sent.from == 1 else {
                return nil
            }
            return start
        }
        #expect(accepted == [first])
    }

    @Test func `A refusal of another start, or by one that is no later, stops nobody`() throws {
        let cluster = try Cluster(members: 3)
        let own = cluster.processes[0].node.start
        let other = NodeStart(node: NodeID(999), number: 7, run: 7)
        let older = NodeStart(node: own.node, number: own.number - 1, run: 7)
        for (refused, known) in [(own, own), (own, older), (other, own), (older, other)] {
            let clock = HybridTimestamp(milliseconds: Cluster.wallStart)
            let envelope = Envelope(clock: clock, message: .startRefused(refused, known: known))
            cluster.handle(.message(from: cluster.index(1), envelope), at: 0)
        }
        cluster.run(milliseconds: 100)
        #expect(cluster.stops.isEmpty)
    }

    /// A verdict is given once: whoever does not listen to it waits for it for ever.
    @Test func `A verdict counts although it comes by a clock that is too far ahead`() throws {
        let cluster = try Cluster(members: 3, settings: ExchangeTests.settings)
        let key = try cluster.key("k")
        #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        for member in [0, 2] {
            cluster.processes[member].wallOffsetMilliseconds = 75_000
        }
        // Leases follow the calendar with the next period; until then the old time is told.
        cluster.run(milliseconds: 3_000)
        try cluster.wipe(1)
        cluster.run(milliseconds: 3_000)
        let isAhead = cluster.notes.contains { entry in
            if case .clockAhead = entry.note { entry.member == 1 } else { false }
        }
        #expect(isAhead, "n1 does not believe the time of the others")
        #expect(cluster.processes[1].node.acceptances.count == 3)
        #expect(cluster.processes[1].node.refill.state == .refilling)
        // Its own clock is set like theirs: nothing is missing to be refilled.
        cluster.processes[1].wallOffsetMilliseconds = 75_000
        cluster.run(milliseconds: 10_000)
        #expect(cluster.processes[1].node.refill.state == .done)
        #expect(cluster.values(key, on: 1) == ["v"])
    }
}
