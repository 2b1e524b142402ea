import Causality
import Primitives
import Testing

@Suite struct SiblingsTests {
    private let a = Actor(node: NodeID(1), epoch: 1)
    private let b = Actor(node: NodeID(2), epoch: 1)

    /// The order of node identities decides where entries stand, so both orders are searched.
    @Test("every history of six steps agrees with a model that keeps whole histories")
    func exhaustiveHistories() {
        var search = HistorySearch()
        search.run(steps: 6, nodes: [NodeID(1), NodeID(2), NodeID(3)])
        search.run(steps: 6, nodes: [NodeID(3), NodeID(1), NodeID(2)])
        print("\(search.histories) histories, \(search.comparisons) states compared")
        #expect(search.failures.isEmpty, "\(search.failures.first ?? "")")
        #expect(search.histories > 80_000)
    }

    @Test("long random histories over five replicas agree with the model", arguments: 0..<10)
    func randomHistories(part: Int) {
        var random = RandomStream(root: UInt64(part), name: "siblings")
        for _ in 0..<500 {
            let failure = randomHistory(&random)
            #expect(failure == nil)
        }
    }

    private func randomHistory(_ random: inout RandomStream) -> String? {
        let nodes = (0..<5).map { _ in NodeID(random.next()) }
        var history = History(nodes: nodes, clients: 4)
        for _ in 0..<30 {
            _ = history.apply(randomStep(&random))
            if let replica = history.changedReplica,
                let difference = history.difference(at: replica)
            {
                return difference
            }
        }
        let order = (0..<5).shuffled(using: &random)
        return history.brokenLaw(order[0], order[1], order[2])
    }

    private func randomStep(_ random: inout RandomStream) -> Operation {
        let replica = Int.random(in: 0..<5, using: &random)
        let client = Int.random(in: 0..<4, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            return .put(client: client, replica: replica)
        case 1:
            return .get(client: client, replica: replica)
        default:
            let distance = Int.random(in: 1..<5, using: &random)
            return .send(from: replica, to: (replica + distance) % 5)
        }
    }

    @Test("a put without a context stands beside what is there")
    func blindPut() {
        var record = Siblings<String>()
        record.put("x", context: VersionVector(), dot: Dot(actor: a, counter: 1))
        record.put("y", context: VersionVector(), dot: Dot(actor: a, counter: 2))
        #expect(record.values.sorted() == ["x", "y"])
        #expect(record.context[a] == 2)
    }

    @Test("a put replaces what its context covers and nothing else")
    func partialContext() {
        var record = Siblings<String>()
        record.put("x", context: VersionVector(), dot: Dot(actor: a, counter: 1))
        let seen = record.context
        record.put("y", context: VersionVector(), dot: Dot(actor: a, counter: 2))
        record.put("z", context: seen, dot: Dot(actor: a, counter: 3))
        #expect(record.values.sorted() == ["y", "z"])
    }

    @Test("a write whose dot is covered already is not taken twice")
    func repeatedDot() {
        var record = Siblings<String>()
        record.put("x", context: VersionVector(), dot: Dot(actor: a, counter: 1))
        record.put("y", context: record.context, dot: Dot(actor: a, counter: 2))
        let before = record
        record.put("x", context: VersionVector(), dot: Dot(actor: a, counter: 1))
        #expect(record == before)
    }

    @Test("what was discarded is not brought back by a replica that still has it")
    func discarded() {
        var record = Siblings<String>()
        record.put("x", context: VersionVector(), dot: Dot(actor: a, counter: 1))
        let late = record
        record.put("y", context: VersionVector(), dot: Dot(actor: a, counter: 2))
        record.discard { $0.value == "x" }
        record.merge(late)
        #expect(record.values == ["y"])
        #expect(record.context[a] == 2)
    }

    @Test("stored siblings are refused where the context misses one, or dots are out of order")
    func storedSiblings() {
        var record = Siblings<String>()
        record.put("x", context: VersionVector(), dot: Dot(actor: b, counter: 1))
        record.put("y", context: VersionVector(), dot: Dot(actor: a, counter: 1))
        let (context, entries) = (record.context, record.entries)
        #expect(Siblings(context: context, entries: entries) == record)
        #expect(Siblings(context: VersionVector(), entries: entries) == nil)
        #expect(Siblings(context: context, entries: Array(entries.reversed())) == nil)
        #expect(Siblings(context: context, entries: [entries[0], entries[0]]) == nil)
    }

    /// Why a reply to a put carries a context only if its value is the only sibling.
    @Test("a reply's context that covers an unseen concurrent write deletes it with the next put")
    func replyContextThatCoversTheUnseen() {
        var record = Siblings<String>()
        record.put("theirs", context: VersionVector(), dot: Dot(actor: a, counter: 1))
        record.put("mine", context: VersionVector(), dot: Dot(actor: a, counter: 2))

        var careless = record
        var reply = VersionVector()
        reply.join(Dot(actor: a, counter: 2))
        careless.put("mine again", context: reply, dot: Dot(actor: a, counter: 3))
        #expect(careless.values == ["mine again"], "a vector cannot name dot 2 without dot 1")

        record.put("mine again", context: VersionVector(), dot: Dot(actor: a, counter: 3))
        #expect(record.values.sorted() == ["mine", "mine again", "theirs"])
    }

    @Test("a reply's context is harmless where the new value is the only sibling")
    func replyContextOfOnlySibling() {
        var record = Siblings<String>()
        record.put("first", context: VersionVector(), dot: Dot(actor: a, counter: 1))
        let reply = record.context
        record.put("theirs", context: VersionVector(), dot: Dot(actor: a, counter: 2))
        record.put("mine", context: reply, dot: Dot(actor: a, counter: 3))
        #expect(record.values.sorted() == ["mine", "theirs"])
    }
}
