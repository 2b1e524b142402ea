import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@Suite struct GetCoordinatorTests {
    static let members = [MemberIndex(0), MemberIndex(1), MemberIndex(2)]
    static let at = HybridTimestamp(5)

    static func record(_ counter: UInt64) -> Bytes {
        var record = Record()
        let actor = Actor(node: NodeID(1), epoch: 1)
        for number in 1...counter {
            let version = Version(
                content: .value([UInt8(number)]), timestamp: HybridTimestamp(number))
            record.put(
                version, seen: record.context, dot: Dot(actor: actor, counter: number))
        }
        return record.encoded()[...]
    }

    static func plan(
        _ required: Int, reachable: Int = 3, repair: ReadRepairMode = .async
    ) -> GetCoordinator.Plan {
        GetCoordinator.Plan(
            participants: Participants(
                primaries: members, reachable: Array(members.prefix(reachable))),
            required: Required(quorum: required), conflict: .siblings, repair: repair)
    }

    /// What a member can do; the last two are not answers.
    static let inputs: [GetCoordinator.Input] =
        members.flatMap { member -> [GetCoordinator.Input] in
            [
                .answered(member, record(2), readAt: Self.at),
                .answered(member, nil, readAt: Self.at), .unreadable(member),
                .failed(member),
            ]
        } + [.deadline]

    /// What was seen of one read so far.
    struct Judge {
        var replies = 0
        var finishes = 0
        var judgements = 0
        var hasTold = false
        var answered: Set<MemberIndex> = []
        var wrong: [String] = []

        mutating func take(
            _ input: GetCoordinator.Input, _ actions: [GetCoordinator.Action], required: Int
        ) {
            if case .answered(let member, _, _) = input, finishes == 0 { answered.insert(member) }
            for action in actions {
                switch action {
                case .reply(.success(let result)):
                    replies += 1
                    hasTold = true
                    if answered.count < required { wrong.append("answered too early") }
                    if result.answers < required { wrong.append("too few answers") }
                case .reply(.failure): replies += 1
                case .finish: finishes += 1
                case .judge: judgements += 1
                case .fetch, .repair: break
                }
            }
        }
    }

    @Test("in every order of answers, failures and duplicates there is one reply and one end")
    func exhaustive() {
        var histories = 0
        func explore(
            _ coordinator: GetCoordinator, _ judge: Judge, required: Int, depth: Int
        ) {
            #expect(judge.replies <= 1 && judge.finishes <= 1 && judge.wrong.isEmpty)
            if judge.finishes == 1 { #expect(judge.replies == 1) }
            #expect(judge.judgements == (judge.finishes == 1 && judge.hasTold ? 1 : 0))
            histories += 1
            guard depth > 0 else { return }
            for input in Self.inputs {
                var next = coordinator
                var actions: [GetCoordinator.Action] = []
                next.handle(input, into: &actions)
                if judge.finishes == 1 { #expect(actions.isEmpty) }
                var judged = judge
                judged.take(input, actions, required: required)
                explore(next, judged, required: required, depth: depth - 1)
            }
        }
        for required in 1...3 {
            var coordinator = GetCoordinator(Self.plan(required))
            var actions: [GetCoordinator.Action] = []
            coordinator.start(into: &actions)
            #expect(actions.count == 3)
            explore(coordinator, Judge(), required: required, depth: 4)
        }
        print("histories of reads: \(histories)")
    }

    /// Runs a read with the given inputs; everything that it wanted done.
    static func run(
        _ plan: GetCoordinator.Plan, _ inputs: [GetCoordinator.Input]
    ) -> [GetCoordinator.Action] {
        var coordinator = GetCoordinator(plan)
        var actions: [GetCoordinator.Action] = []
        coordinator.start(into: &actions)
        for input in inputs { coordinator.handle(input, into: &actions) }
        return actions
    }

    static func repairs(_ actions: [GetCoordinator.Action]) -> [MemberIndex: Bool] {
        var repaired: [MemberIndex: Bool] = [:]
        for case .repair(let member, let repair) in actions {
            repaired[member] = repair.isComplete
        }
        return repaired
    }

    @Test("too few reachable replicas are refused at once, none being asked")
    func unavailable() {
        let actions = Self.run(Self.plan(2, reachable: 1), [])
        guard
            case .reply(.failure(.unavailable(required: 2, reachable: 1, because: ""))) = actions
                .first
        else {
            Issue.record("\(actions)")
            return
        }
        #expect(actions.count == 2)
    }

    @Test("replicas that knew less get the merged record, those that knew all get nothing")
    func readRepair() {
        let actions = Self.run(
            Self.plan(2),
            [
                .answered(Self.members[0], Self.record(1), readAt: Self.at),
                .answered(Self.members[1], nil, readAt: HybridTimestamp(2)),
                .answered(Self.members[2], Self.record(3), readAt: Self.at),
            ])
        #expect(Self.repairs(actions) == [Self.members[0]: false, Self.members[1]: false])
        guard case .repair(_, let repair)? = actions.first(where: Self.isRepair) else { return }
        #expect(repair.record == Self.record(3))
        #expect(repair.readAt == HybridTimestamp(2), "as old as the oldest answer, an absence too")
    }

    static func isRepair(_ action: GetCoordinator.Action) -> Bool {
        if case .repair = action { return true }
        return false
    }

    @Test("an unreadable record is replaced only where all other replicas answered")
    func unreadable() {
        let (a, b, c) = (Self.members[0], Self.members[1], Self.members[2])
        let all = Self.run(
            Self.plan(1),
            [
                .unreadable(a), .answered(b, Self.record(1), readAt: Self.at),
                .answered(c, Self.record(1), readAt: Self.at),
            ])
        #expect(Self.repairs(all) == [a: true])
        let some = Self.run(
            Self.plan(1),
            [.unreadable(a), .answered(b, Self.record(1), readAt: Self.at), .failed(c)])
        #expect(Self.repairs(some) == [:])
        let absent = Self.run(
            Self.plan(1),
            [
                .unreadable(a), .answered(b, nil, readAt: Self.at),
                .answered(c, nil, readAt: Self.at),
            ])
        #expect(Self.repairs(absent) == [a: true])
        let two = Self.run(
            Self.plan(1),
            [.unreadable(a), .unreadable(b), .answered(c, Self.record(1), readAt: Self.at)])
        #expect(Self.repairs(two) == [:])
    }

    // MARK: Fallbacks

    static let fallback = MemberIndex(3)
    static let spare = MemberIndex(4)

    /// The third primary cannot be reached; a fallback is asked in its place, another is spare.
    static func sloppy(_ required: Int, primaries: Int = 0) -> GetCoordinator.Plan {
        let participants = Participants(
            primaries: members, reachable: Array(members.prefix(2)),
            substitutes: [Participants.Substitute(fallback: fallback, primary: members[2])],
            spares: [spare])
        return GetCoordinator.Plan(
            participants: participants,
            required: Required(quorum: required, primaries: primaries), conflict: .siblings,
            repair: .async)
    }

    static func isDone(_ actions: [GetCoordinator.Action]) -> Bool {
        actions.contains { if case .reply(.success) = $0 { true } else { false } }
    }

    @Test("a fallback's hint answers for r and not for pr, and is never repaired")
    func fallbackAnswers() {
        let (a, b) = (Self.members[0], Self.members[1])
        let inputs: [GetCoordinator.Input] = [
            .answered(Self.fallback, Self.record(1), readAt: Self.at),
            .answered(a, Self.record(3), readAt: Self.at),
        ]
        #expect(Self.isDone(Self.run(Self.sloppy(2), inputs)))
        #expect(!Self.isDone(Self.run(Self.sloppy(2, primaries: 2), inputs)))
        let actions = Self.run(Self.sloppy(2), inputs + [.answered(b, nil, readAt: Self.at)])
        #expect(Self.repairs(actions) == [b: false])
        let hints = actions.compactMap { action -> MemberIndex? in
            if case .fetch(let member, isHint: true) = action { member } else { nil }
        }
        #expect(hints == [Self.fallback])
    }

    @Test("the next fallback takes the place of a member that cannot answer")
    func spareAnswers() {
        let actions = Self.run(
            Self.sloppy(3),
            [
                .answered(Self.members[0], nil, readAt: Self.at), .failed(Self.members[1]),
                .answered(Self.fallback, nil, readAt: Self.at),
                .answered(Self.spare, Self.record(1), readAt: Self.at),
            ])
        #expect(Self.isDone(actions))
    }

    // MARK: Blocking repair

    @Test("a blocking read answers only once every later read must meet what it tells")
    func blocking() {
        let (a, b, c) = (Self.members[0], Self.members[1], Self.members[2])
        let stale: [GetCoordinator.Input] = [
            .answered(a, Self.record(1), readAt: Self.at), .answered(b, nil, readAt: Self.at),
        ]
        let plan = Self.plan(2, repair: .blocking)
        #expect(!Self.isDone(Self.run(plan, stale)))
        #expect(Self.isDone(Self.run(plan, stale + [.repaired(b)])))
        #expect(!Self.isDone(Self.run(plan, stale + [.failed(b), .deadline])))
        let agreed: [GetCoordinator.Input] = [
            .answered(a, Self.record(1), readAt: Self.at),
            .answered(b, Self.record(1), readAt: Self.at),
        ]
        #expect(Self.isDone(Self.run(plan, agreed)))
        // Another one that has it stands in for one that cannot be repaired; one that does not is
        // repaired.
        let another = Self.run(
            plan, stale + [.answered(c, Self.record(1), readAt: Self.at), .failed(b)])
        #expect(Self.isDone(another))
        let other = stale + [.failed(b), .answered(c, nil, readAt: Self.at)]
        #expect(!Self.isDone(Self.run(plan, other)))
        #expect(Self.isDone(Self.run(plan, other + [.repaired(c)])))
        // A later read with another r hears two of three: one is not enough with r = 3 either.
        let all = stale + [.answered(c, nil, readAt: Self.at)]
        let three = Self.plan(3, repair: .blocking)
        #expect(!Self.isDone(Self.run(three, all)))
        #expect(Self.isDone(Self.run(three, all + [.repaired(c)])))
        // With r = 1 all three must have it.
        let one = Self.plan(1, repair: .blocking)
        #expect(!Self.isDone(Self.run(one, agreed)))
        #expect(
            Self.isDone(Self.run(one, agreed + [.answered(c, nil, readAt: Self.at), .repaired(c)])))
        let few = Self.run(Self.plan(1, reachable: 2, repair: .blocking), [])
        guard case .reply(.failure(.unavailable(3, 2, ""))) = few.first else {
            Issue.record("\(few)")
            return
        }
        // A fallback cannot hold it for a primary.
        let sloppy = GetCoordinator.Plan(
            participants: Participants(
                primaries: Self.members, reachable: [a, b],
                substitutes: [Participants.Substitute(fallback: Self.fallback, primary: c)]),
            required: Required(quorum: 1), conflict: .siblings, repair: .blocking)
        guard case .reply(.failure(.unavailable(3, 2, ""))) = Self.run(sloppy, []).first else {
            Issue.record("a fallback passes for a primary")
            return
        }
    }

    @Test
    func `A member that does not count is no answer, and a fallback is asked only where needed`() {
        let fallback = MemberIndex(3)
        for required in 1...3 {
            var coordinator = GetCoordinator(
                GetCoordinator.Plan(
                    participants: Participants(
                        primaries: Self.members, reachable: Self.members, spares: [fallback]),
                    required: Required(quorum: required), conflict: .siblings, repair: .async))
            var actions: [GetCoordinator.Action] = []
            coordinator.start(into: &actions)
            coordinator.handle(.refilling(Self.members[0]), into: &actions)
            let isFallbackAsked = actions.contains { action in
                if case .fetch(fallback, isHint: true) = action { return true }
                return false
            }
            #expect(isFallbackAsked == (required == 3))
            for member in Self.members.dropFirst() {
                let isReplied = actions.contains { if case .reply = $0 { true } else { false } }
                #expect(isReplied == (required == 1 && member == Self.members[2]))
                coordinator.handle(.answered(member, nil, readAt: Self.at), into: &actions)
            }
        }
    }

    @Test func `Fallbacks cover primaries that are being refilled only as far as a quorum lacks`()
        throws
    {
        let members = (0..<5).map { index in
            Member(name: "n\(index)", zone: "z\(index)", client: "c", peer: "p", http: "h")
        }
        let placement = try Placement(initial: members, partitions: 16)
        let list = placement.preferenceList(for: Partition(0), n: 3)
        let (primaries, fallbacks) = (Array(list.primaries), Array(list.fallbacks))
        let participants = Participants(
            of: list, isSloppy: true, isReachable: { _ in true }, isReplaceable: { _ in true },
            isCounted: { $0 != primaries[1] && $0 != fallbacks[0] })
        #expect(participants.reachable == [primaries[0], primaries[2]])
        #expect(participants.refilling == [primaries[1]])
        #expect(participants.covering(upTo: 2).substitutes.isEmpty)
        let substitute = Participants.Substitute(fallback: fallbacks[1], primary: primaries[1])
        #expect(participants.covering(upTo: 3).substitutes == [substitute])
        #expect(participants.asking(primaries[1]).reachable.contains(primaries[1]))
        #expect(participants.without(primaries[1]).refilling.isEmpty)
    }
}
