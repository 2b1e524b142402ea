import Causality
import Primitives
import Quorum
import Replica
import Ring
import Wire

// What clients of this node ask.
extension Node {
    mutating func take(
        _ request: ClientRequest, from token: ClientToken, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch request {
        case .status:
            collectStatus(for: token, now, &effects)
        case .injection:
            let failure = RequestFailure.badRequest("only a server can hold messages back")
            effects.append(.reply(token, .failed(failure)))
        case .delays:
            effects.append(.reply(token, .json(delaysDocument())))
        case .ring(let key):
            effects.append(.reply(token, .json(ringDocument(key))))
        case .bucket(let request):
            take(request, from: token, now, &effects)
        case .count:
            lookUp(nil, for: token, now, &effects)
        case .repair(.key(let key)):
            admit(bytes: 0, token, &effects) { node, effects in
                node.startRepair(of: key, for: token, now, &effects)
            }
        case .repair(let request):
            take(request, from: token, now, &effects)
        case .scrub(let request):
            take(request, from: token, now, &effects)
        case .local(let key):
            lookUp(key, for: token, now, &effects)
        case .get(let request):
            admit(bytes: 0, token, &effects) { node, effects in
                node.startGet(request, for: token, now, &effects)
            }
        case .put(let request):
            admit(bytes: request.valueBytes, token, &effects) { node, effects in
                node.startPut(request, from: .client(token), now, &effects)
            }
        }
    }

    /// Takes a request in unless the node is full or stopping; refused at once, never queued.
    private mutating func admit(
        bytes: Int, _ token: ClientToken, _ effects: inout [Effect],
        _ body: (inout Node, inout [Effect]) -> Void
    ) {
        guard let refusal = refusal(bytes: bytes) else {
            body(&self, &effects)
            return
        }
        effects.append(.reply(token, .failed(refusal)))
    }

    func refusal(bytes: Int) -> RequestFailure? {
        guard drain == .serving else { return .overloaded("this node is shutting down") }
        guard bytes <= settings.valueBytesMax else {
            return .badRequest(
                "value of \(bytes) bytes is larger than the limit of \(settings.valueBytesMax)")
        }
        guard load.storeCommands < settings.storeCommandsMax else {
            return .overloaded(storeIsBusy)
        }
        guard unansweredRequests < settings.requestsMax else {
            return .overloaded("\(unansweredRequests) requests are in flight on this node")
        }
        guard load.requestBytes + bytes <= settings.requestBytesMax else {
            return .overloaded("\(load.requestBytes) bytes of values are in flight on this node")
        }
        return nil
    }

    // MARK: Looks at this node's own store

    /// Reads a key, or counts the records, without asking anyone else.
    private mutating func lookUp(
        _ key: Key?, for token: ClientToken, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard load.storeCommands < settings.storeCommandsMax else {
            effects.append(.reply(token, .failed(.overloaded(storeIsBusy))))
            return
        }
        let request = newRequest()
        lookups[request] = OpenLookup(client: token, key: key)
        deadlines.add(.request(request), at: deadline(nil, now))
        if let key {
            effects.append(.store(.get(key), .local(request)))
        } else {
            effects.append(.store(.count, .count(request)))
        }
    }

    /// Answers a look at the store; one whose time was up has been answered already.
    mutating func finish(
        lookUp request: UInt64, _ reply: ReplicaReply, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        guard let open = lookups.removeValue(forKey: request) else { return }
        guard let key = open.key else {
            effects.append(.reply(open.client, reply.count))
            return
        }
        let conflict = buckets.properties(of: key.bucket).conflict
        let local = reply.local(under: conflict, at: clock.reading(now))
        effects.append(.reply(open.client, local))
    }

    private var storeIsBusy: String { "\(load.storeCommands) commands wait for the store" }

    // MARK: Gets

    mutating func startGet(
        _ request: GetRequest, for token: ClientToken, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let properties = buckets.properties(of: request.key.bucket)
        let required = properties.required(toRead: request.options)
        let participants = participants(request.key, properties, request.options)
            .covering(upTo: required.quorum)
        if let failure = check(required, "r", "pr", n: participants.primaries.count) {
            effects.append(.reply(token, .failed(failure)))
            return
        }
        var plan = GetCoordinator.Plan(
            participants: participants, required: required, conflict: properties.conflict,
            repair: properties.readRepair)
        plan.begin = clock.reading(now)
        let origin = OpenGet.Origin(key: request.key, client: token, isRepair: false)
        let open = OpenGet(coordinator: GetCoordinator(plan), origin: origin)
        begin(open, timeout: request.options.timeoutMilliseconds, now, &effects)
    }

    /// Reads a key from all other replicas to repair the unreadable record that this node has.
    mutating func repairUnreadable(
        _ key: Key, _ now: Instant, _ effects: inout [Effect]
    ) {
        effects.append(.note(.unreadable(key)))
        let properties = buckets.properties(of: key.bucket)
        var options = QuorumOptions()
        options.isSloppy = false
        let plan = GetCoordinator.Plan(
            participants: participants(key, properties, options).asking(local),
            required: Required(quorum: 1), conflict: properties.conflict, repair: .off)
        let origin = OpenGet.Origin(key: key, client: nil, isRepair: false)
        let open = OpenGet(coordinator: GetCoordinator(plan), origin: origin)
        begin(open, timeout: nil, now, &effects)
    }

    /// Reads a key from all its replicas and gives each what they know together, for a client.
    mutating func startRepair(
        of key: Key, for token: ClientToken, _ now: Instant, _ effects: inout [Effect]
    ) {
        let properties = buckets.properties(of: key.bucket)
        var options = QuorumOptions()
        options.isSloppy = false
        let participants = participants(key, properties, options)
        var plan = GetCoordinator.Plan(
            participants: participants,
            required: Required(quorum: participants.primaries.count),
            conflict: properties.conflict, repair: .blocking)
        plan.repairsAll = true
        let origin = OpenGet.Origin(key: key, client: token, isRepair: true)
        let open = OpenGet(coordinator: GetCoordinator(plan), origin: origin)
        begin(open, timeout: nil, now, &effects)
    }

    private mutating func begin(
        _ get: OpenGet, timeout: UInt32?, _ now: Instant, _ effects: inout [Effect]
    ) {
        let request = newRequest()
        load.requests += 1
        deadlines.add(.request(request), at: deadline(timeout, now))
        var actions: [GetCoordinator.Action] = []
        var open = get
        open.coordinator.start(into: &actions)
        gets.open(open, as: request)
        carryOut(actions, ofGet: request, open.origin, now, &effects)
    }

    mutating func advance(
        get request: UInt64, _ input: GetCoordinator.Input, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        var actions: [GetCoordinator.Action] = []
        let origin = gets.with(request) { open in
            open.coordinator.handle(input, into: &actions)
            return open.origin
        }
        guard !actions.isEmpty, let origin else { return }
        carryOut(actions, ofGet: request, origin, now, &effects)
    }

    private mutating func carryOut(
        _ actions: [GetCoordinator.Action], ofGet request: UInt64, _ open: OpenGet.Origin,
        _ now: Instant, _ effects: inout [Effect]
    ) {
        for action in actions {
            switch action {
            case .fetch(let member, let isHint) where member == local:
                let command = isHint ? ReplicaCommand.getHint(open.key) : .get(open.key)
                gets.with(request) { $0.ownAskedAt = now.nanoseconds }
                effects.append(.store(command, .get(request, readAt: stamp(now))))
            case .fetch(let member, let isHint):
                let message = Message.fetch(request: request, open.key, isHint: isHint)
                send(message, to: member, now, &effects)
            case .reply(let result):
                guard let client = open.client else { continue }
                let result = result.mapError { explained($0, open.key) }
                let time = clock.reading(now)
                gets.with(request) { $0.repliedAt = time }
                noteAnswered(request)
                let reply = result.reply(at: time)
                effects.append(.reply(client, open.isRepair ? reply.ofRepair(open.key) : reply))
            case .repair(let member, let repair):
                let command = MergeCommand(
                    key: open.key, record: repair.record, isComplete: repair.isComplete,
                    readAt: repair.readAt)
                let awaiting = repair.isAwaited ? request : nil
                self.repair(command, at: member, awaiting: awaiting, now, &effects)
            case .judge(let freshness):
                count(freshness, ofGet: request, &effects)
            case .finish:
                guard let ended = gets.close(request) else { continue }
                noteEnd(wasAnswered: ended.isAnswered)
            }
        }
    }

    /// Sends a primary the merged record; where a read awaits it, for an answer.
    private mutating func repair(
        _ command: MergeCommand, at member: MemberIndex, awaiting request: UInt64?,
        _ now: Instant, _ effects: inout [Effect]
    ) {
        effects.append(.note(.readRepair(name: name(member))))
        switch (request, member == local) {
        case (nil, true):
            takeRepair(command, from: local, now, &effects)
        case (nil, false):
            send(.repair(command), to: member, now, &effects)
        case (let request?, true):
            guard isBelieved(command.readAt, from: local, now, &effects) else {
                return advance(get: request, .failed(local), now, &effects)
            }
            let bytes = command.record.count
            load.replicaBytes += bytes
            store(command, .awaitedRepair(request, bytes: bytes), &effects)
        case (let request?, false):
            let message = Message.replicate(request: request, command, hintFor: nil)
            send(message, to: member, now, &effects)
        }
    }

    // MARK: Deadlines and lists

    func deadline(_ timeout: UInt32?, _ now: Instant) -> UInt64 {
        let asked = timeout ?? settings.timeoutMilliseconds
        let milliseconds = min(max(asked, 1), settings.timeoutMillisecondsMax)
        return now.nanoseconds + UInt64(milliseconds) * 1_000_000
    }

    /// The replicas of a key, in the order of its preference list.
    func preferenceList(_ key: Key, _ properties: BucketProperties) -> PreferenceList {
        cluster.placement.preferenceList(
            for: ring.partition(of: key.hash), n: properties.n)
    }

    /// Who takes part in a request as this node sees the others.
    ///
    /// - Parameter isReplaceable: whether a fallback may take the place of a primary that cannot be
    ///   reached, in a sloppy quorum.
    func participants(
        _ key: Key, _ properties: BucketProperties, _ options: QuorumOptions,
        isReplaceable: (MemberIndex) -> Bool = { _ in true }
    ) -> Participants {
        Participants(
            of: preferenceList(key, properties),
            isSloppy: options.isSloppy ?? properties.isSloppy,
            isReachable: { isReachable($0) }, isReplaceable: isReplaceable,
            isCounted: { isCounted($0) })
    }

    /// In how many copies a key is kept: the n of its bucket.
    func copies(of key: Key) -> UInt8 {
        UInt8(clamping: buckets.properties(of: key.bucket).n)
    }

    func check(
        _ required: Required, _ name: String, _ primariesName: String, n: Int
    ) -> RequestFailure? {
        guard (1...n).contains(required.quorum) else {
            return .badRequest(
                "\(name)=\(required.quorum) is impossible: it must be at least 1 and at most n=\(n)"
            )
        }
        guard (0...n).contains(required.primaries) else {
            return .badRequest(
                "\(primariesName)=\(required.primaries) is impossible: it must be at most n=\(n)")
        }
        return nil
    }
}

extension BucketProperties {
    /// How many replicas a read waits for.
    func required(toRead options: QuorumOptions) -> Required {
        Required(
            quorum: options.quorum ?? readQuorum, primaries: options.primaries ?? pr)
    }

    /// How many replicas a write waits for.
    func required(toWrite options: QuorumOptions) -> Required {
        Required(
            quorum: options.quorum ?? writeQuorum, primaries: options.primaries ?? pw)
    }
}

extension ClientReply {
    /// What is told of a key whose replicas were repaired: how many hold it now.
    func ofRepair(_ key: Key) -> ClientReply {
        guard case .got(let result) = self else { return self }
        var json = JSONText()
        json.object { json in
            json.string("bucket", String(decoding: key.bucket, as: UTF8.self))
            json.string("key", String(decoding: key.key, as: UTF8.self))
            json.number("replicas", result.answers)
            json.number("siblings", result.record.liveCount)
        }
        return .json(json.text)
    }
}

extension PutRequest {
    /// The size of the value in bytes, 0 for a tombstone.
    var valueBytes: Int {
        if case .value(let bytes) = content { return bytes.count }
        return 0
    }
}

extension Result<GetResult, RequestFailure> {
    /// The reply of a coordinator whose clock reads so.
    func reply(at time: HybridTimestamp) -> ClientReply {
        switch self {
        case .success(let result): .got(result.seen(at: time))
        case .failure(let failure): .failed(failure)
        }
    }
}
