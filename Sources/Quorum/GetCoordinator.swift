import Causality
import Primitives
import Replica
import Ring

/// Coordinates one read (DeCandia et al., "Dynamo", SOSP 2007, sections 4.5 and 4.7).
///
/// All reachable replicas are asked; the client is answered after `required` distinct ones, merged.
/// Later answers are still collected, and in the end the replicas that knew less than all together
/// get the merged record (read repair). A replica whose record is unreadable counts as one that
/// failed; it is given a record only when *all* the others answered, because anything less may lack
/// an acknowledged write that it once held.
package struct GetCoordinator: Sendable {
    /// What happens to a read.
    package enum Input: Sendable {
        /// A replica answered with its record's encoding, nil where it has none.
        case answered(MemberIndex, Bytes?)
        /// A replica's record is unreadable.
        case unreadable(MemberIndex)
        /// A replica cannot be reached or could not answer.
        case failed(MemberIndex)
        /// The time is up.
        case deadline
    }

    /// What a read wants done.
    package enum Action: Sendable {
        /// Ask a replica for its record.
        case fetch(MemberIndex)
        /// Answer the client.
        case reply(Result<GetResult, RequestFailure>)
        /// Send the merged record to a replica that knew less.
        case repair(MemberIndex, record: Bytes, isComplete: Bool)
        /// The read is over.
        case finish
    }

    /// What a read is about.
    package struct Plan: Sendable {
        /// All replicas of the key, the coordinator among them if it is one.
        package let replicas: [MemberIndex]
        /// Those of them that can be reached.
        package let reachable: [MemberIndex]
        /// How many must answer.
        package let required: Int
        /// How the bucket treats concurrent versions.
        package let conflict: ConflictResolution
        /// Whether replicas that knew less get the merged record.
        package let repairs: Bool

        /// A plan of a read.
        package init(
            replicas: [MemberIndex], reachable: [MemberIndex], required: Int,
            conflict: ConflictResolution, repairs: Bool
        ) {
            self.replicas = replicas
            self.reachable = reachable
            self.required = required
            self.conflict = conflict
            self.repairs = repairs
        }
    }

    private let plan: Plan
    private var answers: [(member: MemberIndex, record: Bytes?)] = []
    private var unreadable: [MemberIndex] = []
    private var failed: [MemberIndex] = []
    private var merged: (encoded: Bytes, record: Record)?
    private var isReplied = false
    private var isFinished = false

    /// A read that has not begun.
    package init(_ plan: Plan) {
        self.plan = plan
    }

    /// Asks the replicas, or refuses at once where too few can be reached.
    package mutating func start(into actions: inout [Action]) {
        guard plan.reachable.count >= plan.required else {
            let failure = RequestFailure.unavailable(
                required: plan.required, reachable: plan.reachable.count)
            reply(.failure(failure), into: &actions)
            finish(into: &actions)
            return
        }
        for member in plan.reachable {
            actions.append(.fetch(member))
        }
    }

    /// Takes in what happened.
    package mutating func handle(_ input: Input, into actions: inout [Action]) {
        guard !isFinished else { return }
        switch input {
        case .answered(let member, let record) where isOutstanding(member):
            take(record, from: member)
        case .unreadable(let member) where isOutstanding(member):
            unreadable.append(member)
        case .failed(let member) where isOutstanding(member):
            failed.append(member)
        case .deadline:
            conclude(into: &actions)
            return
        case .answered, .unreadable, .failed:
            return
        }
        replyIfDecided(into: &actions)
        if outstanding == 0 {
            conclude(into: &actions)
        }
    }

    /// Whether a member was asked and has not answered.
    package func isOutstanding(_ member: MemberIndex) -> Bool {
        plan.reachable.contains(member) && !answers.contains { $0.member == member }
            && !unreadable.contains(member) && !failed.contains(member)
    }

    private var outstanding: Int {
        plan.reachable.count - answers.count - unreadable.count - failed.count
    }

    private mutating func take(_ encoded: Bytes?, from member: MemberIndex) {
        guard let encoded, encoded != merged?.encoded else {
            answers.append((member, encoded))
            return
        }
        guard var record = try? Record(decoding: encoded) else {
            unreadable.append(member)
            return
        }
        answers.append((member, encoded))
        guard let known = merged else {
            merged = (encoded, record)
            return
        }
        record.merge(known.record)
        merged = (record.encoded()[...], record)
    }

    private mutating func replyIfDecided(into actions: inout [Action]) {
        guard !isReplied else { return }
        if answers.count >= plan.required {
            reply(.success(result()), into: &actions)
        } else if answers.count + outstanding < plan.required {
            let failure = RequestFailure.unavailable(
                required: plan.required, reachable: answers.count)
            reply(.failure(failure), into: &actions)
        }
    }

    private func result() -> GetResult {
        let record = (merged?.record ?? Record()).seen(under: plan.conflict)
        return GetResult(record: record, answers: answers.count, required: plan.required)
    }

    private mutating func conclude(into actions: inout [Action]) {
        if !isReplied {
            let failure = RequestFailure.timedOut(
                required: plan.required, answered: answers.count)
            reply(.failure(failure), into: &actions)
        }
        repair(into: &actions)
        finish(into: &actions)
    }

    private func repair(into actions: inout [Action]) {
        if plan.repairs, let merged {
            for answer in answers where answer.record != merged.encoded {
                actions.append(
                    .repair(answer.member, record: merged.encoded, isComplete: false))
            }
        }
        guard answers.count + unreadable.count == plan.replicas.count, unreadable.count == 1
        else { return }
        // Where no other replica knows the key, an empty record says so.
        let record = merged?.encoded ?? Record().encoded()[...]
        actions.append(.repair(unreadable[0], record: record, isComplete: true))
    }

    private mutating func reply(
        _ result: Result<GetResult, RequestFailure>, into actions: inout [Action]
    ) {
        isReplied = true
        actions.append(.reply(result))
    }

    private mutating func finish(into actions: inout [Action]) {
        isFinished = true
        actions.append(.finish)
    }
}
