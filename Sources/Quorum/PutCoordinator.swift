import Causality
import Primitives
import Replica
import Ring

/// Coordinates one write (DeCandia et al., "Dynamo", SOSP 2007, sections 4.5 and 4.6).
///
/// The coordinator is a primary or, where none can be reached, a fallback: its store mints the dot
/// and forms the whole resulting record, which goes to the other members while the local
/// transaction is still being committed. The client is answered after enough distinct members,
/// itself included, have stored it durably; a fallback stores it as a hint for the primary whose
/// place it takes. A primary that fails on the way, or does not confirm in time, gets a hint too.
/// A member that refuses the record for its age gets it anew, read again from the local store.
package struct PutCoordinator: Sendable {
    /// What happens to a write.
    package enum Input: Sendable {
        /// The local store formed the record; it is not durable yet.
        case applied(PutReceipt)
        /// The local store's final word.
        case local(ReplicaReply)
        /// Another member stored the record durably.
        case stored(MemberIndex)
        /// Another member stored it durably, and does not count before it is refilled.
        case storedUncounted(MemberIndex)
        /// Another member cannot be reached or did not store it.
        case failed(MemberIndex)
        /// Another member refused the record: it was read too long ago.
        case tooOld(MemberIndex)
        /// What the local store has by now, read at a hybrid time; nil where it cannot be read.
        case reread(Bytes?, at: HybridTimestamp)
        /// The time is up.
        case deadline
    }

    /// What a write wants done.
    package enum Action: Sendable {
        /// Send the record to a member: as a replica, or as a hint for a primary.
        case replicate(MemberIndex, record: Bytes, hintFor: MemberIndex?)
        /// Read the record again from the local store.
        case reread
        /// Keep a hint for primaries that may lack the record.
        case keepHint([MemberIndex], record: Bytes)
        /// Answer the client.
        case reply(Result<PutResult, RequestFailure>)
        /// Nothing was written here and this member cannot coordinate: let another one do it.
        case handOver(RequestFailure, isUnreadable: Bool)
        /// The write is over.
        case finish
    }

    /// A member that is to store the record.
    private struct Copy: Sendable {
        let member: MemberIndex
        /// The primary whose place it takes; nil for a primary.
        let hintFor: MemberIndex?

        /// Which primary has the record once it reaches it, through a hint or not.
        var primary: MemberIndex { hintFor ?? member }
    }

    private let local: MemberIndex
    private let isPrimary: Bool
    private let primaries: [MemberIndex]
    private let required: Required
    private var copies: [Copy]
    private var spares: ArraySlice<MemberIndex>
    private var receipt: PutReceipt?
    /// What is sent: the record that the put left, or what was read since.
    private var record: Bytes = []
    /// When what is sent was read from the local store; at first, when that was handed the put.
    package var readAt = HybridTimestamp(0)
    /// Members that refused the record for its age and wait for it to be read again.
    private var refusers: [MemberIndex] = []
    private var isRereading = false
    private var rereads = 0
    private var acknowledged: [MemberIndex] = []
    private var failed: [MemberIndex] = []
    /// Members that stored the record durably and do not count.
    private var uncounted: [MemberIndex] = []
    /// Primaries for which this member is to keep a hint, once there is a record.
    private var unhinted: [MemberIndex] = []
    private var isReplied = false
    private var isFinished = false

    /// How often a record is read again, at most, for members that refuse it for its age.
    package static let rereadsMax = 3

    /// A write at `local`.
    package init(local: MemberIndex, participants: Participants, required: Required) {
        self.local = local
        self.required = required
        primaries = participants.primaries
        isPrimary = participants.isPrimary(local)
        copies = []
        for member in participants.reachable + participants.refilling where member != local {
            copies.append(Copy(member: member, hintFor: nil))
        }
        for substitute in participants.substitutes where substitute.fallback != local {
            copies.append(Copy(member: substitute.fallback, hintFor: substitute.primary))
        }
        spares = participants.spares.filter { $0 != local }[...]
    }

    /// Takes in what happened.
    package mutating func handle(_ input: Input, into actions: inout [Action]) {
        guard !isFinished else { return }
        switch input {
        case .applied(let receipt):
            replicate(receipt, into: &actions)
        case .local(let reply):
            take(reply, into: &actions)
        case .stored(let member):
            if isOutstanding(member) { acknowledged.append(member) }
        case .storedUncounted(let member):
            takeUncounted(member, into: &actions)
        case .failed(let member):
            fail(member, into: &actions)
        case .tooOld(let member):
            takeRefusal(of: member, into: &actions)
        case .reread(let record, let readAt):
            take(record, readAt, into: &actions)
        case .deadline:
            conclude(into: &actions)
        }
        guard !isFinished else { return }
        replyIfDecided(into: &actions)
        if outstanding == 0 {
            conclude(into: &actions)
        }
    }

    /// Whether a member was asked and has not answered.
    package func isOutstanding(_ member: MemberIndex) -> Bool {
        (member == local || copies.contains { $0.member == member })
            && !acknowledged.contains(member) && !failed.contains(member)
            && !uncounted.contains(member)
    }

    private var outstanding: Int {
        1 + copies.count - acknowledged.count - failed.count - uncounted.count
    }

    private mutating func replicate(_ receipt: PutReceipt, into actions: inout [Action]) {
        guard self.receipt == nil else { return }
        self.receipt = receipt
        record = receipt.record
        for copy in copies where !failed.contains(copy.member) {
            send(to: copy, into: &actions)
        }
        keepHints(into: &actions)
    }

    private func send(to copy: Copy, into actions: inout [Action]) {
        actions.append(.replicate(copy.member, record: record, hintFor: copy.hintFor))
    }

    private mutating func take(_ reply: ReplicaReply, into actions: inout [Action]) {
        switch reply {
        case .put(let receipt):
            replicate(receipt, into: &actions)
            if isOutstanding(local) { acknowledged.append(local) }
            rereadIfDurable(into: &actions)
        case .refused(let refusal):
            end(.reply(.failure(.refused(refusal))), into: &actions)
        case .unreadable:
            let text = "the coordinator's record of this key is unreadable and being repaired"
            end(.handOver(.storeFailed(text), isUnreadable: true), into: &actions)
        case .hintRefused:
            let text = "the coordinator has no room for hints"
            end(.handOver(.overloaded(text), isUnreadable: false), into: &actions)
        case .failed(let failure) where receipt == nil:
            let failure = RequestFailure.storeFailed(failure.description)
            end(.handOver(failure, isUnreadable: false), into: &actions)
        default:
            failed.append(local)
            failRefusers(into: &actions)
        }
    }

    /// A member will not confirm: the next fallback takes its place, or this member keeps a hint.
    private mutating func fail(_ member: MemberIndex, into actions: inout [Action]) {
        guard isOutstanding(member) else { return }
        failed.append(member)
        guard let copy = copies.first(where: { $0.member == member }) else { return }
        guard !isReplied, let spare = spares.popFirst() else {
            unhinted.append(copy.primary)
            return keepHints(into: &actions)
        }
        copies.append(Copy(member: spare, hintFor: copy.primary))
        guard receipt != nil else { return }
        send(to: Copy(member: spare, hintFor: copy.primary), into: &actions)
    }

    /// A member has the record, so that it needs no hint, and does not count: a fallback does where
    /// the others are too few.
    private mutating func takeUncounted(_ member: MemberIndex, into actions: inout [Action]) {
        guard isOutstanding(member) else { return }
        uncounted.append(member)
        guard !isReplied, acknowledged.count + outstanding < required.quorum,
            let copy = copies.first(where: { $0.member == member }), let spare = spares.popFirst()
        else { return }
        let next = Copy(member: spare, hintFor: copy.primary)
        copies.append(next)
        guard receipt != nil else { return }
        send(to: next, into: &actions)
    }

    // MARK: Refusals for age

    /// The record is read again once it is durable here: what is read before may lack the write.
    private mutating func takeRefusal(of member: MemberIndex, into actions: inout [Action]) {
        guard receipt != nil, isOutstanding(member), !refusers.contains(member) else { return }
        let isPossible = isRereading || rereads < PutCoordinator.rereadsMax
        guard isPossible, !failed.contains(local) else { return fail(member, into: &actions) }
        refusers.append(member)
        rereadIfDurable(into: &actions)
    }

    private mutating func rereadIfDurable(into actions: inout [Action]) {
        guard !refusers.isEmpty, !isRereading, acknowledged.contains(local) else { return }
        isRereading = true
        rereads += 1
        actions.append(.reread)
    }

    private mutating func failRefusers(into actions: inout [Action]) {
        let members = refusers
        refusers = []
        for member in members {
            fail(member, into: &actions)
        }
    }

    /// Sends what was read again to those that refused it, if it still has the write.
    private mutating func take(
        _ reread: Bytes?, _ readAt: HybridTimestamp, into actions: inout [Action]
    ) {
        guard isRereading else { return }
        isRereading = false
        guard let reread, hasWrite(reread) else { return failRefusers(into: &actions) }
        (record, self.readAt) = (reread, readAt)
        let members = refusers
        refusers = []
        for copy in copies where members.contains(copy.member) && isOutstanding(copy.member) {
            send(to: copy, into: &actions)
        }
    }

    /// Whether a record knows all that the put left; a hint may have been forgotten meanwhile.
    private func hasWrite(_ bytes: Bytes) -> Bool {
        guard let receipt, let record = try? Record(decoding: bytes) else { return false }
        var context = record.context
        context.join(receipt.context)
        return context == record.context
    }

    /// A fallback that coordinates has a hint for all primaries already.
    private mutating func keepHints(into actions: inout [Action]) {
        var targets: [MemberIndex] = []
        for member in unhinted where !targets.contains(member) { targets.append(member) }
        unhinted = targets
        guard receipt != nil, isPrimary, !unhinted.isEmpty else { return }
        actions.append(.keepHint(unhinted, record: record))
        unhinted = []
    }

    private mutating func end(_ action: Action, into actions: inout [Action]) {
        isReplied = true
        isFinished = true
        actions.append(action)
        actions.append(.finish)
    }

    private mutating func replyIfDecided(into actions: inout [Action]) {
        guard !isReplied, let receipt else { return }
        let confirmed = acknowledged.count { primaries.contains($0) }
        if required.isMet(by: acknowledged.count, primaries: confirmed) {
            isReplied = true
            let result = PutResult(
                context: receipt.isOnly ? receipt.context : nil, replicas: acknowledged,
                required: required.count, siblings: receipt.liveCount)
            actions.append(.reply(.success(result)))
        } else if !required.isMet(
            by: acknowledged.count + outstanding, primaries: confirmed + outstandingPrimaries)
        {
            replyTimedOut(into: &actions)
        }
    }

    private var outstandingPrimaries: Int {
        primaries.count { isOutstanding($0) }
    }

    private mutating func conclude(into actions: inout [Action]) {
        if !isReplied {
            replyTimedOut(into: &actions)
        }
        unhinted += copies.filter { isOutstanding($0.member) }.map(\.primary)
        keepHints(into: &actions)
        isFinished = true
        actions.append(.finish)
    }

    private mutating func replyTimedOut(into actions: inout [Action]) {
        isReplied = true
        let failure = RequestFailure.timedOut(
            required: required.count, answered: acknowledged.count)
        actions.append(.reply(.failure(failure)))
    }
}
