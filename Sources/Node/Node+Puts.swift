import Causality
import Primitives
import Quorum
import Replica
import Ring
import Wire

// Puts: coordinated here where this node is a primary of the key, forwarded to one otherwise; by a
// fallback where no primary can be reached.
extension Node {
    mutating func startPut(
        _ put: PutRequest, from origin: PutOrigin, _ now: Instant, _ effects: inout [Effect]
    ) {
        if let failure = refusal(ofOperation: put.operation, now) {
            answer(origin, .failure(failure), now, &effects)
            return
        }
        let properties = buckets.properties(of: put.key.bucket)
        let required = properties.required(toWrite: put.options)
        let participants = participants(put.key, properties, put.options) { isHinted($0, now) }
            .covering(upTo: required.quorum)
        if let failure = check(required, "w", "pw", n: participants.primaries.count) {
            answer(origin, .failure(failure), now, &effects)
            return
        }
        guard required.canBeMet(by: participants) else {
            let failure = RequestFailure.unavailable(
                required: required.count, reachable: participants.count)
            answer(origin, .failure(explained(failure, put.key)), now, &effects)
            return
        }
        guard canCoordinate(participants) else {
            let time = deadline(put.options.timeoutMilliseconds, now)
            let route = Route(participants, required, deadline: time)
            forward(put, from: origin, to: route, now, &effects)
            return
        }
        let open = OpenPut(
            coordinator: PutCoordinator(
                local: local, participants: participants, required: required),
            command: put, conflict: properties.conflict,
            hints: hints(participants, now), origin: origin)
        begin(open, now, &effects)
    }

    /// Whether this node coordinates a put: a primary does, and a fallback where no primary can be
    /// reached.
    private func canCoordinate(_ participants: Participants) -> Bool {
        guard storeFailure == nil || storeFailure == .full else { return false }
        // Before it is refilled this node may lack what a write must see.
        guard isCounted(local) else { return false }
        return participants.isPrimary(local)
            || (participants.reachable.isEmpty && !participants.substitutes.isEmpty)
    }

    /// For whom this node keeps a hint in the transaction of a put that it coordinates.
    private func hints(_ participants: Participants, _ now: Instant) -> HintTargets {
        guard participants.isPrimary(local) else {
            return .instead(participants.primaries.filter { isHinted($0, now) })
        }
        let absent = participants.uncovered.filter { isHinted($0, now) }
        return absent.isEmpty ? .none : .beside(absent)
    }

    private mutating func begin(
        _ open: OpenPut, _ now: Instant, _ effects: inout [Effect]
    ) {
        let request = newRequest()
        load.requests += 1
        load.requestBytes += open.bytes
        var open = open
        open.deadline = deadline(open.command.options.timeoutMilliseconds, now)
        puts.open(open, as: request)
        deadlines.add(.request(request), at: open.deadline)
        stampAndStore(request, now, &effects)
    }

    /// Hands a put to the store under a fresh timestamp, or lets it wait for the clock's lease.
    private mutating func stampAndStore(
        _ request: UInt64, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard puts.contains(request) else { return }
        guard let timestamp = clock.tick(now) else {
            waitingPuts.append(WaitingPut(request: request))
            extendLease(now, &effects)
            return
        }
        let (buckets, readAt) = (buckets, stamp(now))
        let command = puts.with(request) { open in
            open.coordinator.readAt = readAt
            let properties = buckets.properties(of: open.command.key.bucket)
            return open.replicaCommand(at: timestamp, properties)
        }
        guard let command else { return }
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
        let subject = puts.with(request) { open in
            open.coordinator.handle(input, into: &actions)
            if case .applied = input { open.sentAt = now.nanoseconds }
            return open.subject
        }
        guard !actions.isEmpty, let subject else { return }
        for action in actions {
            carryOut(action, ofPut: request, subject, now, &effects)
        }
    }

    private mutating func carryOut(
        _ action: PutCoordinator.Action, ofPut request: UInt64, _ subject: OpenPut.Subject,
        _ now: Instant, _ effects: inout [Effect]
    ) {
        switch action {
        case .replicate(let member, let record, let target):
            let command = MergeCommand(
                key: subject.key, record: record, isComplete: false, readAt: subject.readAt)
            let message = Message.replicate(request: request, command, hintFor: target)
            send(message, to: member, now, &effects)
        case .keepHint(let members, let record):
            let hint = Hint(key: subject.key, record: record)
            keepHint(hint, for: members, readAt: subject.readAt, now, &effects)
        case .reread:
            reread(request, now, &effects)
        case .reply(let result):
            load.requestBytes -= puts.with(request) { $0.releaseValue() } ?? 0
            noteAnswered(request)
            answer(subject.origin, result, now, &effects)
        case .handOver(let failure, let isUnreadable):
            if isUnreadable {
                repairUnreadable(subject.key, now, &effects)
            }
            guard let open = puts[request] else { return }
            handOver(open, failure, now, &effects)
        case .finish:
            guard let ended = puts.close(request) else { return }
            load.requestBytes -= ended.bytes
            noteEnd(wasAnswered: ended.isAnswered)
        }
    }

    /// Nothing was written here: lets another member coordinate, where there is one.
    private mutating func handOver(
        _ open: OpenPut, _ failure: RequestFailure, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let properties = buckets.properties(of: open.command.key.bucket)
        let required = properties.required(toWrite: open.command.options)
        let others = participants(open.command.key, properties, open.command.options) {
            isHinted($0, now)
        }.without(local).covering(upTo: required.quorum)
        guard case .client = open.origin, required.canBeMet(by: others) else {
            answer(open.origin, .failure(failure), now, &effects)
            return
        }
        let route = Route(others, required, deadline: open.deadline)
        forward(open.command, from: open.origin, to: route, now, &effects)
    }

    // MARK: Forwarding

    /// Where a put is forwarded to.
    private struct Route {
        /// The members that may coordinate it, in the order in which they are asked: primaries, or
        /// fallbacks where none of these can be reached.
        let coordinators: [MemberIndex]
        let required: Int
        let deadline: UInt64

        init(_ participants: Participants, _ required: Required, deadline: UInt64) {
            coordinators =
                participants.reachable.isEmpty
                ? participants.substitutes.map(\.fallback) : participants.reachable
            self.required = required.count
            self.deadline = deadline
        }
    }

    /// Lets the first member that can coordinate, and the next one if that writes nothing.
    ///
    /// What was forwarded is never forwarded again by its receiver.
    private mutating func forward(
        _ put: PutRequest, from origin: PutOrigin, to route: Route, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let others = route.coordinators.filter { $0 != local }
        guard case .client(let token) = origin, let target = others.first else {
            let failure = RequestFailure.unavailable(required: route.required, reachable: 0)
            answer(origin, .failure(explained(failure, put.key)), now, &effects)
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
            let next = open.others.firstIndex(where: { isReachable($0) })
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
        if gets.contains(request) {
            advance(get: request, .deadline, now, &effects)
        } else if puts.contains(request) {
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
        if gets.contains(request) {
            advance(get: request, .failed(member), now, &effects)
        } else if puts.contains(request) {
            advance(put: request, .failed(member), now, &effects)
        } else if let open = forwards[request] {
            let failure = RequestFailure.timedOut(required: open.required, answered: 0)
            finish(forward: request, by: member, .failure(failure), now, &effects)
        } else if handedOff[request] != nil {
            takeHandedOff(request, isStored: false, now, &effects)
        } else if exchange?.owns(request) == true {
            failExchange(with: member, now, &effects)
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
