import Causality
import Primitives
import Quorum
import Replica
import Ring
import Wire

// What the store says: every acknowledgement begins here.
extension Node {
    mutating func take(
        _ reply: ReplicaReply, for ticket: StoreTicket, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        load.storeCommands -= 1
        watch(reply, &effects)
        switch ticket {
        case .put(let request):
            takeLocal(reply, ofPut: request, now, &effects)
        case .get(let request, let readAt):
            takeLocal(reply, ofGet: request, readAt: readAt, now, &effects)
        case .reread(let request, let readAt):
            takeReread(reply, ofPut: request, readAt: readAt, now, &effects)
        case .unhinted(let targets, let key, let readAt):
            takeUnhinted(reply, key, for: (targets, readAt), now, &effects)
        case .replicate(let member, let request, let sentAt, let bytes):
            load.replicaBytes -= bytes
            acknowledge(reply, (member, request, sentAt), now, &effects)
        case .hint(let member, let request, let target, let bytes):
            load.replicaBytes -= bytes
            acknowledge(reply, (member, request, nil), now, &effects)
            takeKept(reply, for: [target], now, &effects)
        case .repair(let bytes):
            load.replicaBytes -= bytes
        case .awaitedRepair(let request, let bytes):
            load.replicaBytes -= bytes
            let input = reply.isTakenIn ? GetCoordinator.Input.repaired(local) : .failed(local)
            advance(get: request, input, now, &effects)
        case .ownHint(let targets, let bytes):
            load.replicaBytes -= bytes
            takeKept(reply, for: targets, now, &effects)
        case .hintPage(let member, let readAt):
            takeHints(reply, for: member, readAt: readAt, now, &effects)
        case .deadList:
            takeDead(reply, now, &effects)
        case .reap(let member, let request, let question):
            answerReap(reply, question, (request, member), now, &effects)
        case .settledHints(let member):
            takeSettled(reply, for: member, now, &effects)
        case .exchange(let id):
            takeForExchange(reply, id, now, &effects)
        case .exchanged(let id, let key, let bytes):
            load.replicaBytes -= bytes
            takeExchanged(reply, key, id, now, &effects)
        case .compare(let member, let request), .compareKeys(let member, let request):
            answerComparison(reply, PeerRequest(member, request), now, &effects)
        case .fetch(let member, let request, let sentAt, let readAt):
            let delay = sentAt.microseconds(until: now.wallStamp)
            let outcome = reply.fetched(readAt: readAt)
            send(.fetched(request: request, outcome, after: delay), to: member, now, &effects)
        case .scrub, .rescrub, .mended:
            takeForScrub(reply, for: ticket, now, &effects)
        case .local(let request), .count(let request):
            finish(lookUp: request, reply, now, &effects)
        case .status, .peerStatus:
            takeCounts(reply, for: ticket, now, &effects)
        case .refill, .lease, .start, .bucket, .trust, .stale, .clean:
            takeMemory(reply, for: ticket, now, &effects)
        }
    }

    private mutating func takeMemory(
        _ reply: ReplicaReply, for ticket: StoreTicket, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch ticket {
        case .refill(let state):
            takeRefill(state, reply, now, &effects)
        case .lease(let bound):
            isLeaseBeingStored = false
            guard case .done = reply else { return failWaitingPuts(reply, now, &effects) }
            clock.extendLease(to: bound)
            resumeWaitingPuts(now, &effects)
        case .start(let member, let start):
            guard case .done = reply else { return }
            starts[Int(member.raw)] = start
            sendAcceptance(of: start, to: member, now, &effects)
        case .bucket(let token, let entry):
            adopt(entry, for: token, reply, now, &effects)
        case .stale(let reason):
            effects.append(.stop(reason))
        case .clean:
            drain = .done
            if case .done = reply {
                effects.append(.stop(.drained(isClean: true)))
            } else {
                effects.append(.stop(.drained(isClean: false)))
            }
        default:
            break
        }
    }

    /// A replica's word goes out only now that the record is durable.
    ///
    /// - Parameter origin: who sent the record, under which number; and when, where that says how
    ///   long it took until reads find it here.
    private mutating func acknowledge(
        _ reply: ReplicaReply,
        _ origin: (member: MemberIndex, request: UInt64, sentAt: WallStamp?), _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let (member, request) = (origin.member, origin.request)
        let outcome: ReplicateOutcome =
            switch reply {
            case .merged, .alreadyReaped: isCounted(local) ? .stored : .storedUncounted
            case .unreadable: .unreadable
            case .hintRefused: .overloaded
            default: .failed
            }
        let delay = reply.isTakenIn ? origin.sentAt?.microseconds(until: now.wallStamp) : nil
        let answer = Message.replicated(request: request, outcome, after: delay)
        send(answer, to: member, now, &effects)
        if case .alreadyReaped(let record) = reply { reapToo(record, at: member, now, &effects) }
    }

    private mutating func takeLocal(
        _ reply: ReplicaReply, ofPut request: UInt64, _ now: Instant, _ effects: inout [Effect]
    ) {
        reportEpoch(reply, request, &effects)
        recordOwnWrite(reply, request, now)
        advance(put: request, .local(reply), now, &effects)
    }

    private mutating func takeLocal(
        _ reply: ReplicaReply, ofGet request: UInt64, readAt: HybridTimestamp, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch reply {
        case .record(let bytes):
            recordOwnRead(request, now)
            takeAnswer((bytes, readAt), from: local, ofGet: request, now, &effects)
        case .unreadable:
            advance(get: request, .unreadable(local), now, &effects)
        default:
            advance(get: request, .failed(local), now, &effects)
        }
    }

    private func reportEpoch(
        _ reply: ReplicaReply, _ request: UInt64, _ effects: inout [Effect]
    ) {
        guard case .put(let receipt) = reply, receipt.newEpoch == .unknownDotCovered,
            let open = puts[request]
        else { return }
        effects.append(.note(.unknownDotCovered(open.command.key)))
    }

    /// Remembers whether the store takes writes, and says so when that changes.
    private mutating func watch(_ reply: ReplicaReply, _ effects: inout [Effect]) {
        switch reply {
        case .failed(let failure) where storeFailure != failure:
            storeFailure = failure
            effects.append(.note(.storeFailed(failure)))
        case .put, .merged, .done:
            guard storeFailure != nil else { return }
            storeFailure = nil
            effects.append(.note(.storeRecovered))
        default:
            break
        }
    }

    // MARK: The clock's lease

    mutating func extendLease(_ now: Instant, _ effects: inout [Effect]) {
        guard drain != .marking, drain != .done, !isLeaseBeingStored,
            let bound = clock.leaseToStore(now)
        else { return }
        isLeaseBeingStored = true
        effects.append(.store(.leaseClock(bound), .lease(bound)))
    }

    private mutating func failWaitingPuts(
        _ reply: ReplicaReply, _ now: Instant, _ effects: inout [Effect]
    ) {
        let waiting = waitingPuts
        waitingPuts = []
        for put in waiting {
            advance(put: put.request, .local(reply), now, &effects)
        }
    }

    // MARK: Draining

    mutating func beginDrain(_ now: Instant, _ effects: inout [Effect]) {
        guard drain == .serving else { return }
        drain = .draining
        let nanoseconds = UInt64(settings.drainMilliseconds) * 1_000_000
        deadlines.add(.drain, at: now.nanoseconds + nanoseconds)
    }

    /// Leaves the mark once nothing is under way that could still mint a dot.
    mutating func finishDrainIfDone(_ effects: inout [Effect]) {
        let isIdle = load.requests == 0 && load.replicaBytes == 0 && !isLeaseBeingStored
        guard drain == .overdue || (drain == .draining && isIdle) else { return }
        drain = .marking
        effects.append(.store(.markClean(clock: clock.endLease()), .clean))
    }
}

extension ReplicaReply {
    /// Whether all that a record brings is durable, or durably gone.
    var isTakenIn: Bool {
        switch self {
        case .merged, .alreadyReaped: true
        default: false
        }
    }

    func fetched(readAt: HybridTimestamp) -> FetchOutcome {
        switch self {
        case .record(let bytes): .record(bytes, readAt: readAt)
        case .unreadable: .unreadable
        default: .failed
        }
    }

    func local(under conflict: ConflictResolution, at time: HybridTimestamp) -> ClientReply {
        switch self {
        case .record(nil): return .local(nil)
        case .record(let bytes?):
            guard let record = try? Record(decoding: bytes) else { return .unreadableRecord }
            return .local(record.seen(under: conflict, at: time))
        case .unreadable: return .unreadableRecord
        default: return .failed(.storeFailed("the store cannot read"))
        }
    }

    var count: ClientReply {
        if case .counts(let counts) = self { return .count(counts.live) }
        return .failed(.storeFailed("the store cannot count"))
    }
}

extension ClientReply {
    static var unreadableRecord: ClientReply {
        .failed(.storeFailed("the record is unreadable here; a read of the key repairs it"))
    }
}
