import AntiEntropy
import Membership
import Primitives
import Quorum
import Replica
import Ring
import Wire

// Exchanges that this node begins: with one member at a time, in turn, for ever.
extension Node {
    /// Begins the next exchange in the background, and sets the time of the one after it.
    mutating func exchangeInBackground(_ now: Instant, _ effects: inout [Effect]) {
        deadlines.add(
            .nextExchange, at: now.nanoseconds + settings.exchange.periodNanoseconds)
        guard exchange == nil, drain == .serving, !others.isEmpty else { return }
        guard refill.state != .refilling else { return continueRefill(now, &effects) }
        for _ in others.indices {
            exchangeTurn = (exchangeTurn + 1) % others.count
            let partner = others[exchangeTurn]
            guard isReachable(partner) else { continue }
            return beginExchange(with: partner, now, &effects)
        }
    }

    mutating func beginExchange(
        with partner: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        let value = Exchange(sets: sharedSets(with: partner), settings: settings.exchange)
        exchange = OpenExchange(
            id: newRequest(), partner: partner, exchange: value, copies: buckets.copies)
        var actions: [Exchange.Action] = []
        exchange?.exchange.start(into: &actions)
        carryOut(actions, now, &effects)
    }

    /// The replica sets to which this node and a member both belong, of all n that buckets have.
    func sharedSets(with member: MemberIndex) -> [ReplicaSet] {
        let counts = buckets.copies
        var sets: [ReplicaSet] = []
        for partition in ring.partitions {
            for copies in counts {
                let list = cluster.placement.preferenceList(for: partition, n: copies)
                guard list.isPrimary(local), list.isPrimary(member) else { continue }
                sets.append(ReplicaSet(partition: partition, copies: UInt8(copies)))
            }
        }
        return sets
    }

    mutating func advance(
        exchange id: UInt64, _ input: Exchange.Input, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        guard exchange?.id == id else { return }
        var actions: [Exchange.Action] = []
        exchange?.exchange.handle(input, into: &actions)
        carryOut(actions, now, &effects)
    }

    /// The partner cannot be reached any more.
    mutating func failExchange(
        with member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard let open = exchange, open.partner == member else { return }
        advance(exchange: open.id, .failed, now, &effects)
    }

    private mutating func carryOut(
        _ actions: [Exchange.Action], _ now: Instant, _ effects: inout [Effect]
    ) {
        for action in actions {
            guard let open = exchange else { return }
            carryOut(action, open, now, &effects)
        }
    }

    private mutating func carryOut(
        _ action: Exchange.Action, _ open: OpenExchange, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch action {
        case .readHashes(let nodes):
            effects.append(.store(.treeHashes(nodes), .exchange(open.id)))
        case .compare(let nodes, let hashes):
            let list = zip(nodes, hashes).map { TreeHash(node: $0, hash: $1) }
            ask(now, &effects) { .compareTrees(request: $0, list) }
        case .readKeys(let nodes):
            exchange?.leavesLeft = nodes.count
            exchange?.entries = []
            for node in nodes {
                let command = ReplicaCommand.leafKeys(node, after: nil, limit: .max)
                effects.append(.store(command, .exchange(open.id)))
            }
        case .compareKeys(let nodes, let entries):
            ask(now, &effects) { .compareKeys(request: $0, nodes, entries) }
        case .readRecords(let hashes):
            let readAt = stamp(now)
            exchange?.readAt = readAt
            let command = ReplicaCommand.getAll(hashes, bytesMax: settings.exchange.bytesMax)
            effects.append(.store(command, .exchange(open.id)))
        case .pull(let hashes):
            ask(now, &effects) { .fetchAll(request: $0, hashes) }
        case .push(let records):
            push(records, open, now, &effects)
        case .merge(let records):
            merge(records, open, now, &effects)
        case .wake(let number, let nanoseconds):
            deadlines.add(.exchange(open.id, number), at: now.nanoseconds + nanoseconds)
        case .finish(let isComplete):
            finish(open, isComplete: isComplete, now, &effects)
        }
    }

    private mutating func ask(
        _ now: Instant, _ effects: inout [Effect], _ message: (UInt64) -> Message
    ) {
        guard let partner = exchange?.partner else { return }
        let request = newRequest()
        exchange?.request = request
        send(message(request), to: partner, now, &effects)
    }

    private mutating func push(
        _ records: [Hint], _ open: OpenExchange, _ now: Instant, _ effects: inout [Effect]
    ) {
        for record in records {
            let request = newRequest()
            exchange?.pushed.insert(request)
            let command = MergeCommand(
                key: record.key, record: record.record, isComplete: false,
                readAt: open.readAt)
            let message = Message.replicate(request: request, command, hintFor: nil)
            send(message, to: open.partner, now, &effects)
        }
    }

    /// Takes in records that the partner sent.
    private mutating func merge(
        _ records: [Hint], _ open: OpenExchange, _ now: Instant, _ effects: inout [Effect]
    ) {
        let isBelieved = isBelieved(open.readAt, from: open.partner, now, &effects)
        for record in records {
            let bytes = record.record.count
            guard isBelieved, isPrimary(of: record.key), !isStopping,
                hasRoom(forRecordOf: bytes)
            else {
                exchange?.lost += 1
                advance(exchange: open.id, .settled(isStored: false), now, &effects)
                continue
            }
            load.replicaBytes += bytes
            let command = MergeCommand(
                key: record.key, record: record.record, isComplete: false,
                readAt: open.readAt)
            store(command, .exchanged(open.id, record.key, bytes: bytes), &effects)
        }
    }

    private mutating func finish(
        _ open: OpenExchange, isComplete: Bool, _ now: Instant, _ effects: inout [Effect]
    ) {
        let counts = exchange?.exchange.counts ?? open.exchange.counts
        noteRefill(by: exchange ?? open, isComplete: isComplete)
        exchange = nil
        effects.append(
            .note(
                .exchanged(name: name(open.partner), counts, isComplete: isComplete)))
        guard repairRun.isRunning else {
            return exchangeEnded(with: open.partner, now, &effects)
        }
        if repairRun.current == open.partner {
            repairRun.current = nil
            repairRun.counts += counts
            repairRun.done += 1
            if !isComplete { repairRun.failed.append(open.partner) }
        }
        continueRepair(now, &effects)
        exchangeEnded(with: open.partner, now, &effects)
    }

    // MARK: Answers

    /// The store answered what this node's exchange asked.
    mutating func takeForExchange(
        _ reply: ReplicaReply, _ id: UInt64, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard exchange?.id == id else { return }
        switch reply {
        case .treeHashes(let hashes):
            advance(exchange: id, .hashes(hashes), now, &effects)
        case .leafKeys(let entries, _):
            exchange?.entries += entries
            exchange?.leavesLeft -= 1
            guard let open = exchange, open.leavesLeft == 0 else { return }
            exchange?.entries = []
            advance(exchange: id, .keys(open.entries.inOrder()), now, &effects)
        case .records(let records):
            let hints = records.map { Hint(key: $0.key, record: $0.record) }
            advance(exchange: id, .records(hints), now, &effects)
        default:
            advance(exchange: id, .failed, now, &effects)
        }
    }

    /// A record that the partner sent is merged, or cannot be.
    mutating func takeExchanged(
        _ reply: ReplicaReply, _ key: Key, _ id: UInt64, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        if case .alreadyReaped(let record) = reply, let partner = exchange?.partner {
            reapToo(record, at: partner, now, &effects)
        }
        if case .unreadable = reply, unansweredRequests < settings.requestsMax {
            repairUnreadable(key, now, &effects)
        }
        let isStored = reply.isTakenIn
        if !isStored, exchange?.id == id { exchange?.lost += 1 }
        advance(exchange: id, .settled(isStored: isStored), now, &effects)
    }

    /// The partner answered a request of this node's exchange.
    mutating func takeCompared(
        _ message: Message, from member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard let open = exchange, open.partner == member, open.request == message.request else {
            return
        }
        exchange?.request = nil
        switch message {
        case .treesCompared(_, let places):
            advance(exchange: open.id, .compared(places.map { Int($0) }), now, &effects)
        case .keysCompared(_, let wanted, let offered):
            let input = Exchange.Input.difference(wanted: wanted, offered: offered)
            advance(exchange: open.id, input, now, &effects)
        case .fetchedAll(_, let records, let readAt):
            exchange?.readAt = readAt
            advance(exchange: open.id, .pulled(records), now, &effects)
        default:
            advance(exchange: open.id, .failed, now, &effects)
        }
    }

    /// The partner confirmed a record, or did not take it.
    mutating func takePushed(
        _ request: UInt64, isStored: Bool, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard let id = exchange?.id, exchange?.pushed.remove(request) != nil else { return }
        advance(exchange: id, .settled(isStored: isStored), now, &effects)
    }

    // MARK: Repair that a client asks for

    mutating func take(
        _ request: RepairRequest, from token: ClientToken, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        if request == .start { repairAll(now, &effects) }
        effects.append(.reply(token, .json(repairDocument())))
    }

    /// Begins to exchange with all other members, unless that is under way.
    mutating func repairAll(_ now: Instant, _ effects: inout [Effect]) {
        guard !repairRun.isRunning else { return }
        repairRun = RepairRun(waiting: others)
        continueRepair(now, &effects)
    }

    /// The next member's turn, once no other exchange is under way.
    private mutating func continueRepair(_ now: Instant, _ effects: inout [Effect]) {
        while exchange == nil, let member = repairRun.waiting.first {
            repairRun.waiting.removeFirst()
            guard isReachable(member), drain == .serving else {
                repairRun.done += 1
                repairRun.failed.append(member)
                continue
            }
            repairRun.current = member
            beginExchange(with: member, now, &effects)
        }
    }

    private func repairDocument() -> String {
        var json = JSONText()
        var counts = repairRun.counts
        if let open = exchange, open.partner == repairRun.current {
            counts += open.exchange.counts
        }
        json.object { json in
            json.string("node", name(local))
            json.bool("running", repairRun.isRunning)
            json.number("membersDone", repairRun.done)
            json.number("members", others.count)
            json.array("failed") { json in
                for member in repairRun.failed { json.string(nil, name(member)) }
            }
            json.number("nodesCompared", counts.nodes)
            json.number("leavesCompared", counts.leaves)
            json.number("keysCompared", counts.keys)
            json.number("recordsSent", counts.sent)
            json.number("recordsReceived", counts.received)
            json.number("recordsRefused", counts.refused)
            json.number("recordBytes", counts.bytes)
        }
        return json.text
    }
}
