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
package struct PutCoordinator: Sendable {
    /// What happens to a write.
    package enum Input: Sendable {
        /// The local store formed the record; it is not durable yet.
        case applied(PutReceipt)
        /// The local store's final word.
        case local(ReplicaReply)
        /// Another member stored the record durably.
        case stored(MemberIndex)
        /// Another member cannot be reached or did not store it.
        case failed(MemberIndex)
        /// The time is up.
        case deadline
    }

    /// What a write wants done.
    package enum Action: Sendable {
        /// Send the record to a member: as a replica, or as a hint for a primary.
        case replicate(MemberIndex, record: Bytes, hintFor: MemberIndex?)
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
    private var acknowledged: [MemberIndex] = []
    private var failed: [MemberIndex] = []
    /// Primaries for which this member is to keep a hint, once there is a record.
    private var unhinted: [MemberIndex] = []
    private var isReplied = false
    private var isFinished = false

    /// A write at `local`.
    package init(local: MemberIndex, participants: Participants, required: Required) {
        self.local = local
        self.required = required
        primaries = participants.primaries
        isPrimary = participants.isPrimary(local)
        copies = []
        for member in participants.reachable where member != local {
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
        case .failed(let member):
            fail(member, into: &actions)
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
    }

    private var outstanding: Int { 1 + copies.count - acknowledged.count - failed.count }

    private mutating func replicate(_ receipt: PutReceipt, into actions: inout [Action]) {
        guard self.receipt == nil else { return }
        self.receipt = receipt
        for copy in copies where !failed.contains(copy.member) {
            actions.append(
                .replicate(copy.member, record: receipt.record, hintFor: copy.hintFor))
        }
        keepHints(into: &actions)
    }

    private mutating func take(_ reply: ReplicaReply, into actions: inout [Action]) {
        switch reply {
        case .put(let receipt):
            replicate(receipt, into: &actions)
            if isOutstanding(local) { acknowledged.append(local) }
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
        guard let receipt else { return }
        actions.append(.replicate(spare, record: receipt.record, hintFor: copy.primary))
    }

    /// A fallback that coordinates has a hint for all primaries already.
    private mutating func keepHints(into actions: inout [Action]) {
        guard let receipt, isPrimary, !unhinted.isEmpty else { return }
        actions.append(.keepHint(unhinted, record: receipt.record))
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
