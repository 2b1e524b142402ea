import Causality
import Primitives

/// One step of a history of a single key.
enum Operation {
    /// A client writes with the context of its last get, or blindly if it never read.
    case put(client: Int, replica: Int)
    /// A client reads and remembers the context.
    case get(client: Int, replica: Int)
    /// A replica sends its whole record to another, which merges it.
    case send(from: Int, to: Int)
}

/// The siblings under test on one replica, beside the naive model of the same replica.
struct ReplicaPair {
    var siblings = Siblings<Int>()
    var model = ModelReplica()
    var own: UInt64 = 0
    var minter: DotMinter

    var isEmpty: Bool { model == ModelReplica() }

    /// Writes under the next dot of this replica's own epoch and returns the dot.
    mutating func put(_ write: Int, by client: ClientPair) -> Dot {
        let dot = minter.mint(own: own, known: siblings.context, seen: client.context).dot
        own = dot.actor.epoch
        siblings.put(write, context: client.context, dot: dot)
        model.put(write, history: client.history)
        return dot
    }

    mutating func merge(_ other: ReplicaPair) {
        siblings.merge(other.siblings)
        model.merge(other.model)
    }
}

/// What a client remembers of its last get: the context, beside the set of writes it stands for.
struct ClientPair: Equatable {
    var context = VersionVector()
    var history = WriteSet()
}

/// A history of one key over some replicas and clients, run on `Siblings` and on the model.
struct History {
    private(set) var replicas: [ReplicaPair]
    private(set) var clients: [ClientPair]
    /// The dot of every write, in the order of the writes.
    private(set) var dots: [Dot] = []
    private(set) var steps: [Operation] = []

    init(nodes: [NodeID], clients: Int) {
        replicas = nodes.enumerated().map { index, node in
            ReplicaPair(minter: DotMinter(node: node, run: UInt32(index + 1)))
        }
        self.clients = Array(repeating: ClientPair(), count: clients)
    }

    /// Runs one step on both sides; whether it changed anything.
    mutating func apply(_ step: Operation) -> Bool {
        steps.append(step)
        switch step {
        case .put(let client, let replica):
            dots.append(replicas[replica].put(dots.count, by: clients[client]))
            return true
        case .get(let client, let replica):
            let before = clients[client]
            clients[client] = ClientPair(
                context: replicas[replica].siblings.context,
                history: replicas[replica].model.seen)
            return clients[client] != before
        case .send(let source, let target):
            let before = replicas[target]
            replicas[target].merge(replicas[source])
            return replicas[target].siblings != before.siblings
                || replicas[target].model != before.model
        }
    }

    /// Tells where the values of a replica differ from the model; nil where they do not.
    func differenceOfValues(at replica: Int) -> String? {
        let values = replicas[replica].siblings.values.sorted()
        let expected = replicas[replica].model.writes
        guard values != expected else { return nil }
        return "replica \(replica) holds \(values) instead of \(expected) after \(trace)"
    }

    /// Tells where the values of a replica, or the writes that its context covers, differ from
    /// the model; nil where they do not.
    func difference(at replica: Int) -> String? {
        if let difference = differenceOfValues(at: replica) { return difference }
        let context = replicas[replica].siblings.context
        for (write, dot) in dots.enumerated() {
            let isSeen = replicas[replica].model.seen.contains(write)
            guard context.covers(dot) == isSeen else {
                return "replica \(replica) is wrong about having seen \(write) after \(trace)"
            }
        }
        return nil
    }

    /// The last steps, for a failure's message.
    private var trace: ArraySlice<Operation> { steps.suffix(40) }

    /// What the last step may have changed: the replica that was written to or merged into.
    var changedReplica: Int? {
        switch steps.last {
        case .put(_, let replica): replica
        case .send(_, let target): target
        case .get, nil: nil
        }
    }
}

extension History {
    /// Tells which law of merge the states of three replicas break; nil where all hold.
    func brokenLaw(_ first: Int, _ second: Int, _ third: Int) -> String? {
        let (a, b, c) = (
            replicas[first].siblings, replicas[second].siblings, replicas[third].siblings
        )
        let (ab, bc, ac) = (merged(a, b), merged(b, c), merged(a, c))
        guard ab == merged(b, a), bc == merged(c, b), ac == merged(c, a) else {
            return "merge is not commutative after \(trace)"
        }
        let all = merged(ab, c)
        guard all == merged(a, bc), all == merged(ac, b) else {
            return "merge is not associative after \(trace)"
        }
        guard a == merged(a, a), all == merged(all, b), ab == merged(a, ab) else {
            return "merge is not idempotent after \(trace)"
        }
        var model = replicas[first].model
        model.merge(replicas[second].model)
        model.merge(replicas[third].model)
        guard all.values.sorted() == model.writes else {
            return "all merged is \(all.values) instead of \(model.writes) after \(trace)"
        }
        return nil
    }

    private func merged(_ left: Siblings<Int>, _ right: Siblings<Int>) -> Siblings<Int> {
        var result = left
        result.merge(right)
        return result
    }
}
