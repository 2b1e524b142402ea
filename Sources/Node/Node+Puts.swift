import Causality
import Primitives
import Quorum
import Replica
import Ring
import Wire

// Puts: coordinated here where this node is a primary of the key, forwarded to one otherwise.
extension Node {
    mutating func startPut(
        _ put: PutRequest, from origin: PutOrigin, _ now: Instant, _ effects: inout [Effect]
    ) {
        let properties = buckets.properties(of: put.key.bucket)
        let list = preferenceList(put.key, properties)
        let quorum = put.options.quorum ?? properties.writeQuorum
        let primaries = put.options.primaries ?? properties.pw
        if let failure = check(quorum, "w", primaries, "pw", n: list.count) {
            answer(origin, .failure(failure), now, &effects)
            return
        }
        let required = max(quorum, primaries)
        let reachable = list.filter(isReachable)
        guard reachable.count >= required else {
            let failure = RequestFailure.unavailable(
                required: required, reachable: reachable.count)
            answer(origin, .failure(failure), now, &effects)
            return
        }
        guard list.contains(local), storeFailure == nil || storeFailure == .full else {
            let time = deadline(put.options.timeoutMilliseconds, now)
            forward(put, from: origin, to: (reachable, required, time), now, &effects)
            return
        }
        let coordinator = PutCoordinator(
            local: local, others: reachable.filter { $0 != local }, required: required)
        let open = OpenPut(
            coordinator: coordinator, command: put, conflict: properties.conflict,
            origin: origin)
        begin(open, now, &effects)
    }

    private mutating func begin(
        _ open: OpenPut, _ now: Instant, _ effects: inout [Effect]
    ) {
        let request = newRequest()
        load.requests += 1
        load.requestBytes += open.bytes
        var open = open
        open.deadline = deadline(open.command.options.timeoutMilliseconds, now)
        puts[request] = open
        deadlines.add(.request(request), at: open.deadline)
        stampAndStore(request, now, &effects)
    }

    /// Hands a put to the store under a fresh timestamp, or lets it wait for the clock's lease.
    private mutating func stampAndStore(
        _ request: UInt64, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard let open = puts[request] else { return }
        guard let timestamp = clock.tick(now) else {
            waitingPuts.append(WaitingPut(request: request))
            extendLease(now, &effects)
            return
        }
        let version = Version(
            content: open.command.content, timestamp: timestamp,
            operation: open.command.operation)
        let command = PutCommand(
            key: open.command.key, version: version, basis: open.command.basis,
            conflict: open.conflict, copies: copies(of: open.command.key))
        effects.append(.store(.put(command), .put(request)))
    }

    /// The clock may go on: hands over what waited for it.
    mutating func resumeWaitingPuts(_ now: Instant, _ effects: inout [Effect]) {
        let waiting = waitingPuts
        waitingPuts = []
        for put in waiting {
            stampAndStore(put.request, now, &effects)
        }
    }

    mutating func advance(
        put request: UInt64, _ input: PutCoordinator.Input, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        var actions: [PutCoordinator.Action] = []
        puts[request]?.coordinator.handle(input, into: &actions)
        guard !actions.isEmpty, let open = puts[request] else { return }
        for action in actions {
            carryOut(action, ofPut: request, open, now, &effects)
        }
    }

    private mutating func carryOut(
        _ action: PutCoordinator.Action, ofPut request: UInt64, _ open: OpenPut,
        _ now: Instant, _ effects: inout [Effect]
    ) {
        switch action {
        case .replicate(let member, let record):
            let command = MergeCommand(
                key: open.command.key, record: record, isComplete: false)
            send(.replicate(request: request, command), to: member, now, &effects)
        case .reply(let result):
            load.requestBytes -= puts[request]?.releaseValue() ?? 0
            answer(open.origin, result, now, &effects)
        case .handOver(let failure, let isUnreadable):
            if isUnreadable {
                repairUnreadable(open.command.key, now, &effects)
            }
            handOver(open, failure, now, &effects)
        case .finish:
            load.requestBytes -= puts[request]?.bytes ?? 0
            load.requests -= 1
            puts[request] = nil
        }
    }

    /// Nothing was written here: lets another primary coordinate, where there is one.
    private mutating func handOver(
        _ open: OpenPut, _ failure: RequestFailure, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let properties = buckets.properties(of: open.command.key.bucket)
        let others = preferenceList(open.command.key, properties)
            .filter { $0 != local && isReachable($0) }
        let required = max(
            open.command.options.quorum ?? properties.writeQuorum,
            open.command.options.primaries ?? properties.pw)
        guard case .client = open.origin, others.count >= required else {
            answer(open.origin, .failure(failure), now, &effects)
            return
        }
        let route = (others, required, open.deadline)
        forward(open.command, from: open.origin, to: route, now, &effects)
    }

    // MARK: Forwarding

    /// Lets the first reachable primary coordinate, and the next one if that writes nothing.
    ///
    /// What was forwarded is never forwarded again by its receiver.
    private mutating func forward(
        _ put: PutRequest, from origin: PutOrigin,
        to route: (primaries: [MemberIndex], required: Int, deadline: UInt64), _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let others = route.primaries.filter { $0 != local }
        guard case .client(let token) = origin, let target = others.first else {
            let failure = RequestFailure.unavailable(required: route.required, reachable: 0)
            answer(origin, .failure(failure), now, &effects)
            return
        }
        let request = newRequest()
        load.requests += 1
        load.requestBytes += put.valueBytes
        forwards[request] = OpenForward(
            target: target, others: Array(others.dropFirst()), put: put, client: token,
            required: route.required)
        deadlines.add(.request(request), at: route.deadline)
        send(.forward(request: request, put), to: target, now, &effects)
    }

    /// The node that coordinates a forwarded put answered.
    mutating func finish(
        forward request: UInt64, by member: MemberIndex,
        _ result: Result<PutResult, RequestFailure>, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard var open = forwards[request], open.target == member else { return }
        if case .failure(let failure) = result, failure.leavesOthersToTry,
            let next = open.others.firstIndex(where: isReachable)
        {
            open.target = open.others[next]
            open.others.removeFirst(next + 1)
            forwards[request] = open
            send(.forward(request: request, open.put), to: open.target, now, &effects)
            return
        }
        forwards[request] = nil
        load.requests -= 1
        load.requestBytes -= open.bytes
        effects.append(.reply(open.client, result.reply))
    }

    /// Answers whoever asked for a put.
    private mutating func answer(
        _ origin: PutOrigin, _ result: Result<PutResult, RequestFailure>, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch origin {
        case .client(let token):
            effects.append(.reply(token, result.reply))
        case .member(let member, let request):
            send(.forwarded(request: request, result), to: member, now, &effects)
        }
    }

    // MARK: Ends

    /// A request's time is up.
    mutating func expire(_ request: UInt64, _ now: Instant, _ effects: inout [Effect]) {
        if gets[request] != nil {
            advance(get: request, .deadline, now, &effects)
        } else if puts[request] != nil {
            advance(put: request, .deadline, now, &effects)
        } else if let open = forwards[request] {
            let failure = RequestFailure.timedOut(required: open.required, answered: 0)
            forwards[request]?.others = []
            finish(forward: request, by: open.target, .failure(failure), now, &effects)
        } else if let open = lookups.removeValue(forKey: request) {
            let failure = RequestFailure.timedOut(required: 1, answered: 0)
            effects.append(.reply(open.client, .failed(failure)))
        } else if statuses[request] != nil {
            finishStatus(request, &effects)
        }
    }

    /// A request never left: of a forwarded put, nothing was written anywhere.
    mutating func takeBack(
        _ request: UInt64, at member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard forwards[request] != nil else {
            fail(request, at: member, now, &effects)
            return
        }
        let failure = RequestFailure.overloaded("the queue to \(name(member)) is full")
        finish(forward: request, by: member, .failure(failure), now, &effects)
    }

    /// A member cannot answer a request any more.
    mutating func fail(
        _ request: UInt64, at member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        if gets[request] != nil {
            advance(get: request, .failed(member), now, &effects)
        } else if puts[request] != nil {
            advance(put: request, .failed(member), now, &effects)
        } else if let open = forwards[request] {
            let failure = RequestFailure.timedOut(required: open.required, answered: 0)
            finish(forward: request, by: member, .failure(failure), now, &effects)
        } else {
            failStatus(request, at: member, &effects)
        }
    }
}

extension Result<PutResult, RequestFailure> {
    var reply: ClientReply {
        switch self {
        case .success(let result): .put(result)
        case .failure(let failure): .failed(failure)
        }
    }
}

extension RequestFailure {
    /// Whether nothing was written, for a reason that another coordinator may not have.
    fileprivate var leavesOthersToTry: Bool {
        switch self {
        case .unavailable, .overloaded, .storeFailed: true
        case .timedOut, .refused, .badRequest: false
        }
    }
}
