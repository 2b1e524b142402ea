import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@Suite struct PutCoordinatorTests {
    static let members = [MemberIndex(0), MemberIndex(1), MemberIndex(2)]
    static let (fallback, spare) = (MemberIndex(3), MemberIndex(4))

    /// A write at the first of three primaries.
    static func coordinator(_ required: Int) -> PutCoordinator {
        PutCoordinator(
            local: members[0],
            participants: Participants(primaries: members, reachable: members),
            required: Required(quorum: required))
    }

    /// The third primary cannot be reached: a fallback takes its place, another is spare.
    static func sloppy(
        at local: MemberIndex = members[0], _ required: Int, primaries: Int = 0
    ) -> PutCoordinator {
        PutCoordinator(
            local: local,
            participants: Participants(
                primaries: members, reachable: Array(members.prefix(2)),
                substitutes: [Participants.Substitute(fallback: fallback, primary: members[2])],
                spares: [spare]),
            required: Required(quorum: required, primaries: primaries))
    }

    /// The receipt of a real write.
    static func receipt() throws -> PutReceipt {
        let key = try #require(Key(bucket: "b".utf8, key: "k".utf8))
        var keeper = RecordKeeper(minter: DotMinter(node: NodeID(1), run: 7))
        let version = Version(content: .value([1]), timestamp: HybridTimestamp(1))
        let command = PutCommand(
            key: key, version: version, basis: .seen(VersionVector()), conflict: .siblings)
        guard case .write(_, .put(let receipt)) = keeper.put(command, found: .absent) else {
            throw MalformedBytes("receipt")
        }
        return receipt
    }

    static func inputs() throws -> [PutCoordinator.Input] {
        let receipt = try receipt()
        return [
            .applied(receipt), .local(.put(receipt)), .local(.failed(.full)),
            .stored(members[1]), .stored(members[2]), .failed(members[1]),
            .failed(members[2]), .stored(fallback), .failed(fallback), .stored(spare), .deadline,
            .tooOld(members[1]), .reread(receipt.record, at: HybridTimestamp(9)),
        ]
    }

    /// What was seen of one write so far.
    struct Judge {
        var replies = 0
        var finishes = 0
        var durable: Set<MemberIndex> = []
        var sent: [MemberIndex] = []
        var hinted: [MemberIndex] = []
        var wrong: [String] = []

        mutating func take(
            _ input: PutCoordinator.Input, _ actions: [PutCoordinator.Action], required: Int
        ) {
            if case .stored(let member) = input { durable.insert(member) }
            if case .local(.put) = input { durable.insert(members[0]) }
            if case .tooOld(let member) = input { sent.removeAll { $0 == member } }
            for action in actions {
                switch action {
                case .replicate(let member, _, _): sent.append(member)
                case .keepHint(let primaries, _): hinted += primaries
                case .reply(.success(let result)):
                    replies += 1
                    if durable.count < required { wrong.append("acknowledged too early") }
                    if Set(result.replicas).count < required { wrong.append("not distinct") }
                case .reply(.failure(.unavailable)):
                    replies += 1
                    wrong.append("it cannot know that nothing was written")
                case .reply(.failure), .handOver: replies += 1
                case .finish: finishes += 1
                case .reread:
                    if !durable.contains(members[0]) { wrong.append("read before it is durable") }
                }
            }
        }
    }

    @Test("in every order of events a write is acknowledged once, and only by w durable replicas")
    func exhaustive() throws {
        let inputs = try Self.inputs()
        var histories = 0
        func explore(
            _ coordinator: PutCoordinator, _ judge: Judge, required: Int, depth: Int
        ) {
            #expect(judge.replies <= 1 && judge.finishes <= 1 && judge.wrong.isEmpty)
            #expect(Set(judge.sent).count == judge.sent.count, "sent twice")
            #expect(Set(judge.hinted).count == judge.hinted.count, "hinted twice")
            if judge.finishes == 1 { #expect(judge.replies == 1) }
            histories += 1
            guard depth > 0 else { return }
            for input in inputs {
                var next = coordinator
                var actions: [PutCoordinator.Action] = []
                next.handle(input, into: &actions)
                var judged = judge
                judged.take(input, actions, required: required)
                explore(next, judged, required: required, depth: depth - 1)
            }
        }
        for required in 1...3 {
            explore(Self.coordinator(required), Judge(), required: required, depth: 5)
            explore(Self.sloppy(required), Judge(), required: required, depth: 4)
        }
        print("histories of writes: \(histories)")
    }

    static func run(
        _ required: Int, _ inputs: [PutCoordinator.Input]
    ) -> [PutCoordinator.Action] {
        run(coordinator(required), inputs)
    }

    static func run(
        _ coordinator: PutCoordinator, _ inputs: [PutCoordinator.Input]
    ) -> [PutCoordinator.Action] {
        var coordinator = coordinator
        var actions: [PutCoordinator.Action] = []
        for input in inputs { coordinator.handle(input, into: &actions) }
        return actions
    }

    @Test("a member that refuses the record for its age gets it anew once it is durable here")
    func tooOld() throws {
        let receipt = try Self.receipt()
        var coordinator = Self.coordinator(3)
        coordinator.readAt = HybridTimestamp(1)
        func members(_ inputs: [PutCoordinator.Input]) -> [MemberIndex] {
            var actions: [PutCoordinator.Action] = []
            for input in inputs { coordinator.handle(input, into: &actions) }
            return actions.compactMap {
                if case .replicate(let member, _, _) = $0 { member } else { nil }
            }
        }
        _ = members([.applied(receipt)])
        #expect(members([.tooOld(Self.members[1]), .tooOld(Self.members[1])]).isEmpty)
        let record = receipt.record
        #expect(members([.reread(record, at: HybridTimestamp(5))]).isEmpty, "nobody asked")
        #expect(members([.local(.put(receipt))]).isEmpty)
        #expect(members([.reread(record, at: HybridTimestamp(9))]) == [Self.members[1]])
        #expect(coordinator.readAt == HybridTimestamp(9))
    }

    @Test("a record that lacks the write is not sent in its place, nor read again without end")
    func tooOldForGood() throws {
        let receipt = try Self.receipt()
        let other = Self.members[1]
        let begun: [PutCoordinator.Input] = [.local(.put(receipt)), .tooOld(other)]
        let lacking = Self.run(2, begun + [.reread(Record().encoded()[...], at: .init(9))])
        #expect(lacking.contains { if case .keepHint([other], _) = $0 { true } else { false } })
        let again: [PutCoordinator.Input] = [.reread(receipt.record, at: .init(9)), .tooOld(other)]
        let endless = Self.run(2, begun + again + again + again + again)
        let rereads = endless.count { if case .reread = $0 { true } else { false } }
        #expect(rereads == PutCoordinator.rereadsMax)
        #expect(endless.contains { if case .keepHint([other], _) = $0 { true } else { false } })
    }

    @Test("once too few replicas are left the client hears at once that the outcome is unknown")
    func failsFast() throws {
        let receipt = try Self.receipt()
        let actions = Self.run(
            2,
            [
                .applied(receipt), .failed(Self.members[1]), .failed(Self.members[2]),
            ])
        let replies = actions.filter { if case .reply = $0 { true } else { false } }
        guard case .reply(.failure(.timedOut(required: 2, answered: 0)))? = replies.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(replies.count == 1)
    }

    @Test("w replicas suffice even where the local commit failed after the record was sent")
    func localCommitFails() throws {
        let receipt = try Self.receipt()
        let actions = Self.run(
            2,
            [
                .applied(receipt), .local(.failed(.full)), .stored(Self.members[1]),
                .stored(Self.members[2]),
            ])
        let isDone = actions.contains {
            if case .reply(.success) = $0 { true } else { false }
        }
        #expect(isDone)
    }

    @Test("a store that wrote nothing hands the write over to another replica")
    func handsOver() {
        for (reply, unreadable) in [
            (ReplicaReply.failed(.full), false), (.unreadable, true),
        ] {
            let actions = Self.run(2, [.local(reply)])
            guard case .handOver(_, let isUnreadable)? = actions.first else {
                Issue.record("\(actions)")
                return
            }
            #expect(isUnreadable == unreadable && actions.count == 2)
        }
    }

    // MARK: Fallbacks

    static func isDone(_ actions: [PutCoordinator.Action]) -> Bool {
        actions.contains { if case .reply(.success) = $0 { true } else { false } }
    }

    static func hints(_ actions: [PutCoordinator.Action]) -> [MemberIndex: MemberIndex?] {
        var hints: [MemberIndex: MemberIndex?] = [:]
        for case .replicate(let member, _, let primary) in actions { hints[member] = primary }
        return hints
    }

    @Test("a fallback's durable hint counts for w and not for pw")
    func fallbackConfirms() throws {
        let receipt = try Self.receipt()
        let inputs: [PutCoordinator.Input] = [.local(.put(receipt)), .stored(Self.fallback)]
        let actions = Self.run(Self.sloppy(2), inputs)
        #expect(Self.isDone(actions))
        #expect(Self.hints(actions) == [Self.members[1]: nil, Self.fallback: Self.members[2]])
        #expect(!Self.isDone(Self.run(Self.sloppy(2, primaries: 2), inputs)))
    }

    @Test("the next fallback gets a hint for a primary that fails on the way")
    func spareConfirms() throws {
        let receipt = try Self.receipt()
        let actions = Self.run(
            Self.sloppy(3),
            [
                .failed(Self.members[1]), .local(.put(receipt)), .stored(Self.fallback),
                .stored(Self.spare),
            ])
        #expect(Self.isDone(actions))
        #expect(Self.hints(actions)[Self.spare] == Self.members[1])
    }

    @Test("a primary coordinator keeps hints for whom nobody confirmed")
    func keepsHints() throws {
        let receipt = try Self.receipt()
        let actions = Self.run(2, [.local(.put(receipt)), .stored(Self.members[1]), .deadline])
        let kept = actions.compactMap { action -> [MemberIndex]? in
            if case .keepHint(let primaries, _) = action { primaries } else { nil }
        }
        #expect(kept == [[Self.members[2]]])
    }

    @Test("a fallback that coordinates keeps no second hint")
    func fallbackCoordinates() throws {
        let receipt = try Self.receipt()
        let participants = Participants(
            primaries: Self.members, reachable: [],
            substitutes: [
                Participants.Substitute(fallback: Self.fallback, primary: Self.members[0]),
                Participants.Substitute(fallback: Self.spare, primary: Self.members[1]),
            ], uncovered: [Self.members[2]])
        let coordinator = PutCoordinator(
            local: Self.fallback, participants: participants, required: Required(quorum: 2))
        let actions = Self.run(coordinator, [.local(.put(receipt)), .failed(Self.spare)])
        #expect(Self.hints(actions) == [Self.spare: Self.members[1]])
        #expect(!actions.contains { if case .keepHint = $0 { true } else { false } })
    }

    @Test
    func `A member that does not count needs no hint, and a fallback only where others are few`()
        throws
    {
        let receipt = try Self.receipt()
        for (required, expected) in [(2, false), (3, true)] {
            var coordinator = PutCoordinator(
                local: Self.members[0],
                participants: Participants(
                    primaries: Self.members, reachable: Self.members, spares: [Self.fallback]),
                required: Required(quorum: required))
            var actions: [PutCoordinator.Action] = []
            coordinator.handle(.applied(receipt), into: &actions)
            coordinator.handle(.storedUncounted(Self.members[2]), into: &actions)
            coordinator.handle(.local(.put(receipt)), into: &actions)
            let isFallbackAsked = actions.contains { action in
                guard case .replicate(Self.fallback, _, let target) = action else { return false }
                return target == Self.members[2]
            }
            #expect(isFallbackAsked == expected)
            coordinator.handle(.stored(Self.members[1]), into: &actions)
            coordinator.handle(.stored(Self.fallback), into: &actions)
            var replicas: [MemberIndex] = []
            for action in actions {
                if case .reply(.success(let result)) = action { replicas = result.replicas }
                if case .keepHint = action { Issue.record("a hint is kept for who has the record") }
            }
            #expect(replicas == Self.members.prefix(2) + (expected ? [Self.fallback] : []))
        }
    }
}
