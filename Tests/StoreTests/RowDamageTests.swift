import Causality
import Primitives
import Replica
import Testing

@testable import Store

/// Flipped bytes in rows.
@Suite struct RowDamageTests {
    private let scratch: Scratch
    private let store: SQLiteStore
    private let write: Statement
    private let read: Statement

    init() throws {
        scratch = try Scratch()
        store = try scratch.open()
        write = try store.connection.prepare("REPLACE INTO records (hash, row) VALUES (?1, ?2)")
        read = try store.connection.prepare("SELECT row FROM records WHERE hash = ?1")
    }

    private func overwrite(_ key: Key, _ row: [UInt8]) throws {
        write.bind(1, key.rowid)
        try write.run(last: 2, row)
    }

    /// Sizes of values with the number of bytes to flip; all of them where the row is small.
    @Test(arguments: zip([0, 1, 300, 5_000, 1 << 20], [10_000, 10_000, 10_000, 400, 60]))
    func `A flipped byte anywhere in a row makes its key unreadable`(size: Int, samples: Int)
        throws
    {
        let (damaged, other) = (try key("damaged"), try key("other"))
        store.run(put(damaged, bytes(size, seed: 1)), put(other, [7]))
        let row = try #require(try read.bytes(for: damaged.rowid))
        var random = RandomStream(seed: UInt64(size))
        let positions =
            row.count <= samples
            ? Array(row.indices) : (0..<samples).map { _ in Int(random.next() % UInt64(row.count)) }
        for position in positions {
            var changed = row
            changed[position] ^= UInt8(truncatingIfNeeded: random.next() % 255 + 1)
            try overwrite(damaged, changed)
            #expect(store.run(.get(damaged))[0].isUnreadable, "byte \(position)")
            #expect(store.run(put(damaged, [1]))[0].isUnreadable, "byte \(position)")
            #expect(try store.values(other) == [[7]])
        }
        try overwrite(damaged, row)
        #expect(try store.values(damaged) == [bytes(size, seed: 1)])
    }

    @Test func `A row of any other length is unreadable`() throws {
        let key = try key("k")
        store.run(put(key, [1, 2, 3]))
        let row = try #require(try read.bytes(for: key.rowid))
        for length in 0..<row.count {
            try overwrite(key, Array(row.prefix(length)))
            #expect(store.run(.get(key))[0].isUnreadable, "\(length) bytes")
        }
        try overwrite(key, row + [0])
        #expect(store.run(.get(key))[0].isUnreadable)
    }

    @Test func `Only a complete record takes the place of an unreadable one, under a new epoch`()
        throws
    {
        let key = try key("k")
        let first = try #require(store.run(put(key, [1]))[0].receipt)
        let complete = try Record(decoding: first.record)
        var row = try #require(try read.bytes(for: key.rowid))
        row[row.count - 1] ^= 1
        try overwrite(key, row)
        #expect(store.run(merge(key, complete))[0].isUnreadable)
        #expect(store.run(.get(key))[0].isUnreadable)
        #expect(store.run(merge(key, complete, isComplete: true))[0].isDone)
        #expect(try store.values(key) == [[1]])
        let second = try #require(store.run(put(key, [2], overwriting: true))[0].receipt)
        #expect(second.newEpoch == .firstWrite)
        let (old, new) = (try first.dots[0], try second.dots[0])
        #expect(old.actor != new.actor)
        #expect(try store.currentCounts() == RecordCounts(records: 1, live: 1))
    }

    /// SQLite takes a damaged row number for another row, and a lookup for a miss.
    @Test(arguments: [100, 100_000], [Int64(1), 1 << 20, -(1 << 30), 1 << 61])
    func `A row whose number is damaged is unreadable, not absent`(size: Int, shift: Int64) throws {
        let keys = try (0..<30).map { try key("\($0)") }
        store.run(keys.map { put($0, bytes(size, seed: 1)) })
        let moved = keys[3]
        try store.connection.run(
            "UPDATE records SET hash = \(moved.rowid &+ shift) WHERE hash = \(moved.rowid)")
        for key in keys where key != moved {
            #expect(try store.values(key) == [bytes(size, seed: 1)])
        }
        // A row that left its gap altogether is only found from the gap that it is in now.
        let stranger = try #require(
            (0...).lazy.compactMap { try? key("new\($0)") }.first {
                isBeside($0.rowid, moved.rowid &+ shift, among: keys.filter { $0 != moved })
            })
        #expect(store.run(.get(stranger))[0].isUnreadable)
        #expect(store.run(put(stranger, [1]))[0].isUnreadable)
        guard abs(shift) < 1 << 40 else { return }
        #expect(store.run(.get(moved))[0].isUnreadable)
        #expect(store.run(merge(moved, foreignRecord([2]), isComplete: true))[0].isDone)
        #expect(try store.values(moved) == [[2]])
    }

    private func isBeside(_ one: Int64, _ other: Int64, among keys: [Key]) -> Bool {
        let bounds = min(one, other)...max(one, other)
        return !keys.contains { bounds.contains($0.rowid) }
    }
}
