import Foundation
import Primitives
import Replica
import Testing

@testable import Store

/// Files that were written by someone else, by another version, or are damaged in what matters.
@Suite struct SchemaTests {
    private func change(_ scratch: Scratch, _ sql: String) throws {
        let connection = try Connection(path: scratch.path, vfs: nil)
        try connection.run(sql)
        connection.close(checkpointing: true)
    }

    private func contents(_ scratch: Scratch) -> Data? {
        FileManager.default.contents(atPath: scratch.path)
    }

    @Test func `A database of a newer version is refused and not changed`() throws {
        let scratch = try Scratch()
        let newer = Schema.migrations + ["CREATE TABLE later (a)"]
        try scratch.open { $0.migrations = newer }.close()
        let before = contents(scratch)
        let refusal = StoreError.newerSchema(path: scratch.path, found: 3, known: 2)
        #expect(throws: refusal) { try scratch.open(seed: 2) }
        #expect(refusal.description.contains("newer version"))
        #expect(contents(scratch) == before)
        #expect(try scratch.open(seed: 3) { $0.migrations = newer }.recovered.start.number == 2)
    }

    @Test func `A database of an older version is brought to the present one with its records`()
        throws
    {
        let scratch = try Scratch()
        let key = try key("k")
        let old = try scratch.open()
        old.run(put(key, [1]))
        old.close()
        let newer = Schema.migrations + ["ALTER TABLE collisions ADD COLUMN extra BLOB"]
        let store = try scratch.open(seed: 2) { $0.migrations = newer }
        #expect(store.recovered.start.number == 2)
        #expect(!store.recovered.isNew)
        #expect(try store.values(key) == [[1]])
        store.close()
        #expect(try scratch.open(seed: 3) { $0.migrations = newer }.values(key) == [[1]])
    }

    @Test func `A migration that fails leaves the old version as it was`() throws {
        let scratch = try Scratch()
        let key = try key("k")
        let old = try scratch.open()
        old.run(put(key, [1]))
        old.close()
        let broken = Schema.migrations + ["CREATE TABLE a (b); CREATE TABLE records (c)"]
        #expect(throws: StoreError.self) {
            try scratch.open(seed: 2) { $0.migrations = broken }
        }
        let store = try scratch.open(seed: 3)
        #expect(store.recovered.start.number == 2)
        #expect(try store.values(key) == [[1]])
    }

    @Test func `The database of another program is refused and not changed`() throws {
        let scratch = try Scratch()
        try change(scratch, "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)")
        let before = contents(scratch)
        #expect(throws: StoreError.foreign(path: scratch.path)) { try scratch.open() }
        #expect(contents(scratch) == before)
    }

    @Test func `A file that is no database is refused and not changed`() throws {
        let scratch = try Scratch()
        let before = Data("not a database, but long enough to have a header, if it were".utf8)
        try before.write(to: URL(fileURLWithPath: scratch.path))
        #expect(throws: StoreError.foreign(path: scratch.path)) { try scratch.open() }
        #expect(contents(scratch) == before)
    }

    @Test func `A directory that is missing is an error that names the file`() {
        let path = "/nonexistent/dyna.db"
        #expect {
            try SQLiteStore(opening: StoreOptions(path: path, seed: 1))
        } throws: { error in
            "\(error)".contains(path)
        }
    }

    @Test(arguments: ["node", "startCounter", "clockLease", "counts", "clusterState", "schema"])
    func `A database that lost or damaged one of its facts is refused`(name: String) throws {
        for damage in [
            "DELETE FROM facts WHERE name = CAST('\(name)' AS BLOB)",
            "UPDATE facts SET value = zeroblob(30) WHERE name = CAST('\(name)' AS BLOB)",
        ] {
            let scratch = try Scratch()
            try scratch.open().close()
            try change(scratch, damage)
            let refusal = StoreError.unreadableFact(path: scratch.path, name: name)
            #expect(throws: refusal) { try scratch.open(seed: 2) }
            #expect(refusal.description.contains("start the node empty"))
        }
    }

    @Test(arguments: [
        "DELETE FROM facts WHERE name = CAST('start/other' AS BLOB)",
        "UPDATE facts SET value = zeroblob(40) WHERE name = CAST('start/other' AS BLOB)",
        "DELETE FROM buckets", "UPDATE buckets SET value = x'00'",
        "UPDATE facts SET value = (SELECT value FROM facts WHERE name = CAST('node' AS BLOB)) "
            + "WHERE name = CAST('startCounter' AS BLOB)",
        "ALTER TABLE records RENAME TO gone; CREATE TABLE records (hash INTEGR, row BLOB)",
    ])
    func `A database that lost a start, a bucket or its tables is refused`(damage: String) throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let start = NodeStart(node: NodeID(5), number: 6, run: 7)
        let entry = BucketEntry(name: [1], timestamp: .init(milliseconds: 1), properties: [])
        store.run(.rememberStart(name: "other", start: start), .setBucket(entry))
        store.close()
        try change(scratch, damage)
        #expect(throws: StoreError.self) { try scratch.open(seed: 2) }
    }
}
