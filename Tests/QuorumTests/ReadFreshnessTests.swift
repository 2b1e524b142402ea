import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@Suite struct ReadFreshnessTests {
    typealias Input = GetCoordinator.Input

    /// A version of a key, by its number, timestamp and operation id; it saw what the record knows.
    static func put(
        _ number: UInt64, at timestamp: UInt64, operation: Bytes = [], by node: UInt64 = 1,
        into record: Record = Record()
    ) -> Record {
        var record = record
        let version = Version(
            content: .value([UInt8(number)]), timestamp: HybridTimestamp(timestamp),
            operation: operation)
        let dot = Dot(actor: Actor(node: NodeID(node), epoch: 1), counter: number)
        record.put(version, seen: record.context, dot: dot)
        return record
    }

    /// What a read with r = 1 that began at time 10 says of its freshness.
    static func judge(
        _ records: [Record?], required: Int = 1, conflict: ConflictResolution = .siblings
    ) -> [ReadFreshness] {
        let members = GetCoordinatorTests.members
        let inputs = zip(members, records).map { member, record in
            Input.answered(member, record.map { $0.encoded()[...] }, readAt: HybridTimestamp(9))
        }
        return judge(inputs, required: required, conflict: conflict)
    }

    static func judge(
        _ inputs: [Input], required: Int = 1, conflict: ConflictResolution = .siblings
    ) -> [ReadFreshness] {
        let members = GetCoordinatorTests.members
        var plan = GetCoordinator.Plan(
            participants: Participants(primaries: members, reachable: members),
            required: Required(quorum: required), conflict: conflict, repair: .async)
        plan.begin = HybridTimestamp(10)
        return GetCoordinatorTests.run(plan, inputs).compactMap { action in
            if case .judge(let freshness) = action { freshness } else { nil }
        }
    }

    @Test("a reply that lacks what was written before the read is stale, since the oldest of it")
    func stale() {
        let old = Self.put(1, at: 4)
        let new = Self.put(2, at: 6, into: old)
        #expect(Self.judge([old, new, new]) == [.stale(oldestMissed: HybridTimestamp(6))])
        #expect(Self.judge([nil, new, old]) == [.stale(oldestMissed: HybridTimestamp(6))])
        var both = old
        both.merge(Self.put(1, at: 5, by: 2))
        #expect(Self.judge([nil, both, both]) == [.stale(oldestMissed: HybridTimestamp(4))])
        #expect(Self.judge([old, nil, new], required: 2).first != .fresh)
    }

    @Test("a reply that knows all, or lacks only what was written since, is fresh")
    func fresh() {
        let old = Self.put(1, at: 4)
        let new = Self.put(2, at: 6, into: old)
        let late = Self.put(2, at: 10, into: old)
        #expect(Self.judge([new, old, nil]) == [.fresh])
        #expect(Self.judge([nil, nil, nil]) == [.fresh])
        #expect(Self.judge([old, new, new], required: 3) == [.fresh])
        #expect(Self.judge([old, late, late]) == [.fresh])
    }

    @Test("a twin of the same operation is no news, nor a hidden version where the last write wins")
    func twins() {
        let first = Self.put(1, at: 4, operation: [7])
        let twin = Self.put(1, at: 5, operation: [7], by: 2)
        #expect(Self.judge([first, twin, twin]) == [.fresh])
        let newest = Self.put(1, at: 8)
        let hidden = Self.put(1, at: 3, by: 2)
        #expect(Self.judge([newest, hidden, hidden], conflict: .lastWriteWins) == [.fresh])
        #expect(
            Self.judge([newest, hidden, hidden]) == [.stale(oldestMissed: HybridTimestamp(3))])
    }

    @Test("where not all answered nobody knows, and a read that told nothing is not judged")
    func unknown() {
        let record = Self.put(1, at: 4).encoded()[...]
        let (a, b, c) = (
            GetCoordinatorTests.members[0], GetCoordinatorTests.members[1],
            GetCoordinatorTests.members[2]
        )
        let first = Input.answered(a, record, readAt: HybridTimestamp(9))
        let second = Input.answered(b, nil, readAt: HybridTimestamp(9))
        #expect(Self.judge([first, second, .failed(c)]) == [.unknown])
        #expect(Self.judge([first, second, .unreadable(c)]) == [.unknown])
        #expect(Self.judge([first, second, .deadline]) == [.unknown])
        #expect(Self.judge([first, second]) == [])
        #expect(Self.judge([first, .failed(b), .failed(c)], required: 2) == [])
    }
}
