import Causality
import Membership
import Primitives
import Quorum
import Replica
import Ring
import Wire

// What other members say.
extension Node {
    mutating func take(
        _ envelope: Envelope, from member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        guard !isRefused[Int(member.raw)] || envelope.message.isRefusal else { return }
        seeDelay(of: envelope, from: member, now)
        // Whom nothing is believed does not count as heard either: who asks it waits in vain.
        guard clock.observe(envelope.clock, now) else {
            let ahead = envelope.clock.milliseconds - now.wallMilliseconds
            effects.append(.note(.clockAhead(name: name(member), milliseconds: ahead)))
            refuse(envelope.message, from: member, now, &effects)
            return
        }
        detect(.heard(member), now, &effects)
        switch envelope.message {
        case .replicate(let request, let command, let target):
            let origin = Origin(member, request, sentAt: envelope.sentAt)
            takeReplicate(command, hintFor: target, origin, now, &effects)
        case .fetch(let request, _, _) where !isCounted(local):
            send(.fetched(request: request, .refilling), to: member, now, &effects)
        case .fetch(let request, let key, let isHint):
            guard load.storeCommands < settings.storeCommandsMax else {
                return send(.fetched(request: request, .failed), to: member, now, &effects)
            }
            let command = isHint ? ReplicaCommand.getHint(key) : .get(key)
            let ticket = StoreTicket.fetch(
                member, request: request, sentAt: envelope.sentAt, readAt: stamp(now))
            effects.append(.store(command, ticket))
        case .repair(let command):
            takeRepair(command, from: member, now, &effects)
        case .forward(let request, let put):
            takeForward(put, request, from: member, now, &effects)
        case .statusRequest(let request):
            guard load.storeCommands < settings.storeCommandsMax else { return }
            effects.append(.store(.count, .peerStatus(member, request: request)))
        case .buckets(let entries):
            learn(entries, now, &effects)
        case .compareTrees, .compareKeys, .fetchAll:
            takeComparison(envelope.message, from: member, now, &effects)
        case .treesCompared, .keysCompared, .fetchedAll, .exchangeFailed:
            takeCompared(envelope.message, from: member, now, &effects)
        case .reap(let request, let question):
            takeReap(question, request, from: member, now, &effects)
        case .reaped(let request, let places, let time):
            takeReaped((places, time), request, from: member)
        case .heartbeat(let digest, let hearsYou, let isCounted, let fastest):
            delays.learn(fastest, from: Int(member.raw))
            detect(hearsYou ? .heardBy(member) : .unheardBy(member), now, &effects)
            compareBuckets(digest, with: member, now, &effects)
            takeState(of: member, isCounted: isCounted, digest: digest, now, &effects)
        case .replicated, .fetched, .forwarded, .status, .startAccepted, .startRefused:
            recordDelays(of: envelope, from: member, now)
            takeAnswer(envelope.message, from: member, now, &effects)
        }
    }

    private mutating func takeAnswer(
        _ message: Message, from member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch message {
        case .replicated(let request, let outcome, _):
            takeConfirmation(outcome, request, from: member, now, &effects)
        case .fetched(let request, .record(let record, let readAt), _):
            takeAnswer((record, readAt), from: member, ofGet: request, now, &effects)
        case .fetched(let request, .unreadable, _):
            advance(get: request, .unreadable(member), now, &effects)
        case .fetched(let request, .failed, _):
            advance(get: request, .failed(member), now, &effects)
        case .fetched(let request, .refilling, _):
            advance(get: request, .refilling(member), now, &effects)
        case .forwarded(let request, let result):
            finish(forward: request, by: member, result, now, &effects)
        case .status(let request, let status):
            collect(status, request, from: member, &effects)
        case .startAccepted(let start, let isReplacement) where start == self.start:
            accept(by: member, &effects)
            takeVerdict(isReplacement: isReplacement, of: member, now, &effects)
        case .startRefused(let refused, let known) where refused == start && known != start:
            guard known.node != start.node || known.number >= start.number else { return }
            let reason = StopReason.staleData(by: name(member), own: start, known: known)
            let mark = ReplicaCommand.markStale(by: name(member), known: known)
            effects.append(.store(mark, .stale(reason)))
        default:
            break
        }
    }

    /// Answers a request of a member whose clock is too far ahead, so that it need not wait.
    private mutating func refuse(
        _ message: Message, from member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch message {
        case .replicate(let request, _, _):
            send(.replicated(request: request, .failed), to: member, now, &effects)
        case .fetch(let request, _, _):
            send(.fetched(request: request, .failed), to: member, now, &effects)
        case .forward(let request, _):
            // One that came before may be under way: only the first of them is answered.
            guard forwarded[Int(member.raw)].insert(request) else { return }
            let failure = RequestFailure.storeFailed(
                "the clock of \(name(member)) is more than 60 s ahead: correct it")
            send(.forwarded(request: request, .failure(failure)), to: member, now, &effects)
        case .startAccepted, .startRefused:
            // A verdict is given once, and has nothing to do with the time.
            takeAnswer(message, from: member, now, &effects)
        default:
            break
        }
    }

    /// What a member says about a record that it was sent: by a put, a read that waits for its
    /// repair, or a delivery of hints.
    private mutating func takeConfirmation(
        _ outcome: ReplicateOutcome, _ request: UInt64, from member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        // Whoever only has to give it a record asks no more than that it is durable.
        let isStored = outcome == .stored || outcome == .storedUncounted
        if outcome == .storedUncounted { effects.append(.note(.notCounted(name: name(member)))) }
        if puts.contains(request) {
            advance(put: request, outcome.ofPut(by: member), now, &effects)
        } else if gets.contains(request) {
            let isHolder = outcome == .stored
            advance(get: request, isHolder ? .repaired(member) : .failed(member), now, &effects)
        } else if handedOff[request] != nil {
            takeHandedOff(request, isStored: isStored, now, &effects)
        } else {
            takePushed(request, isStored: isStored, now, &effects)
        }
    }

    /// Who asks for something, under which number, and when.
    private struct Origin {
        let member: MemberIndex
        let request: UInt64
        let sentAt: WallStamp

        init(_ member: MemberIndex, _ request: UInt64, sentAt: WallStamp) {
            self.member = member
            self.request = request
            self.sentAt = sentAt
        }
    }

    private mutating func takeReplicate(
        _ command: MergeCommand, hintFor target: MemberIndex?, _ origin: Origin, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let (member, request) = (origin.member, origin.request)
        guard isBelieved(command.readAt, from: member, now, &effects) else {
            send(.replicated(request: request, .tooOld), to: member, now, &effects)
            return
        }
        let bytes = command.record.count
        guard hasRoom(forRecordOf: bytes) else {
            send(.replicated(request: request, .overloaded), to: member, now, &effects)
            return
        }
        let isPrimary = isPrimary(of: command.key)
        guard isPrimary || target != nil, !isStopping else {
            send(.replicated(request: request, .failed), to: member, now, &effects)
            return
        }
        load.replicaBytes += bytes
        guard let target, !isPrimary else {
            let ticket = StoreTicket.replicate(
                member, request: request, sentAt: origin.sentAt, bytes: bytes)
            store(command, ticket, &effects)
            return
        }
        let hint = HintCommand(
            hint: Hint(key: command.key, record: command.record), targets: [target])
        let ticket = StoreTicket.hint(
            member, request: request, target: target, bytes: bytes)
        effects.append(.store(.keepHint(hint), ticket))
    }

    /// Read repair goes to primaries only; what finds no room, or was read too long ago, is left
    /// for the next read.
    mutating func takeRepair(
        _ command: MergeCommand, from member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let bytes = command.record.count
        guard isPrimary(of: command.key), !isStopping, hasRoom(forRecordOf: bytes),
            isBelieved(command.readAt, from: member, now, &effects)
        else { return }
        load.replicaBytes += bytes
        store(command, .repair(bytes: bytes), &effects)
    }

    /// Hands a record to the store, to be filed under the n that its bucket has here.
    func store(
        _ command: MergeCommand, _ ticket: StoreTicket, _ effects: inout [Effect]
    ) {
        var command = command
        command.copies = copies(of: command.key)
        effects.append(.store(.merge(command), ticket))
    }

    private mutating func takeForward(
        _ put: PutRequest, _ request: UInt64, from member: MemberIndex,
        _ now: Instant, _ effects: inout [Effect]
    ) {
        guard forwarded[Int(member.raw)].insert(request) else { return }
        if let refusal = refusal(bytes: put.valueBytes) {
            send(.forwarded(request: request, .failure(refusal)), to: member, now, &effects)
            return
        }
        startPut(put, from: .member(member, request: request), now, &effects)
    }

    func isPrimary(of key: Key) -> Bool {
        preferenceList(key, buckets.properties(of: key.bucket)).isPrimary(local)
    }

    var isStopping: Bool { drain == .marking || drain == .done }

    // MARK: Liveness

    mutating func detect(
        _ input: FailureDetector.Input, _ now: Instant, _ effects: inout [Effect]
    ) {
        var actions: [FailureDetector.Action] = []
        detector.handle(input, at: now, into: &actions)
        for action in actions {
            switch action {
            case .heartbeat(let member):
                sendHeartbeat(to: member, now, &effects)
            case .changed(let member, let status):
                effects.append(.note(.status(name: name(member), status)))
                handOff(status == .up ? .begin : .stop, to: member, now, &effects)
                if status == .up { continueRefill(now, &effects) }
            }
        }
    }

    mutating func sendHeartbeat(
        to member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        let heartbeat = Message.heartbeat(
            bucketsDigest: buckets.digest, hearsYou: detector.hears(member, at: now),
            isCounted: isCounted(local), fastest: delays.members[Int(member.raw)].offset.seen)
        send(heartbeat, to: member, now, &effects)
    }

    mutating func linkOpened(
        to member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        detect(.connected(member), now, &effects)
        sendHeartbeat(to: member, now, &effects)
        if let start = announced[Int(member.raw)] {
            judge(start, of: member, now, &effects)
        }
    }

    /// The link broke: whatever a member still owes on any request will not come any more.
    mutating func linkBroke(
        to member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        detect(.disconnected(member), now, &effects)
        let open = [
            gets.numbers, puts.numbers, forwards.keys.sorted(),
            statuses.keys.sorted(),
        ]
        for request in open.joined() {
            fail(request, at: member, now, &effects)
        }
        handOff(.stop, to: member, now, &effects)
        failExchange(with: member, now, &effects)
    }

    // MARK: Starts

    /// Accepts a member's start if it is the latest known of its data, and remembers it first.
    ///
    /// Said again whenever the link to the member opens, since a verdict may have been lost.
    mutating func judge(
        _ start: NodeStart, of member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        let index = Int(member.raw)
        announced[index] = start
        isRefused[index] = false
        guard let known = judged[index], known != start else {
            remember(start, of: member, now, &effects)
            return
        }
        let isOld = known.node == start.node && start.number <= known.number
        guard !isOld, !peers[index].past.forbids(start.node) else {
            isRefused[index] = true
            effects.append(.note(.staleStart(name: name(member), start, known: known)))
            send(.startRefused(start, known: known), to: member, now, &effects)
            return
        }
        if known.node != start.node {
            peers[index].past.replace(known.node, by: start.node)
            effects.append(
                .note(.identityChanged(name: name(member), old: known.node, new: start.node)))
        }
        remember(start, of: member, now, &effects)
    }

    private mutating func remember(
        _ start: NodeStart, of member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard starts[Int(member.raw)] != start else {
            return sendAcceptance(of: start, to: member, now, &effects)
        }
        judged[Int(member.raw)] = start
        remember(start, of: member, &effects)
    }

    mutating func remember(
        _ start: NodeStart, of member: MemberIndex, _ effects: inout [Effect]
    ) {
        let command = ReplicaCommand.rememberStart(
            name: name(member), start: start, past: peers[Int(member.raw)].past)
        effects.append(.store(command, .start(member, start)))
    }

    /// Tells a member that its start is accepted, once that is remembered durably.
    mutating func sendAcceptance(
        of start: NodeStart, to member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        let isReplacement = !peers[Int(member.raw)].past.isEmpty
        send(.startAccepted(start, isReplacement: isReplacement), to: member, now, &effects)
    }

    /// A member, or this node itself, accepted this start; a majority makes the last run's epochs
    /// usable.
    mutating func accept(by member: MemberIndex, _ effects: inout [Effect]) {
        guard !acceptances.contains(member) else { return }
        acceptances.append(member)
        guard acceptances.count == majority else { return }
        effects.append(.note(.startAccepted))
        if hasCleanRun {
            effects.append(.store(.trustPreviousRun, .trust))
        }
    }
}

extension Message {
    /// Whether this says that the receiver's start is refused.
    fileprivate var isRefusal: Bool {
        if case .startRefused = self { return true }
        return false
    }
}
