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
        case .ring(let key):
            effects.append(.reply(token, .json(ringDocument(key))))
        case .bucket(let request):
            take(request, from: token, now, &effects)
        case .count:
            lookUp(nil, for: token, now, &effects)
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
        guard load.requests < settings.requestsMax else {
            return .overloaded("\(load.requests) requests are in flight on this node")
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
        lookUp request: UInt64, _ reply: ReplicaReply, _ effects: inout [Effect]
    ) {
        guard let open = lookups.removeValue(forKey: request) else { return }
        guard let key = open.key else {
            effects.append(.reply(open.client, reply.count))
            return
        }
        let conflict = buckets.properties(of: key.bucket).conflict
        effects.append(.reply(open.client, reply.local(under: conflict)))
    }

    private var storeIsBusy: String { "\(load.storeCommands) commands wait for the store" }

    // MARK: Gets

    mutating func startGet(
        _ request: GetRequest, for token: ClientToken, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let properties = buckets.properties(of: request.key.bucket)
        let list = preferenceList(request.key, properties)
        let quorum = request.options.quorum ?? properties.readQuorum
        let primaries = request.options.primaries ?? properties.pr
        if let failure = check(quorum, "r", primaries, "pr", n: list.count) {
            effects.append(.reply(token, .failed(failure)))
            return
        }
        let plan = GetCoordinator.Plan(
            replicas: list, reachable: list.filter(isReachable),
            required: max(quorum, primaries), conflict: properties.conflict,
            repairs: properties.readRepair == .async)
        let open = OpenGet(
            coordinator: GetCoordinator(plan), key: request.key, client: token)
        begin(open, timeout: request.options.timeoutMilliseconds, now, &effects)
    }

    /// Reads a key from all other replicas to repair the unreadable record that this node has.
    mutating func repairUnreadable(
        _ key: Key, _ now: Instant, _ effects: inout [Effect]
    ) {
        effects.append(.note(.unreadable(key)))
        let properties = buckets.properties(of: key.bucket)
        let list = preferenceList(key, properties)
        let plan = GetCoordinator.Plan(
            replicas: list, reachable: list.filter(isReachable), required: 1,
            conflict: properties.conflict, repairs: false)
        let open = OpenGet(
            coordinator: GetCoordinator(plan), key: key, client: nil)
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
        gets[request] = open
        carryOut(actions, ofGet: request, open, now, &effects)
    }

    mutating func advance(
        get request: UInt64, _ input: GetCoordinator.Input, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        var actions: [GetCoordinator.Action] = []
        gets[request]?.coordinator.handle(input, into: &actions)
        guard !actions.isEmpty, let open = gets[request] else { return }
        carryOut(actions, ofGet: request, open, now, &effects)
    }

    private mutating func carryOut(
        _ actions: [GetCoordinator.Action], ofGet request: UInt64, _ open: OpenGet,
        _ now: Instant, _ effects: inout [Effect]
    ) {
        for action in actions {
            switch action {
            case .fetch(let member) where member == local:
                effects.append(.store(.get(open.key), .get(request)))
            case .fetch(let member):
                send(.fetch(request: request, open.key), to: member, now, &effects)
            case .reply(let result):
                guard let client = open.client else { continue }
                effects.append(.reply(client, result.reply))
            case .repair(let member, let record, let isComplete):
                let command = MergeCommand(
                    key: open.key, record: record, isComplete: isComplete)
                repair(command, at: member, now, &effects)
            case .finish:
                gets[request] = nil
                load.requests -= 1
            }
        }
    }

    private mutating func repair(
        _ command: MergeCommand, at member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        effects.append(.note(.readRepair(name: name(member))))
        guard member == local else {
            send(.repair(command), to: member, now, &effects)
            return
        }
        takeRepair(command, &effects)
    }

    // MARK: Deadlines and lists

    func deadline(_ timeout: UInt32?, _ now: Instant) -> UInt64 {
        let asked = timeout ?? settings.timeoutMilliseconds
        let milliseconds = min(max(asked, 1), settings.timeoutMillisecondsMax)
        return now.nanoseconds + UInt64(milliseconds) * 1_000_000
    }

    /// The replicas of a key, in the order of its preference list.
    func preferenceList(_ key: Key, _ properties: BucketProperties) -> [MemberIndex] {
        let partition = ring.partition(of: key.hash)
        return Array(
            cluster.placement.preferenceList(for: partition, n: properties.n).primaries)
    }

    /// In how many copies a key is kept: the n of its bucket.
    func copies(of key: Key) -> UInt8 {
        UInt8(clamping: buckets.properties(of: key.bucket).n)
    }

    func check(
        _ quorum: Int, _ name: String, _ primaries: Int, _ primariesName: String, n: Int
    ) -> RequestFailure? {
        guard (1...n).contains(quorum) else {
            return .badRequest(
                "\(name)=\(quorum) is impossible: it must be at least 1 and at most n=\(n)")
        }
        guard (0...n).contains(primaries) else {
            return .badRequest(
                "\(primariesName)=\(primaries) is impossible: it must be at most n=\(n)")
        }
        return nil
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
    var reply: ClientReply {
        switch self {
        case .success(let result): .got(result)
        case .failure(let failure): .failed(failure)
        }
    }
}
