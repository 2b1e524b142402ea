import Causality
import Primitives
import Replica
import Ring

/// Coordinates one read (DeCandia et al., "Dynamo", SOSP 2007, sections 4.5 to 4.7).
///
/// All primaries that can be reached are asked, and in a sloppy quorum fallbacks in the place of
/// the others; the client is answered after enough distinct ones, merged. Later answers are still
/// collected, and in the end the primaries that knew less than all together get the merged record
/// (read repair); where repair blocks, so many of them have it before the client is answered that
/// every later read meets one. A replica whose record is unreadable counts as one that failed; it
/// is given a record only when *all* the others answered, because anything less may lack an
/// acknowledged write that it once held.
package struct GetCoordinator: Sendable {
    /// What happens to a read.
    package enum Input: Sendable {
        /// A member answered with its record's encoding, nil where it has none, as it was in its
        /// store at a hybrid time.
        case answered(MemberIndex, Bytes?, readAt: HybridTimestamp)
        /// A member's record is unreadable.
        case unreadable(MemberIndex)
        /// A member cannot be reached, or could not answer or confirm.
        case failed(MemberIndex)
        /// A member does not count before it is refilled.
        case refilling(MemberIndex)
        /// A member durably stored the merged record that it was sent.
        case repaired(MemberIndex)
        /// The time is up.
        case deadline
    }

    /// What a read wants done.
    package enum Action: Sendable {
        /// Ask a member for its record, or for its hint.
        case fetch(MemberIndex, isHint: Bool)
        /// Answer the client.
        case reply(Result<GetResult, RequestFailure>)
        /// Send the merged record to a primary that knew less.
        case repair(MemberIndex, Repair)
        /// All that can be known of a read's freshness is known; comes once, after a reply that
        /// told something.
        case judge(ReadFreshness)
        /// The read is over.
        case finish
    }

    /// A record for a primary that knew less.
    package struct Repair: Sendable {
        /// The merged record.
        package let record: Bytes
        /// Whether all other primaries' records are in it.
        package let isComplete: Bool
        /// Whether the read waits until it is stored.
        package let isAwaited: Bool
        /// The least hybrid time at which an answer was read from a store.
        package let readAt: HybridTimestamp
    }

    /// What a read is about.
    package struct Plan: Sendable {
        /// Who is asked.
        package let participants: Participants
        /// How many must answer.
        package let required: Required
        /// How the bucket treats concurrent versions.
        package let conflict: ConflictResolution
        /// When primaries that knew less get the merged record.
        package let repair: ReadRepairMode
        /// Whether all primaries must hold what is told before it is; repair must block.
        package var repairsAll = false
        /// The coordinator's hybrid time when the read began.
        package var begin = HybridTimestamp(.max)

        /// A plan of a read.
        package init(
            participants: Participants, required: Required, conflict: ConflictResolution,
            repair: ReadRepairMode
        ) {
            self.participants = participants
            self.required = required
            self.conflict = conflict
            self.repair = repair
        }
    }

    private let plan: Plan
    private var asked: [MemberIndex]
    private var spares: ArraySlice<MemberIndex>
    private var answers: [(member: MemberIndex, record: Bytes?)] = []
    private var unreadable: [MemberIndex] = []
    private var failed: [MemberIndex] = []
    private var merged: (encoded: Bytes, record: Record)?
    /// When the oldest of the answers was read from a store; those that found nothing count too.
    private var readAt = HybridTimestamp(.max)
    /// What the client was told, before anything was hidden from it.
    private var told: (encoded: Bytes, record: Record)?
    private var hasTold = false
    private var awaited: AwaitedRepair?
    private var isReplied = false
    private var isFinished = false

    /// A repair that the client's answer waits for.
    private struct AwaitedRepair: Sendable {
        /// What the client will be told.
        let result: GetResult
        /// The primaries that durably hold it.
        var holders: [MemberIndex]
        /// The primaries that were sent it and have not answered.
        var outstanding: [MemberIndex] = []
        /// Which record each of those that lacked it was sent.
        var sent: [(member: MemberIndex, record: Bytes)] = []

        /// A member confirmed or will not; whether that was awaited.
        mutating func take(_ member: MemberIndex, isHolder: Bool) -> Bool {
            guard let index = outstanding.firstIndex(of: member) else { return false }
            outstanding.remove(at: index)
            if isHolder { holders.append(member) }
            return true
        }
    }

    /// A read that has not begun.
    package init(_ plan: Plan) {
        self.plan = plan
        let participants = plan.participants
        asked = participants.reachable + participants.substitutes.map(\.fallback)
        spares = participants.spares[...]
    }

    /// Asks the members, or refuses at once where too few can be reached.
    package mutating func start(into actions: inout [Action]) {
        guard plan.canBeMet else {
            let participants = plan.participants
            let failure = RequestFailure.unavailable(
                required: plan.answersRequired,
                reachable: plan.counted(
                    of: participants.count, primaries: participants.reachable.count))
            reply(.failure(failure), into: &actions)
            finish(into: &actions)
            return
        }
        for member in asked {
            fetch(member, into: &actions)
        }
    }

    private func fetch(_ member: MemberIndex, into actions: inout [Action]) {
        let isHint = !plan.participants.isPrimary(member)
        actions.append(.fetch(member, isHint: isHint))
    }

    /// Takes in what happened.
    package mutating func handle(_ input: Input, into actions: inout [Action]) {
        guard !isFinished else { return }
        switch input {
        case .answered(let member, let record, let readAt) where isOutstanding(member):
            self.readAt = min(self.readAt, readAt)
            take(record, from: member)
            if awaited != nil { awaitAnother(record, from: member, into: &actions) }
        case .unreadable(let member) where isOutstanding(member):
            unreadable.append(member)
            replace(into: &actions)
        case .failed(let member) where isOutstanding(member):
            failed.append(member)
            replace(into: &actions)
        case .refilling(let member) where isOutstanding(member):
            failed.append(member)
            // Primaries that count tell more than a fallback can: one is asked only where needed.
            if answers.count + outstanding < plan.required.quorum { replace(into: &actions) }
        case .failed(let member):
            guard awaited?.take(member, isHolder: false) == true else { return }
        case .repaired(let member):
            guard awaited?.take(member, isHolder: true) == true else { return }
        case .deadline:
            return conclude(into: &actions)
        case .answered, .unreadable, .refilling:
            return
        }
        replyIfDecided(into: &actions)
        if outstanding == 0, awaited == nil || isReplied {
            conclude(into: &actions)
        }
    }

    /// Whether a member was asked and has not answered.
    package func isOutstanding(_ member: MemberIndex) -> Bool {
        asked.contains(member) && !answers.contains { $0.member == member }
            && !unreadable.contains(member) && !failed.contains(member)
    }

    private var outstanding: Int {
        asked.count - answers.count - unreadable.count - failed.count
    }

    /// The next fallback takes the place of a member that cannot answer.
    private mutating func replace(into actions: inout [Action]) {
        guard !isReplied, awaited == nil, let spare = spares.popFirst() else { return }
        asked.append(spare)
        fetch(spare, into: &actions)
    }

    private mutating func take(_ encoded: Bytes?, from member: MemberIndex) {
        guard let encoded, !isMerged(encoded) else {
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

    /// Whether an answer says what all together say.
    private func isMerged(_ record: Bytes?) -> Bool {
        guard let record, let merged else { return record == nil && merged == nil }
        return record.isSame(as: merged.encoded)
    }

    // MARK: The reply

    private mutating func replyIfDecided(into actions: inout [Action]) {
        guard !isReplied else { return }
        guard awaited == nil else { return replyIfRepaired(into: &actions) }
        let primaries = answers.count { plan.participants.isPrimary($0.member) }
        let open = plan.participants.primaries.count { isOutstanding($0) }
        if plan.isMet(by: answers.count, primaries: primaries) {
            guard plan.repair == .blocking else {
                return reply(.success(result()), into: &actions)
            }
            awaitRepair(into: &actions)
        } else if !plan.isMet(by: answers.count + outstanding, primaries: primaries + open) {
            let failure = RequestFailure.unavailable(
                required: plan.answersRequired,
                reachable: plan.counted(of: answers.count, primaries: primaries))
            reply(.failure(failure), into: &actions)
        }
    }

    private mutating func result() -> GetResult {
        told = merged
        let record = (merged?.record ?? Record()).seen(under: plan.conflict)
        return GetResult(
            record: record, answers: answers.count, required: plan.required.count)
    }

    /// Sends what will be told to the primaries that knew less, and waits for them.
    private mutating func awaitRepair(into actions: inout [Action]) {
        let primaries = answers.filter { plan.participants.isPrimary($0.member) }
        let holders = primaries.filter { isMerged($0.record) }.map(\.member)
        awaited = AwaitedRepair(result: result(), holders: holders)
        for answer in primaries where !isMerged(answer.record) {
            repairAwaited(answer.member, into: &actions)
        }
        replyIfRepaired(into: &actions)
    }

    private mutating func repairAwaited(_ member: MemberIndex, into actions: inout [Action]) {
        guard let merged else { return }
        awaited?.outstanding.append(member)
        awaited?.sent.append((member, merged.encoded))
        let repair = Repair(
            record: merged.encoded, isComplete: false, isAwaited: true, readAt: readAt)
        actions.append(.repair(member, repair))
    }

    /// Another primary answers while repairs are awaited: it may be the one that is needed, should
    /// one of these fail.
    private mutating func awaitAnother(
        _ record: Bytes?, from member: MemberIndex, into actions: inout [Action]
    ) {
        guard !isReplied, plan.participants.isPrimary(member),
            answers.contains(where: { $0.member == member })
        else { return }
        if holdsTold(record) {
            awaited?.holders.append(member)
        } else {
            repairAwaited(member, into: &actions)
        }
    }

    /// Whether a record has all that will be told.
    private func holdsTold(_ encoded: Bytes?) -> Bool {
        guard let told else { return true }
        guard let encoded else { return false }
        guard !encoded.isSame(as: told.encoded) else { return true }
        guard let record = try? Record(decoding: encoded) else { return false }
        var joined = record
        joined.merge(told.record)
        return joined == record
    }

    private mutating func replyIfRepaired(into actions: inout [Action]) {
        guard let awaited else { return }
        let holders = awaited.holders.count
        let open = plan.participants.primaries.count { isOutstanding($0) }
        if holders >= plan.holdersRequired {
            reply(.success(awaited.result), into: &actions)
        } else if holders + awaited.outstanding.count + open < plan.holdersRequired {
            replyTimedOut(answered: holders, into: &actions)
        }
    }

    private mutating func replyTimedOut(answered: Int, into actions: inout [Action]) {
        let failure = RequestFailure.timedOut(
            required: plan.answersRequired, answered: answered)
        reply(.failure(failure), into: &actions)
    }

    // MARK: The end

    private mutating func conclude(into actions: inout [Action]) {
        if !isReplied {
            replyTimedOut(
                answered: awaited?.holders.count ?? answers.count, into: &actions)
        }
        repair(into: &actions)
        if hasTold { actions.append(.judge(freshness)) }
        finish(into: &actions)
    }

    /// How fresh the reply was, as far as the answers tell.
    private var freshness: ReadFreshness {
        guard answers.count == asked.count else { return .unknown }
        guard let merged, told?.encoded.isSame(as: merged.encoded) != true else { return .fresh }
        let missed = merged.record.oldestMissed(
            by: told?.record ?? Record(), writtenBefore: plan.begin, under: plan.conflict)
        return missed.map { .stale(oldestMissed: $0) } ?? .fresh
    }

    private func repair(into actions: inout [Action]) {
        let (primaries, isPrimary) = (plan.participants.primaries, plan.participants.isPrimary)
        if plan.repair != .off, let merged {
            let repair = Repair(
                record: merged.encoded, isComplete: false, isAwaited: false, readAt: readAt)
            for answer in answers where !isMerged(answer.record) {
                guard isPrimary(answer.member), !hasRepaired(answer.member) else { continue }
                actions.append(.repair(answer.member, repair))
            }
        }
        let damaged = unreadable.filter(isPrimary)
        let answered = answers.count { isPrimary($0.member) }
        guard damaged.count == 1, answered + 1 == primaries.count else { return }
        // Where no other replica knows the key, an empty record says so.
        let record = merged?.encoded ?? Record().encoded()[...]
        let repair = Repair(
            record: record, isComplete: true, isAwaited: false, readAt: readAt)
        actions.append(.repair(damaged[0], repair))
    }

    /// Whether a member was sent all that is known by now, and has confirmed it or still may.
    private func hasRepaired(_ member: MemberIndex) -> Bool {
        guard let awaited,
            awaited.holders.contains(member) || awaited.outstanding.contains(member)
        else { return false }
        return awaited.sent.contains { $0.member == member && isMerged($0.record) }
    }

    private mutating func reply(
        _ result: Result<GetResult, RequestFailure>, into actions: inout [Action]
    ) {
        isReplied = true
        if case .success = result { hasTold = true }
        actions.append(.reply(result))
    }

    private mutating func finish(into actions: inout [Action]) {
        isFinished = true
        actions.append(.finish)
    }
}

extension GetCoordinator.Plan {
    /// How many primaries must hold what a blocking read tells; 0 where repair does not block.
    ///
    /// So many that any later read of r replicas meets one of them, and any later blocking read
    /// of whatever r: it hears more than half of the primaries.
    var holdersRequired: Int {
        guard repair == .blocking else { return 0 }
        let count = participants.primaries.count
        guard !repairsAll else { return count }
        return max(count - required.quorum + 1, (count + 1) / 2)
    }

    /// How many must answer, so that as many can hold what is told.
    var answersRequired: Int { max(required.count, holdersRequired) }

    var canBeMet: Bool {
        isMet(by: participants.count, primaries: participants.reachable.count)
    }

    /// Where repair blocks only primaries count: what a fallback lacks would take a read back.
    func isMet(by count: Int, primaries: Int) -> Bool {
        guard repair == .blocking else {
            return required.isMet(by: count, primaries: primaries)
        }
        return primaries >= answersRequired
    }

    /// How many of some members count towards what is required.
    func counted(of count: Int, primaries: Int) -> Int {
        repair == .blocking ? primaries : count
    }
}
