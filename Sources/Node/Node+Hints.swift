import Causality
import Membership
import Primitives
import Quorum
import Replica
import Ring
import Wire

// Hints: kept for primaries that cannot be reached, and delivered once they can.
extension Node {
    /// Whether hints are kept for a member: its absence has not lasted too long.
    func isHinted(_ member: MemberIndex, _ now: Instant) -> Bool {
        member == local
            || detector.absence(of: member, at: now) <= settings.hintWindowNanoseconds
    }

    /// Keeps a hint for primaries that may lack a record this node coordinated.
    ///
    /// What finds no room is left to anti-entropy. A record that was read too long ago is read
    /// again: this node may have learnt of its end meanwhile.
    mutating func keepHint(
        _ hint: Hint, for targets: [MemberIndex], readAt: HybridTimestamp, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let bytes = hint.record.count
        let targets = targets.filter { isHinted($0, now) && $0 != local }
        guard !targets.isEmpty, !isStopping, hasRoom(forRecordOf: bytes) else { return }
        guard isBelieved(readAt, now) else {
            let ticket = StoreTicket.unhinted(targets, hint.key, readAt: stamp(now))
            effects.append(.note(.recordReread(hint.key)))
            effects.append(.store(.get(hint.key), ticket))
            return
        }
        load.replicaBytes += bytes
        effects.append(
            .store(
                .keepHint(HintCommand(hint: hint, targets: targets)),
                .ownHint(targets, bytes: bytes)))
    }

    /// Whether a record from another node can wait for the store.
    func hasRoom(forRecordOf bytes: Int) -> Bool {
        load.replicaBytes + bytes <= settings.replicaBytesMax
            && load.storeCommands < settings.storeCommandsMax
    }

    /// A hint is stored, or there was no room for it.
    mutating func takeKept(
        _ reply: ReplicaReply, for targets: [MemberIndex], _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch reply {
        case .merged:
            for member in targets {
                effects.append(.note(.hintKept(name: name(member))))
                guard detector.status(of: member) == .up else { continue }
                handOff(.begin, to: member, now, &effects)
            }
        case .hintRefused:
            effects.append(.note(.hintRefused))
        default:
            break
        }
    }

    // MARK: Delivery

    mutating func handOff(
        _ input: HintedHandoff.Input, to member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        if case .stop = input {
            // order-free: a filter.
            handedOff = handedOff.filter { $0.value.member != member }
        }
        guard drain == .serving else { return }
        var actions: [HintedHandoff.Action] = []
        handoffs[Int(member.raw)].handle(input, into: &actions)
        for action in actions {
            carryOut(action, member, now, &effects)
        }
    }

    private mutating func carryOut(
        _ action: HintedHandoff.Action, _ member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch action {
        case .read(let key):
            let page = HintPageCommand(
                target: member, after: key, countMax: settings.handoff.pageHintsMax,
                bytesMax: settings.handoff.pageBytesMax)
            let ticket = StoreTicket.hintPage(member, readAt: stamp(now))
            effects.append(.store(.pageHints(page), ticket))
        case .send(let index, let hint, let readAt):
            let request = newRequest()
            handedOff[request] = (member, index)
            let command = MergeCommand(
                key: hint.key, record: hint.record, isComplete: false, readAt: readAt)
            let message = Message.replicate(request: request, command, hintFor: nil)
            send(message, to: member, now, &effects)
        case .settle(let hints):
            // order-free: a filter.
            handedOff = handedOff.filter { $0.value.member != member }
            effects.append(.store(.settleHints(member, hints), .settledHints(member)))
            effects.append(.note(.hintsDelivered(name: name(member), count: hints.count)))
        case .wake(let number, let nanoseconds):
            deadlines.add(.handoff(member, number), at: now.nanoseconds + nanoseconds)
        }
    }

    /// A member confirmed a hint's record, or did not take it.
    mutating func takeHandedOff(
        _ request: UInt64, isStored: Bool, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard let (member, hint) = handedOff.removeValue(forKey: request) else { return }
        handOff(isStored ? .stored(hint) : .refused(hint), to: member, now, &effects)
    }

    /// The store read hints.
    mutating func takeHints(
        _ reply: ReplicaReply, for member: MemberIndex, readAt: HybridTimestamp, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch reply {
        case .hints(let page):
            for key in page.damaged {
                effects.append(.note(.hintDamaged(key)))
            }
            handOff(.page(page, readAt: readAt), to: member, now, &effects)
        default:
            handOff(.storeFailed, to: member, now, &effects)
        }
    }

    /// The store forgot what a member confirmed.
    mutating func takeSettled(
        _ reply: ReplicaReply, for member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        let isDone = if case .done = reply { true } else { false }
        handOff(isDone ? .settled : .storeFailed, to: member, now, &effects)
    }
}
