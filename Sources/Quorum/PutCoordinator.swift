import Causality
import Primitives
import Replica
import Ring

/// Coordinates one write (DeCandia et al., "Dynamo", SOSP 2007, section 4.5).
///
/// The coordinator is a replica: its store mints the dot and forms the whole resulting record,
/// which goes to the other replicas while the local transaction is still being committed. The
/// client is answered after `required` distinct replicas, itself included, have stored it durably.
package struct PutCoordinator: Sendable {
    /// What happens to a write.
    package enum Input: Sendable {
        /// The local store formed the record; it is not durable yet.
        case applied(PutReceipt)
        /// The local store's final word.
        case local(ReplicaReply)
        /// Another replica stored the record durably.
        case stored(MemberIndex)
        /// Another replica cannot be reached or did not store it.
        case failed(MemberIndex)
        /// The time is up.
        case deadline
    }

    /// What a write wants done.
    package enum Action: Sendable {
        /// Send the record to a replica.
        case replicate(MemberIndex, record: Bytes)
        /// Answer the client.
        case reply(Result<PutResult, RequestFailure>)
        /// Nothing was written here and this replica cannot coordinate: let another one do it.
        case handOver(RequestFailure, isUnreadable: Bool)
        /// The write is over.
        case finish
    }

    private let local: MemberIndex
    private let others: [MemberIndex]
    private let required: Int
    private var receipt: PutReceipt?
    private var acknowledged: [MemberIndex] = []
    private var failed: [MemberIndex] = []
    private var isReplied = false
    private var isFinished = false

    /// A write at `local`; `others` are the other replicas that can be reached.
    package init(local: MemberIndex, others: [MemberIndex], required: Int) {
        self.local = local
        self.others = others
        self.required = required
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
            if isOutstanding(member) { failed.append(member) }
        case .deadline:
            conclude(into: &actions)
        }
        guard !isFinished else { return }
        replyIfDecided(into: &actions)
        if outstanding == 0 {
            conclude(into: &actions)
        }
    }

    /// Whether a replica was asked and has not answered.
    package func isOutstanding(_ member: MemberIndex) -> Bool {
        (member == local || others.contains(member)) && !acknowledged.contains(member)
            && !failed.contains(member)
    }

    private var outstanding: Int { 1 + others.count - acknowledged.count - failed.count }

    private mutating func replicate(_ receipt: PutReceipt, into actions: inout [Action]) {
        guard self.receipt == nil else { return }
        self.receipt = receipt
        for member in others where !failed.contains(member) {
            actions.append(.replicate(member, record: receipt.record))
        }
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
        case .failed(let failure) where receipt == nil:
            let failure = RequestFailure.storeFailed(failure.description)
            end(.handOver(failure, isUnreadable: false), into: &actions)
        case .failed, .record, .merged, .counts, .done, .treeHashes, .leafKeys, .records:
            failed.append(local)
        }
    }

    private mutating func end(_ action: Action, into actions: inout [Action]) {
        isReplied = true
        isFinished = true
        actions.append(action)
        actions.append(.finish)
    }

    private mutating func replyIfDecided(into actions: inout [Action]) {
        guard !isReplied, let receipt else { return }
        if acknowledged.count >= required {
            isReplied = true
            let result = PutResult(
                context: receipt.isOnly ? receipt.context : nil, replicas: acknowledged,
                required: required, siblings: receipt.liveCount)
            actions.append(.reply(.success(result)))
        } else if acknowledged.count + outstanding < required {
            replyTimedOut(into: &actions)
        }
    }

    private mutating func conclude(into actions: inout [Action]) {
        if !isReplied {
            replyTimedOut(into: &actions)
        }
        isFinished = true
        actions.append(.finish)
    }

    private mutating func replyTimedOut(into actions: inout [Action]) {
        isReplied = true
        let failure = RequestFailure.timedOut(required: required, answered: acknowledged.count)
        actions.append(.reply(.failure(failure)))
    }
}
