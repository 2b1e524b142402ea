import AntiEntropy
import Causality
import Primitives
import Replica
import Testing

@testable import Store

/// What becomes of trees where something of them, or of the records, is damaged or old.
@Suite struct TreeDamageTests {
    private let scratch: Scratch
    private let keys: [Key]

    init() throws {
        scratch = try Scratch()
        keys = try (0..<200).map { try key("\($0)") }
    }

    private func open(seed: UInt64, logMax: Int = 100) throws -> SQLiteStore {
        let state = try clusterState(partitions: 16)
        return try scratch.open(seed: seed) {
            $0.initialClusterState = state
            $0.treeLogMax = logMax
        }
    }

    /// A database whose trees were folded, with more in the log.
    private func fill() throws {
        let store = try open(seed: 1)
        for key in keys { store.run(put(key, [1]).filed(in: 3)) }
        for key in keys.prefix(50) { store.run(put(key, [2], overwriting: true).filed(in: 3)) }
        #expect(store.trees.folds == 2)
        store.close()
    }

    private func change(_ sql: String) throws {
        let connection = try Connection(path: scratch.path, vfs: nil)
        try connection.run(sql)
        connection.close(checkpointing: true)
    }

    @Test(arguments: [
        ("UPDATE trees SET row = zeroblob(99) WHERE number = 3 << 8 | 3", 1),
        (
            "UPDATE trees SET row = (SELECT row FROM trees WHERE number = 2 << 8 | 3) "
                + "WHERE number = 3 << 8 | 3", 1
        ),
        ("DELETE FROM trees WHERE number = 3 << 8 | 3", 16),
        ("DELETE FROM trees WHERE number = 0", 16),
        ("UPDATE trees SET row = zeroblob(99) WHERE number = 0", 16),
        ("DELETE FROM trees", 16),
        ("UPDATE treeLog SET row = zeroblob(99) WHERE number = 230", 16),
        ("DELETE FROM treeLog WHERE number = 230", 16),
        ("DELETE FROM treeLog WHERE number < 230", 16),
        (
            "UPDATE treeLog SET row = (SELECT row FROM treeLog WHERE number = 231) "
                + "WHERE number = 230", 16
        ),
        ("DELETE FROM trees; DELETE FROM treeLog", 16),
    ])
    func `Damage to what was kept of the trees is found, mended and reported`(
        damage: String, rebuilt: Int
    ) throws {
        try fill()
        try change(damage)
        let store = try open(seed: 2)
        #expect(store.recovered.rebuiltTrees == rebuilt)
        #expect(store.checkTrees() == nil)
        store.run(put(keys[0], [5], overwriting: true).filed(in: 3))
        #expect(store.checkTrees() == nil)
        store.close()
        let next = try open(seed: 3)
        #expect(next.recovered.rebuiltTrees == 0)
        #expect(next.checkTrees() == nil)
    }

    @Test func `Trees are read and not rebuilt, after a stop and after an end without one`() throws
    {
        try fill()
        for seed in UInt64(2)...4 {
            let store = try open(seed: seed, logMax: 1_000)
            #expect(store.recovered.rebuiltTrees == 0)
            #expect(store.checkTrees() == nil)
            store.run(put(keys[3], [UInt8(seed)], overwriting: true).filed(in: 3))
            store.connection.close(checkpointing: seed == 3)
        }
    }

    @Test func `A record in the place of an unreadable row mends its leaf`() throws {
        try fill()
        let store = try open(seed: 2)
        let read = try store.connection.prepare("SELECT row FROM records WHERE hash = ?1")
        let write = try store.connection.prepare(
            "REPLACE INTO records (hash, row) VALUES (?1, ?2)")
        for (number, key) in keys.prefix(20).enumerated() {
            var row = try #require(try read.bytes(for: key.rowid))
            row[row.count - 1 - number % 7] ^= 4
            write.bind(1, key.rowid)
            try write.run(last: 2, row)
            #expect(store.checkTrees() != nil, "the sum has what nobody can read")
            let record = foreignRecord([9], counter: UInt64(number) + 1)
            let copies: UInt8 = number % 2 == 0 ? 3 : 2
            store.run(merge(key, record, isComplete: true).filed(in: copies))
            #expect(store.checkTrees() == nil)
            #expect(store.treeRepairs == number + 1)
        }
        store.close()
        #expect(try open(seed: 3).checkTrees() == nil)
    }

    @Test func `A leaf is mended without the unreadable rows beside the new record`() throws {
        let colliding = CollidingKeys.keys(3)
        let store = try open(seed: 1)
        for key in colliding { store.run(put(key, [1]).filed(in: 3)) }
        try store.connection.run("UPDATE records SET row = zeroblob(50)")
        let record = foreignRecord([2])
        store.run(merge(colliding[0], record, isComplete: true).filed(in: 3))
        #expect(store.checkTrees() == nil)
        try store.connection.run("UPDATE collisions SET row = zeroblob(50)")
        store.run(merge(colliding[1], record, isComplete: true).filed(in: 3))
        #expect(store.checkTrees() == nil)
        #expect(store.treeRepairs == 2)
    }

    @Test func `A fold without room waits, and nothing is lost`() throws {
        let store = try open(seed: 1, logMax: 1_000_000)
        for key in keys { store.run(put(key, bytes(2_000, seed: 1)).filed(in: 3)) }
        store.close()
        let full = try open(seed: 2, logMax: 10)
        try full.limitPages(to: 1)
        full.run(put(keys[0], [1], overwriting: true).filed(in: 3))
        full.foldTreesIfDue()
        #expect(full.checkTrees() == nil)
        let folds = full.trees.folds
        #expect(folds == 0)
        try full.limitPages(to: 100_000)
        for key in keys { full.run(put(key, [2], overwriting: true).filed(in: 3)) }
        #expect(full.trees.folds > 0)
        full.close()
        let store2 = try open(seed: 3)
        #expect(store2.recovered.rebuiltTrees == 0)
        #expect(store2.checkTrees() == nil)
    }

    @Test func `Records of a database without trees are in none until they are written`() throws {
        let store = try open(seed: 1)
        store.run(keys.map { put($0, [1]) })
        let row = try #require(
            try store.connection.prepare("SELECT row FROM records WHERE hash = ?1")
                .bytes(for: keys[0].rowid))
        store.close()
        try change(
            """
            DROP TABLE trees; DROP TABLE treeLog; DROP TABLE deaths;
            PRAGMA user_version = \(Schema.treeVersion - 1)
            """)
        try rewrite(keys[0], asFormat1: row)
        let migrated = try open(seed: 2)
        #expect(migrated.recovered.rebuiltTrees == 0)
        #expect(try keys.allSatisfy { try migrated.values($0) == [[1]] })
        #expect(migrated.trees.forest.count == 0)
        let epoch = try #require(migrated.run(put(keys[0], [2]).filed(in: 3))[0].receipt)
        #expect(epoch.liveCount == 2)
        #expect(try migrated.root(of: keys[0]) != zero)
        #expect(try migrated.root(of: keys[1]) == migrated.root(of: keys[1], copies: 3))
        #expect(migrated.checkTrees() == nil)
        migrated.close()
        let again = try open(seed: 3)
        #expect(try again.values(keys[0]) == [[1], [2]])
        #expect(again.checkTrees() == nil)
    }

    /// Puts a record's row back in the format that had no copies.
    private func rewrite(_ key: Key, asFormat1 row: [UInt8]) throws {
        var old = row
        old.remove(at: 9 + 8 + 2 + key.canonical.count)
        old[0] = 1
        let sum = Checksum.of(old[9...], purpose: .row)
        for byte in 0..<8 { old[1 + byte] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * byte)) }
        let connection = try Connection(path: scratch.path, vfs: nil)
        let write = try connection.prepare("REPLACE INTO records (hash, row) VALUES (?1, ?2)")
        write.bind(1, key.rowid)
        try write.run(last: 2, old)
        connection.close(checkpointing: true)
    }
}
