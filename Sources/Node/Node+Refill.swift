import Membership
import Primitives
import Quorum
import Replica
import Ring
import Wire

/// Whether this node's data counts in quorums, and what it lacks until it does.
///
/// A database is created as one that does not count, in the same transaction: its name may have had
/// another one that is lost, and writes were acknowledged because that one had confirmed them. Were
/// the empty one to answer reads, a quorum could miss them. Every member durably remembers which
/// database it knows under a name, before it lets that one count; so if *none* of the others knew
/// another, there was none, and the node counts. If one did, the node first exchanges records with
/// *every* other owner of what it owns: only all of them together know what is lost.
///
/// What is written meanwhile it stores, and does not count for: quorums are met by the others, each
/// of which any later read quorum still meets. So what it must fetch is what the others held when
/// its data was created, and an exchange that began later brings that. A partner that is being
/// refilled itself gives what it has: nothing better exists, and no two nodes wait for each other.
struct Refill: Sendable {
    var state: RefillState
    /// For which n of buckets everything was compared with a member, by index.
    var exchanged: [[Int]?]
    /// Where to look for the next member to exchange with.
    var turn = 0
    /// Whether a try is due some time.
    var isWaiting = false
    /// Whether the end is being stored.
    var isEnding = false

    init(state: RefillState, members: Int) {
        self.state = state
        exchanged = Array(repeating: nil, count: members)
    }
}

/// What a member said about itself.
struct PeerState: Sendable {
    /// Whether it counts in quorums, as it said last.
    var isCounted = true
    /// The digest of its buckets' properties; nil where it said nothing yet.
    var bucketsDigest: UInt64?
    /// The databases that were known under its name before the present one.
    var past = PastIdentities()
}

// The refill of a node whose data was lost.
extension Node {
    /// Whether a member's data counts in quorums, as far as this node knows.
    ///
    /// Only a hint about others: what decides is their own word on each request.
    func isCounted(_ member: MemberIndex) -> Bool {
        member == local ? refill.state == .done : peers[Int(member.raw)].isCounted
    }

    /// A member said whether it counts, and which buckets it knows.
    mutating func takeState(
        of member: MemberIndex, isCounted: Bool, digest: UInt64, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let index = Int(member.raw)
        let isNews = peers[index].bucketsDigest != digest
        peers[index].isCounted = isCounted
        peers[index].bucketsDigest = digest
        if isCounted { forbidPast(of: member, &effects) }
        if isNews { continueRefill(now, &effects) }
    }

    /// A member's data counts: what had its name before must not come back.
    private mutating func forbidPast(of member: MemberIndex, _ effects: inout [Effect]) {
        let index = Int(member.raw)
        guard !peers[index].past.isEmpty, !peers[index].past.areReplaced,
            let start = starts[index], start == announced[index]
        else { return }
        peers[index].past.areReplaced = true
        remember(start, of: member, &effects)
    }

    mutating func beginRefill(_ now: Instant, _ effects: inout [Effect]) {
        if refill.state == .refilling { effects.append(.note(.refilling)) }
        countIfNothingIsMissing(now, &effects)
    }

    /// A member accepted this start and said whether it knew another database under this name.
    mutating func takeVerdict(
        isReplacement: Bool, of member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard refill.state == .new, !refill.isEnding else { return }
        guard isReplacement else { return countIfNothingIsMissing(now, &effects) }
        refill.state = .refilling
        effects.append(.store(.setRefill(.refilling), .refill(.refilling)))
        effects.append(.note(.refilling))
        continueRefill(now, &effects)
    }

    /// The members that have to answer, or to be compared with, before this node counts.
    var refillWaitsFor: [MemberIndex] {
        switch refill.state {
        case .done: return []
        case .new: return others.filter { !acceptances.contains($0) }
        case .refilling:
            let copies = buckets.copies
            return others.filter { member in
                let known = refill.exchanged[Int(member.raw)] ?? []
                return !copies.allSatisfy(known.contains) && !sharedSets(with: member).isEmpty
            }
        }
    }

    /// Counts once nothing is missing any more and that is durable.
    mutating func countIfNothingIsMissing(_ now: Instant, _ effects: inout [Effect]) {
        guard refill.state != .done, !refill.isEnding, drain == .serving, refillWaitsFor.isEmpty
        else { return }
        // The properties of buckets were lost too, and say which records are this node's.
        guard refill.state == .new || others.contains(where: { agreesOnBuckets($0) }) else {
            return
        }
        refill.isEnding = true
        effects.append(.store(.setRefill(.done), .refill(.done)))
    }

    /// The store remembers whether this node counts, or could not.
    mutating func takeRefill(
        _ state: RefillState, _ reply: ReplicaReply, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard state == .done else { return }
        refill.isEnding = false
        guard case .done = reply else { return }
        effects.append(.note(.counted(isRefilled: refill.state == .refilling)))
        refill.state = .done
        for member in others where detector.isConnected(member) {
            sendHeartbeat(to: member, now, &effects)
        }
    }

    // MARK: Exchanges

    /// Exchanges with the next member that is missing; it is not paced as the background is.
    mutating func continueRefill(_ now: Instant, _ effects: inout [Effect]) {
        guard refill.state == .refilling, exchange == nil, !repairRun.isRunning,
            drain == .serving
        else { return }
        let missing = refillWaitsFor
        for place in missing.indices {
            let partner = missing[(refill.turn + place) % missing.count]
            guard isReachable(partner), agreesOnBuckets(partner) else { continue }
            refill.turn += 1
            return beginExchange(with: partner, now, &effects)
        }
        countIfNothingIsMissing(now, &effects)
        retryRefill(now, &effects)
    }

    /// Whether a member knows the same buckets, so that both compare the same records.
    private func agreesOnBuckets(_ member: MemberIndex) -> Bool {
        peers[Int(member.raw)].bucketsDigest == buckets.digest
    }

    /// Notes what an exchange that is over has brought: only one that compared everything, and
    /// whose records were all taken in, counts.
    mutating func noteRefill(by open: OpenExchange, isComplete: Bool) {
        guard refill.state == .refilling, isComplete, open.lost == 0,
            agreesOnBuckets(open.partner)
        else { return }
        refill.exchanged[Int(open.partner.raw)] = open.copies
    }

    /// An exchange is over: the next one follows at once, or later where it failed.
    mutating func exchangeEnded(
        with partner: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard refill.state == .refilling else { return }
        let isDone = refill.exchanged[Int(partner.raw)].map { known in
            buckets.copies.allSatisfy(known.contains)
        }
        guard isDone == true else { return retryRefill(now, &effects) }
        continueRefill(now, &effects)
    }

    private mutating func retryRefill(_ now: Instant, _ effects: inout [Effect]) {
        guard refill.state == .refilling, !refill.isWaiting else { return }
        refill.isWaiting = true
        let delay = min(settings.exchange.periodNanoseconds, Node.refillRetryNanoseconds)
        deadlines.add(.refill, at: now.nanoseconds + delay)
    }

    /// How long after a failed exchange the next one begins.
    private static let refillRetryNanoseconds: UInt64 = 1_000_000_000

    // MARK: What clients are told

    /// A refusal with the members that could be reached and do not count.
    func explained(_ failure: RequestFailure, _ key: Key) -> RequestFailure {
        guard case .unavailable(let required, let reachable, "") = failure else { return failure }
        let list = preferenceList(key, buckets.properties(of: key.bucket))
        let uncounted = list.primaries.filter { isReachable($0) && !isCounted($0) }
        let reasons = uncounted.map { member in
            member == local && refill.state == .new
                ? "\(name(member)) is new and waits for \(names(refillWaitsFor)) to know it"
                : "\(name(member)) is being refilled and does not count"
        }
        return .unavailable(
            required: required, reachable: reachable, because: reasons.joined(separator: ", "))
    }

    private func names(_ members: [MemberIndex]) -> String {
        members.map { name($0) }.joined(separator: ", ")
    }
}

extension ReplicateOutcome {
    /// What it means to the put that sent the record.
    func ofPut(by member: MemberIndex) -> PutCoordinator.Input {
        switch self {
        case .stored: .stored(member)
        case .storedUncounted: .storedUncounted(member)
        case .tooOld: .tooOld(member)
        case .unreadable, .overloaded, .failed: .failed(member)
        }
    }
}
