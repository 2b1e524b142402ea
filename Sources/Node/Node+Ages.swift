import Causality
import Primitives
import Quorum
import Replica
import Ring
import Wire

// How old a record may be: it carries the hybrid time at which a store read it, and nobody takes
// in what was read longer ago than messages live. Who stood still meanwhile finds out by its own
// clock, which goes on, or by that of whoever it talks to.
extension Node {
    /// The time that goes with what is read from the store now.
    ///
    /// It never goes back, over a restart either: what is read later never carries an earlier time.
    /// Where the lease cannot be extended it would stand still, though, and a node whose disk is
    /// full could not answer reads for long.
    mutating func stamp(_ now: Instant) -> HybridTimestamp {
        let isLeased = storeFailure == nil && clock.lease.raw > 0
        let time = isLeased ? clock.reading(now) : clock.known(now)
        latestStamp = max(latestStamp, time)
        return time
    }

    /// Whether what was read from a store at a hybrid time may still be taken for the present.
    func isBelieved(_ readAt: HybridTimestamp, _ now: Instant) -> Bool {
        readAt.adding(milliseconds: cluster.messageLifetimeMilliseconds) >= clock.known(now)
    }

    /// Whether a record from a member may still be taken in; says so where it may not.
    ///
    /// What was read by a clock far ahead would be believed for too long: it is refused, as is all
    /// else from such a clock.
    func isBelieved(
        _ readAt: HybridTimestamp, from member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) -> Bool {
        let isFromAfar = member != local && !clock.isAcceptable(readAt, now)
        guard isFromAfar || !isBelieved(readAt, now) else { return true }
        effects.append(.note(.recordTooOld(name: name(member))))
        return false
    }

    /// Why an operation is refused; nil where it is not.
    ///
    /// A record remembers for a while which operations were overwritten. Whoever tries one again
    /// later than that would write it anew, beside or after what took its place. An id that carries
    /// no time, or one far ahead of this node's clock, cannot be judged.
    func refusal(ofOperation operation: Bytes, _ now: Instant) -> RequestFailure? {
        let lifetime = min(
            cluster.messageLifetimeMilliseconds, PastOperations.lifetimeMilliseconds)
        guard let time = HybridTimestamp(operation: operation), clock.isAcceptable(time, now),
            time.adding(milliseconds: lifetime) < clock.known(now)
        else { return nil }
        return .badRequest(
            "the operation id is more than \(lifetime / 1_000) s old by this node's clock: whether "
                + "an earlier try took hold cannot be told. Check the client's clock, get the key, "
                + "and put what is missing under a new id")
    }

    /// A replica answered a read; an answer that was read too long ago counts as none.
    mutating func takeAnswer(
        _ answer: (record: Bytes?, readAt: HybridTimestamp), from member: MemberIndex,
        ofGet request: UInt64, _ now: Instant, _ effects: inout [Effect]
    ) {
        let (record, readAt) = answer
        let isBelieved = isBelieved(readAt, from: member, now, &effects)
        let input =
            isBelieved
            ? GetCoordinator.Input.answered(member, record, readAt: readAt) : .failed(member)
        advance(get: request, input, now, &effects)
    }

    /// Reads the record of a put again for members that refused it for its age.
    mutating func reread(_ request: UInt64, _ now: Instant, _ effects: inout [Effect]) {
        guard let open = puts[request] else { return }
        let key = open.command.key
        let ticket = StoreTicket.reread(request, readAt: stamp(now))
        effects.append(.note(.recordReread(key)))
        if case .instead = open.hints {
            effects.append(.store(.getHint(key), ticket))
        } else {
            effects.append(.store(.get(key), ticket))
        }
    }

    mutating func takeReread(
        _ reply: ReplicaReply, ofPut request: UInt64, readAt: HybridTimestamp, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        var record: Bytes?
        if case .record(let bytes) = reply { record = bytes }
        advance(put: request, .reread(record, at: readAt), now, &effects)
    }

    /// This node's record was read again to be kept as a hint; what has grown too old once more is
    /// left to anti-entropy.
    mutating func takeUnhinted(
        _ reply: ReplicaReply, _ key: Key,
        for targets: (members: [MemberIndex], readAt: HybridTimestamp),
        _ now: Instant, _ effects: inout [Effect]
    ) {
        let (members, readAt) = targets
        guard case .record(let record?) = reply,
            isBelieved(readAt, from: local, now, &effects)
        else { return }
        keepHint(Hint(key: key, record: record), for: members, readAt: readAt, now, &effects)
    }
}
