import Primitives
import RESP

// What clients ask, and what they make of the answers.
extension Simulation {
    /// A client begins its next operation if it is due and nothing else is under way.
    func proceed(_ client: SimulatedClient) {
        guard client.attempt == nil else { return }
        guard liveFrom == nil else { return askAgain(client, servedKeys()) }
        guard client.next < client.operations.count else { return }
        let planned = client.operations[client.next]
        guard planned.at <= now else {
            queue.add(.operation(client: client.index), at: planned.at)
            return
        }
        client.next += 1
        guard now < world.safetyNanoseconds else { return }
        begin(planned, client)
    }

    /// Begins an operation.
    func begin(_ planned: PlannedOperation, _ client: SimulatedClient) {
        if let node = planned.node, node != client.node {
            disconnect(client)
            client.node = node
        }
        if !client.isConnected { connect(client) }
        coverage.operations += 1
        let isReading = [.update, .delete].contains(planned.kind)
        client.attempt = SimulatedClient.Attempt(planned: planned, isReading: isReading)
        ask(client)
    }

    private func connect(_ client: SimulatedClient) {
        client.generation += 1
        client.isConnected = true
        client.parser = RESPReplyParser()
        client.unread = []
    }

    func disconnect(_ client: SimulatedClient) {
        guard client.isConnected else { return }
        client.isConnected = false
        client.generation += 1
    }

    /// Sends the request that is due.
    private func ask(_ client: SimulatedClient) {
        guard var attempt = client.attempt else { return }
        let planned = attempt.planned
        if attempt.isReading || planned.kind == .get || planned.kind == .read {
            attempt.operation = begin(.get, planned, client)
        } else if planned.kind == .admin || planned.kind == .repair {
            attempt.operation = nil
        } else {
            let isDelete = planned.kind == .delete || planned.kind == .blindDelete
            attempt.operation = begin(isDelete ? .delete : .put, planned, client)
        }
        attempt.bytes = request(for: attempt, client)
        client.attempt = attempt
        send(client)
    }

    private func begin(
        _ kind: HistoryEntry.Kind, _ planned: PlannedOperation, _ client: SimulatedClient
    ) -> Int {
        var entry = HistoryEntry(
            kind: kind, client: client.index, key: planned.key, askedAt: now)
        let number = judge.history.count
        if kind == .put {
            entry.value = Judge.value(of: number, bytes: planned.bytes)
            entry.ttlMilliseconds = planned.ttlMilliseconds
        }
        switch planned.kind {
        case .set: entry.seen = nil
        case .update, .stale, .delete: entry.seen = client.kept[planned.key]?.context
        default: break
        }
        if entry.seen == nil, planned.kind != .set { entry.seen = SeenVector() }
        entry.hasOperationID =
            kind == .delete || (kind == .put && planned.kind != .set && isNamed(planned, number))
        if entry.hasOperationID, number % 4 >= 2 {
            let calendar = VirtualClock.calendarStart + world.clientSkewMilliseconds
            entry.idMilliseconds = UInt64(calendar) + now / 1_000_000
        }
        return judge.begin(entry)
    }

    /// Retried writes need an operation id; others have one half of the time.
    private func isNamed(_ planned: PlannedOperation, _ number: Int) -> Bool {
        planned.isRetried || number % 2 == 0
    }

    private func request(
        for attempt: SimulatedClient.Attempt, _ client: SimulatedClient
    ) -> [UInt8] {
        let planned = attempt.planned
        let key = keys[planned.key]
        var arguments: [Bytes]
        if attempt.isReading || planned.kind == .get {
            arguments = [Words.dynaGet, key.bucket, key.key]
        } else if planned.kind == .repair {
            arguments = [Words.dynaRepair, key.bucket, key.key]
        } else {
            arguments = write(attempt, key, client)
        }
        if planned.kind == .read { arguments = [Words.get, key.key] }
        if planned.kind == .admin {
            let questions = ["DYNA.STATUS", "DYNA.RING", "DBSIZE", "PING"]
            arguments = [Bytes(text: questions[coverage.operations % questions.count])]
        }
        var writer = RESPWriter()
        writer.command(arguments)
        return writer.bytes
    }

    private func write(
        _ attempt: SimulatedClient.Attempt, _ key: Key, _ client: SimulatedClient
    ) -> [Bytes] {
        let planned = attempt.planned
        guard let number = attempt.operation else { return [] }
        let entry = judge.history[number]
        func expiry(_ word: String) -> [Bytes] {
            entry.ttlMilliseconds.map { [Bytes(text: word), Bytes(text: "\($0)")] } ?? []
        }
        guard planned.kind != .set else {
            return [Words.set, key.key, entry.value] + expiry("PX")
        }
        var arguments =
            entry.kind == .delete
            ? [Words.dynaDelete, key.bucket, key.key]
            : [Words.dynaPut, key.bucket, key.key, entry.value] + expiry("TTL")
        if [.update, .stale, .delete].contains(planned.kind),
            let kept = client.kept[planned.key]
        {
            arguments += [Words.context, kept.token]
        }
        if judge.history[number].hasOperationID {
            arguments += [Words.operationID, judge.operationID(of: number)]
        }
        return arguments
    }

    private func send(_ client: SimulatedClient) {
        guard let attempt = client.attempt else { return }
        client.attempts += 1
        if let operation = attempt.operation {
            judge.history[operation].nodes.append(client.node)
        }
        note(sentence(of: attempt, client), node: client.node)
        let isNew = client.openedGeneration != client.generation
        client.openedGeneration = client.generation
        for piece in pieces(of: attempt.bytes, &client.random) {
            queue.add(
                .request(
                    node: client.node,
                    ClientBytes(
                        client: client.index, generation: client.generation,
                        operation: attempt.operation, isOpening: isNew && piece.start == 0,
                        bytes: cut(piece, from: attempt.bytes))),
                at: clientArrival(client.index))
        }
        queue.add(
            .patience(client: client.index, attempt: client.attempts),
            at: now + world.clientPatienceNanoseconds)
    }

    // MARK: Answers

    /// Bytes of a node reach a client.
    func receive(
        _ bytes: [UInt8], at client: SimulatedClient, _ generation: UInt32, _ truth: AnswerTruth?
    ) {
        guard client.isConnected, client.generation == generation, client.attempt != nil else {
            return coverage.see(.lateAnswerIgnored)
        }
        guard clientCuts[client.node] <= now else {
            client.deafGeneration = generation
            return coverage.see(.messageLost)
        }
        guard client.deafGeneration != generation else { return }
        client.unread += bytes
        guard let step = try? client.unread.withUnsafeBytes({ try client.parser.parse($0) }) else {
            judge.find(.replies, "a client does not understand n\(client.node + 1)")
            return hangUp(client, generation)
        }
        guard case .reply(let value, let consumed) = step else { return }
        trace.add(Digest.of(client.unread[..<consumed]))
        client.unread.removeFirst(consumed)
        take(value, truth, client)
    }

    private func take(_ value: RESPValue, _ truth: AnswerTruth?, _ client: SimulatedClient) {
        guard let attempt = client.attempt else { return }
        if case .error(let message) = value {
            return take(error: message, client)
        }
        let planned = attempt.planned
        guard let operation = attempt.operation else {
            note("c\(client.index + 1) is told how the cluster is", node: client.node)
            return finish(client, .done)
        }
        switch value {
        case .array(let fields) where attempt.isReading || planned.kind == .get:
            take(siblings: fields, truth, operation, client)
        case .null where attempt.isReading || planned.kind == .get:
            client.kept[planned.key] = nil
            judge.judge(values: [], shown: truth?.shown ?? [], of: operation)
        case .bulk(let bytes) where planned.kind == .read:
            // A plain read shows one of the values; which one is judged by the node's word.
            let shown = truth?.shown ?? []
            let isShown = shown.contains { judge.history[$0].value == bytes }
            judge.judge(values: [bytes], shown: isShown ? author(bytes) : [], of: operation)
        case .null where planned.kind == .read:
            judge.judge(values: [], shown: truth?.shown ?? [], of: operation)
        case .array(let fields): take(receipt: fields, truth, client)
        default: break
        }
        if judge.history[operation].kind == .get { coverage.see(siblings: truth) }
        note(sentence(ofAnswer: truth, to: operation, client), node: client.node)
        finish(client, .done)
    }

    private func author(_ value: Bytes) -> [Int] {
        Judge.number(in: value, after: 1).map { [$0] } ?? []
    }

    private func take(
        siblings fields: [RESPValue], _ truth: AnswerTruth?, _ operation: Int,
        _ client: SimulatedClient
    ) {
        guard fields.count >= 2, case .array(let siblings) = fields[1] else {
            return judge.find(.replies, "a read was answered in another form")
        }
        let key = judge.history[operation].key
        if case .bulk(let token) = fields[0], let context = truth?.context {
            client.kept[key] = SimulatedClient.Kept(token: token, context: context)
        }
        let values = siblings.compactMap { sibling -> Bytes? in
            guard case .array(let parts) = sibling, case .bulk(let value)? = parts.first else {
                return nil
            }
            return value
        }
        judge.judge(values: values, shown: truth?.shown ?? [], of: operation)
    }

    private func take(
        receipt fields: [RESPValue], _ truth: AnswerTruth?, _ client: SimulatedClient
    ) {
        guard let key = client.attempt?.planned.key else { return }
        if case .bulk(let token)? = fields.first, let context = truth?.context {
            client.kept[key] = SimulatedClient.Kept(token: token, context: context)
        }
    }

    private func take(error message: String, _ client: SimulatedClient) {
        guard let attempt = client.attempt else { return }
        let word = message.prefix { $0 != " " }
        let asked = attempt.operation.map { "#\($0) " } ?? ""
        note("\(asked)c\(client.index + 1) is told: \(message)", node: client.node)
        if message.hasPrefix("ERR the operation id is") {
            // Clocks may differ by more than messages live.
            coverage.see(.operationTooOld)
            return finish(client, attempt.isUnknown ? .unknown : .refused)
        }
        if client.mustSucceed, word != "TOOMANYSIBLINGS" {
            judge.find(
                .liveness, key: attempt.planned.key,
                "a request fails though all that it needs is healed: \(message)",
                attempt.operation.map { [judge.describe($0)] } ?? [])
        }
        switch word {
        case "TIMEOUT": unknown(client)
        case "UNAVAILABLE", "OVERLOADED", "TOOMANYSIBLINGS":
            coverage.see(word == "UNAVAILABLE" ? .unavailable : .refused)
            finish(client, attempt.isUnknown ? .unknown : .refused)
        default:
            judge.find(
                .replies, key: attempt.planned.key, "a good request is refused: \(message)",
                attempt.operation.map { [judge.describe($0)] } ?? [])
            finish(client, .refused)
        }
    }

    // MARK: Ends

    /// What became of the request is not known: tries again where the plan says so.
    private func unknown(_ client: SimulatedClient) {
        client.attempt?.isUnknown = true
        guard canRetry(client) else { return finish(client, .unknown) }
        coverage.see(.retried)
        client.attempt?.tries += 1
        moveOn(client)
        connect(client)
        send(client)
    }

    /// Whether the plan wants another try, and another try does no harm.
    private func canRetry(_ client: SimulatedClient) -> Bool {
        guard let attempt = client.attempt, let operation = attempt.operation else { return false }
        let entry = judge.history[operation]
        return attempt.planned.isRetried && (entry.hasOperationID || entry.kind == .get)
            && attempt.tries < 5 && liveFrom == nil
    }

    private func moveOn(_ client: SimulatedClient) {
        disconnect(client)
        client.node = (client.node + 1) % world.nodes
        if let core, !core.contains(client.node) { client.node = core[client.index % core.count] }
    }

    private func finish(_ client: SimulatedClient, _ outcome: HistoryEntry.Outcome) {
        guard var attempt = client.attempt else { return }
        client.attempts += 1
        if let operation = attempt.operation {
            judge.history[operation].outcome = outcome
            judge.history[operation].answeredAt = now
            if options.hasTimeline {
                timeline.request(judge.history[operation], node: client.node, at: now)
            }
        }
        if outcome == .done, attempt.isReading {
            attempt.isReading = false
            attempt.isUnknown = false
            client.attempt = attempt
            return ask(client)
        }
        count(outcome, attempt.operation.map { judge.history[$0].kind })
        client.attempt = nil
        client.mustSucceed = false
        afterOperation(client)
    }

    /// Counts what became of an operation once it is over: of a read with a write behind it, what
    /// became of the write, if it came so far.
    private func count(_ outcome: HistoryEntry.Outcome, _ kind: HistoryEntry.Kind?) {
        switch outcome {
        case .done: report.acknowledged += 1
        case .refused: report.refused += 1
        case .unknown: report.unknown += kind == .put || kind == .delete ? 1 : 0
        }
    }

    /// The connection is gone.
    func hangUp(_ client: SimulatedClient, _ generation: UInt32) {
        guard client.isConnected, client.generation == generation else { return }
        lose(client, "its connection is lost")
    }

    func losePatience(_ client: SimulatedClient, _ attempt: UInt32) {
        guard client.attempts == attempt, client.attempt != nil else { return }
        coverage.see(.clientGaveUp)
        lose(client, "there is no answer")
    }

    private func lose(_ client: SimulatedClient, _ reason: String) {
        guard let attempt = client.attempt else { return disconnect(client) }
        let asked = attempt.operation.map { "#\($0) " } ?? ""
        note("\(asked)c\(client.index + 1) is not told: \(reason)", node: client.node)
        if client.mustSucceed {
            judge.find(
                .liveness, key: attempt.planned.key,
                "a request fails though all that it needs is healed: \(reason)",
                attempt.operation.map { [judge.describe($0)] } ?? [])
        }
        guard !canRetry(client) else { return unknown(client) }
        client.attempt?.isUnknown = true
        moveOn(client)
        finish(client, .unknown)
    }
}

/// The words of requests, made once.
private enum Words {
    static let get = Bytes(text: "GET")
    static let set = Bytes(text: "SET")
    static let dynaGet = Bytes(text: "DYNA.GET")
    static let dynaPut = Bytes(text: "DYNA.PUT")
    static let dynaRepair = Bytes(text: "DYNA.REPAIR")
    static let dynaDelete = Bytes(text: "DYNA.DEL")
    static let context = Bytes(text: "CONTEXT")
    static let operationID = Bytes(text: "OPID")
}
