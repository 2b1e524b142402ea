import CSQLite
import Primitives
import Replica

/// The tables of records.
final class RecordTable {
    private let readSlot: Statement
    private let writeSlot: Statement
    private let readCollision: Statement
    private let writeCollision: Statement

    init(_ connection: Connection) throws(SQLiteError) {
        readSlot = try connection.prepare("SELECT row FROM records WHERE hash = ?1")
        writeSlot = try connection.prepare("REPLACE INTO records (hash, row) VALUES (?1, ?2)")
        readCollision = try connection.prepare("SELECT row FROM collisions WHERE key = ?1")
        writeCollision = try connection.prepare(
            "REPLACE INTO collisions (key, row) VALUES (?1, ?2)")
    }

    /// Where a key's row is, or would be.
    enum Slot {
        /// In the main table.
        case main
        /// In the table of collisions: the main slot belongs to another key.
        case collision
    }

    /// What lies under a key.
    enum Found {
        case absent(Slot)
        case row(Row.Content, Slot)
        case unreadable(Slot)
    }

    func find(_ key: Key) throws(SQLiteError) -> Found {
        do throws(SQLiteError) {
            guard let row = try readSlot.bytes(for: key.rowid) else { return .absent(.main) }
            guard let content = Row.decode(row) else { return .unreadable(.main) }
            if content.key.elementsEqual(key.canonical) { return .row(content, .main) }
            guard isPlausible(content.key, in: key.rowid) else { return .unreadable(.main) }
            return try findCollision(key)
        } catch  where error.isCorrupt {
            return .unreadable(.main)
        }
    }

    private func findCollision(_ key: Key) throws(SQLiteError) -> Found {
        guard let row = try readCollision.bytes(for: key.canonical) else {
            return .absent(.collision)
        }
        guard let content = Row.decode(row), content.key.elementsEqual(key.canonical) else {
            return .unreadable(.collision)
        }
        return .row(content, .collision)
    }

    /// Whether a row that belongs to another key may lie in a slot: a row whose key does not hash
    /// there was put there by damage.
    private func isPlausible(_ other: Bytes, in rowid: Int64) -> Bool {
        Key(canonical: other)?.rowid == rowid
    }

    func write(
        _ key: Key, _ stored: StoredRecord, record: Bytes, to slot: Slot
    ) throws(SQLiteError) {
        let row = Row.encode(key, ownEpoch: stored.ownEpoch, record: record)
        switch slot {
        case .main:
            writeSlot.bind(1, key.rowid)
            try writeSlot.run(last: 2, row)
        case .collision:
            try writeCollision.run(key.canonical, row)
        }
    }
}

extension Key {
    /// The row in the main table that the key's record lies in: the upper half of its hash.
    var rowid: Int64 { Int64(bitPattern: hash.high) }
}
