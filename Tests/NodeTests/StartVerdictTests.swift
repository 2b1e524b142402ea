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
}
