import Causality
import Primitives
import Testing

/// A hundred clients that each read and write a hundred times.
@Suite struct ManyClientsTests {
    private let clients = 100
    private let rounds = 100

    private func start(replicas: Int) -> History {
        History(nodes: (1...replicas).map { NodeID(UInt64($0)) }, clients: clients)
    }

    /// Sends every replica's record to every other one, twice, so that all hold the same.
    private func mergeAll(_ history: inout History) {
        let count = history.replicas.count
        for replica in 0..<count * 2 {
            for distance in 1..<max(1, count) {
                _ = history.apply(
                    .send(from: replica % count, to: (replica + distance) % count))
            }
        }
    }

    private func expectModel(_ history: History, round: Int) {
        for replica in history.replicas.indices {
            let difference = history.differenceOfValues(at: replica)
            #expect(difference == nil, "round \(round)")
        }
    }

    @Test("a read before each write leaves one value in the end", arguments: [1, 3])
    func alternating(replicas: Int) {
        var history = start(replicas: replicas)
        for round in 0..<rounds {
            for client in 0..<clients {
                let replica = (client + round) % replicas
                _ = history.apply(.get(client: client, replica: replica))
                _ = history.apply(.put(client: client, replica: replica))
                for distance in 1..<max(1, replicas) {
                    _ = history.apply(
                        .send(from: replica, to: (replica + distance) % replicas))
                }
                let values = history.replicas[replica].siblings.values
                #expect(values == [round * clients + client])
            }
            expectModel(history, round: round)
        }
        #expect(history.dots.count == 10_000 && Set(history.dots).count == 10_000)
    }

    @Test("writes after a common read are siblings, and the next round replaces them all")
    func allReadThenAllWrite() {
        var history = start(replicas: 1)
        for round in 0..<rounds {
            for client in 0..<clients {
                _ = history.apply(.get(client: client, replica: 0))
            }
            for client in 0..<clients {
                _ = history.apply(.put(client: client, replica: 0))
            }
            expectModel(history, round: round)
            let expected = Array(round * clients..<(round + 1) * clients)
            #expect(history.replicas[0].siblings.values.sorted() == expected)
        }
        #expect(history.replicas[0].siblings.context.entries.count == 1)
    }

    @Test("clients that read at one replica and write at another make no false siblings")
    func allReadThenAllWriteElsewhere() {
        var history = start(replicas: 3)
        for round in 0..<rounds {
            for client in 0..<clients {
                _ = history.apply(.get(client: client, replica: client % 3))
            }
            for client in 0..<clients {
                _ = history.apply(.put(client: client, replica: (client + round) % 3))
            }
            expectModel(history, round: round)
            mergeAll(&history)
            expectModel(history, round: round)
            #expect(history.replicas.allSatisfy { $0.siblings.values.count == clients })
        }
        #expect(history.replicas[0].siblings.context.entries.count == 3)
    }

    @Test("any interleaving keeps exactly the writes that nobody saw", arguments: [1, 3])
    func shuffled(replicas: Int) {
        var random = RandomStream(root: UInt64(replicas), name: "shuffled")
        var history = start(replicas: replicas)
        var siblingsMax = 0
        for round in 0..<rounds {
            for event in (0..<2 * clients).shuffled(using: &random) {
                let replica = Int.random(in: 0..<replicas, using: &random)
                let client = event / 2
                let isRead = event % 2 == 0
                _ = history.apply(
                    isRead
                        ? .get(client: client, replica: replica)
                        : .put(client: client, replica: replica))
            }
            let source = Int.random(in: 0..<replicas, using: &random)
            if replicas > 1 {
                _ = history.apply(.send(from: source, to: (source + 1) % replicas))
            }
            expectModel(history, round: round)
            siblingsMax = max(siblingsMax, history.replicas[source].siblings.values.count)
        }
        mergeAll(&history)
        expectModel(history, round: rounds)
        print("\(replicas) replicas, shuffled: at most \(siblingsMax) siblings")
        #expect(history.dots.count == 10_000)
    }
}
