import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@Suite struct PutCoordinatorTests {
    static let members = [MemberIndex(0), MemberIndex(1), MemberIndex(2)]

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
            .failed(members[2]), .deadline,
        ]
    }

    /// What was seen of one write so far.
    struct Judge {
        var replies = 0
        var finishes = 0
        var durable: Set<MemberIndex> = []
        var sent: [MemberIndex] = []
        var wrong: [String] = []

        mutating func take(
            _ input: PutCoordinator.Input, _ actions: [PutCoordinator.Action], required: Int
        ) {
            if case .stored(let member) = input { durable.insert(member) }
            if case .local(.put) = input { durable.insert(members[0]) }
            for action in actions {
                switch action {
                case .replicate(let member, _): sent.append(member)
                case .reply(.success(let result)):
                    replies += 1
                    if durable.count < required { wrong.append("acknowledged too early") }
                    if Set(result.replicas).count < required { wrong.append("not distinct") }
                case .reply(.failure(.unavailable)):
                    replies += 1
                    wrong.append("it cannot know that nothing was written")
                case .reply(.failure), .handOver: replies += 1
                case .finish: finishes += 1
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
            let others = Array(Self.members.dropFirst())
            let coordinator = PutCoordinator(
                local: Self.members[0], others: others, required: required)
            explore(coordinator, Judge(), required: required, depth: 5)
        }
        print("histories of writes: \(histories)")
    }

    static func run(
        _ required: Int, _ inputs: [PutCoordinator.Input]
    ) -> [PutCoordinator.Action] {
        var coordinator = PutCoordinator(
            local: members[0], others: Array(members.dropFirst()), required: required)
        var actions: [PutCoordinator.Action] = []
        for input in inputs { coordinator.handle(input, into: &actions) }
        return actions
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
}
