import AntiEntropy
import Causality
import Primitives
import Replica
import Ring
import Testing

/// Nothing is removed before all owners agreed, all members are clear, and time has passed twice.
@Suite struct ReapBatchTests {
    private let members = (0..<5).map { MemberIndex(UInt16($0)) }

    private func record(_ name: String) throws -> DeadRecord {
        let key = try #require(Key(bucket: Bytes(text: "b"), key: Bytes(text: name)))
        return DeadRecord(key: key, digest: key.hash, copies: 3)
    }

    private func batch() throws -> ReapBatch {
        let records = [
            (record: try record("1"), owners: Array(members[0..<3])),
            (record: try record("2"), owners: Array(members[0..<3])),
            (record: try record("3"), owners: [members[0], members[3], members[4]]),
        ]
        return ReapBatch(records, members: members, lifetimeMilliseconds: 100)
    }

    private func time(_ milliseconds: UInt64) -> HybridTimestamp {
        HybridTimestamp(milliseconds: milliseconds)
    }

    @Test func `Owners are asked for their records, members for all, owners again`() throws {
        var batch = try batch()
        #expect(batch.waiting.map(\.places.count) == [3, 2, 2, 1, 1])
        for (member, time) in zip(members, [10, 50, 20, 30, 40] as [UInt64]) {
            let places = batch.waiting.first { $0.member == member }?.places ?? []
            let isLast = batch.take(
                places.indices.map { UInt32($0) }, from: member, at: self.time(time))
            #expect(isLast == (member == members[4]))
        }
        #expect(batch.step == .clear && batch.notBefore == time(150))
        #expect(batch.waiting.map(\.places) == Array(repeating: [0, 1, 2], count: 5))
        for member in members { _ = batch.take([0, 1, 2], from: member, at: time(200)) }
        #expect(batch.step == .remove && batch.notBefore == time(300))
        #expect(batch.waiting.map(\.places.count) == [3, 2, 2, 1, 1])
        for member in members { _ = batch.take([], from: member, at: time(400)) }
        #expect(batch.isDone)
    }

    @Test func `One no takes a record out, whoever says it`() throws {
        for doubter in 0..<3 {
            var batch = try batch()
            for (index, member) in members.enumerated() {
                let places: [UInt32] = index == doubter ? [1] : [0, 1, 2]
                _ = batch.take(places, from: member, at: time(1))
            }
            #expect(
                batch.records.map(\.record.key) == [try record("2").key]
                    + (doubter == 0 ? [] : [try record("3").key]))
        }
        var batch = try batch()
        for member in members { _ = batch.take([0, 1, 2], from: member, at: time(1)) }
        for member in members {
            _ = batch.take(member == members[4] ? [1] : [0, 1, 2], from: member, at: time(2))
        }
        #expect(batch.records.map(\.record.key) == [try record("2").key])
    }

    @Test func `Answers twice, to too much, and of strangers count for nothing`() throws {
        var batch = try batch()
        let answers: [(yes: [UInt32], member: MemberIndex)] = [
            ([0, 1, 2], members[1]), ([0, 1, 2], members[1]), ([0, 1], MemberIndex(9)),
            ([0, 0, 0, 7], members[2]), ([0, 1, 2], members[0]), ([0], members[3]),
        ]
        for answer in answers {
            let isLast = batch.take(answer.yes, from: answer.member, at: time(1))
            #expect(!isLast)
        }
        let isLast = batch.take([0], from: members[4], at: time(1))
        #expect(isLast)
        #expect(batch.records.map(\.record.key) == [try record("1").key, try record("3").key])
    }

    @Test func `A batch of which nothing is left is done`() throws {
        var batch = try batch()
        for member in members { _ = batch.take([], from: member, at: time(1)) }
        #expect(batch.isDone && batch.records.isEmpty)
    }
}
