import AntiEntropy
import Causality
import Primitives
import Replica

/// The tables of records.
final class RecordTable {
    /// Of a long row a neighbor needs the head only, which is then read by itself.
    private static let neighbor =
        "SELECT hash, CASE WHEN length(row) <= 8192 THEN row END FROM records "

    private let connection: Connection
    let readSlot: Statement
    private let findSlot: Statement
    private let writeSlot: Statement
    private let readBefore: Statement
    private let readAfter: Statement
    private let removeSlot: Statement
    private let removeCollision: Statement
    private let readCollision: Statement
    private let writeCollision: Statement
    let readRange: Statement
    let readCollisions: Statement

    init(_ connection: Connection) throws(SQLiteError) {
        self.connection = connection
        readSlot = try connection.prepare("SELECT row FROM records WHERE hash = ?1")
        findSlot = try connection.prepare("SELECT count(*) FROM records WHERE hash = ?1")
        writeSlot = try connection.prepare("REPLACE INTO records (hash, row) VALUES (?1, ?2)")
        removeSlot = try connection.prepare("DELETE FROM records WHERE hash = ?1")
        removeCollision = try connection.prepare("DELETE FROM collisions WHERE key = ?1")
        readBefore = try connection.prepare(
            RecordTable.neighbor + "WHERE hash < ?1 ORDER BY hash DESC LIMIT 1")
        readAfter = try connection.prepare(
            RecordTable.neighbor + "WHERE hash > ?1 ORDER BY hash LIMIT 1")
        readCollision = try connection.prepare("SELECT row FROM collisions WHERE key = ?1")
        writeCollision = try connection.prepare(
            "REPLACE INTO collisions (key, row) VALUES (?1, ?2)")
        readRange = try connection.prepare(
            "SELECT hash, row FROM records WHERE hash BETWEEN ?1 AND ?2 ORDER BY hash")
        readCollisions = try connection.prepare("SELECT key, row FROM collisions ORDER BY key")
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

    /// What lies under a key.
    ///
    /// Damage is never taken for absence. A key whose slot is damaged may have lost the slot to
    /// another key before: its own row is looked for among the collisions all the same.
    func find(_ key: Key) throws(SQLiteError) -> Found {
        switch try readMain(key) {
        case .absent: return .absent(.main)
        case .own(let content): return .row(content, .main)
        case .taken: return try findCollision(key)
        case .damaged:
            let found = try findCollision(key)
            if case .row = found { return found }
            return .unreadable(.main)
        }
    }

    private enum MainSlot {
        case absent
        case own(Row.Content)
        case taken
        case damaged
    }

    private func readMain(_ key: Key) throws(SQLiteError) -> MainSlot {
        do throws(SQLiteError) {
            guard let row = try readSlot.bytes(for: key.rowid) else {
                return try isGapSound(at: key.rowid) ? .absent : .damaged
            }
            guard let content = Row.decode(row) else { return .damaged }
            if content.key.elementsEqual(key.canonical) { return .own(content) }
            return isPlausible(content.key, in: key.rowid) ? .taken : .damaged
        } catch  where error.isCorrupt {
            return .damaged
        }
    }

    /// Whether the rows on both sides of a place without one show that it is a gap.
    ///
    /// SQLite does not notice a damaged row number, which makes a row unfindable, nor a damaged
    /// divider in the tree, which leads past it. Either shows in the neighbors: one lies on the
    /// wrong side, or under another number than the hash of its key.
    private func isGapSound(at rowid: Int64) throws(SQLiteError) -> Bool {
        if let before = try readBefore.row(for: rowid) {
            guard before.number < rowid, isInItsPlace(before) else { return false }
        }
        guard let after = try readAfter.row(for: rowid) else { return true }
        return after.number > rowid && isInItsPlace(after)
    }

    /// Whether a row is found under its number: damage to the tree above it can lead past a row
    /// that reading all of them shows.
    func isFound(_ rowid: Int64) throws(SQLiteError) -> Bool {
        do throws(SQLiteError) {
            findSlot.bind(1, rowid)
            return try findSlot.number() > 0
        } catch {
            guard error.isCorrupt else { throw error }
            return false
        }
    }

    private func isInItsPlace(_ row: (number: Int64, bytes: [UInt8])) -> Bool {
        let head =
            row.bytes.isEmpty
            ? connection.head(ofRecord: row.number, bytesMax: Row.keyEndMax) : row.bytes
        return Row.key(inHead: head)?.rowid == row.number
    }

    private func findCollision(_ key: Key) throws(SQLiteError) -> Found {
        do throws(SQLiteError) {
            guard let row = try readCollision.bytes(for: key.canonical) else {
                return .absent(.collision)
            }
            guard let content = Row.decode(row), content.key.elementsEqual(key.canonical) else {
                return .unreadable(.collision)
            }
            return .row(content, .collision)
        } catch  where error.isCorrupt {
            return .unreadable(.collision)
        }
    }

    /// Whether a row that belongs to another key may lie in a slot: a row whose key does not hash
    /// there was put there by damage.
    private func isPlausible(_ other: Bytes, in rowid: Int64) -> Bool {
        Key(canonical: other)?.rowid == rowid
    }

    /// What lies in a row of the main table; nil where that is nothing, or cannot be read.
    func content(inRow rowid: Int64) throws(SQLiteError) -> Row.Content? {
        do throws(SQLiteError) {
            return try readSlot.bytes(for: rowid).flatMap { Row.decode($0) }
        } catch {
            guard error.isCorrupt else { throw error }
            return nil
        }
    }

    /// Removes a record's row; false, and nothing is removed, where another key has lost its place
    /// to it: that would not be found any more.
    func remove(_ key: Key, from slot: Slot) throws(SQLiteError) -> Bool {
        switch slot {
        case .main:
            guard try !collisions().contains(where: { $0.key.rowid == key.rowid }) else {
                return false
            }
            try removeSlot.run([key.rowid])
        case .collision:
            try removeCollision.run(last: 1, key.canonical)
        }
        return true
    }

    /// Puts a record's row where `find` said that it belongs.
    func write(
        _ key: Key, _ stored: StoredRecord, record: Bytes, to slot: Slot
    ) throws(SQLiteError) {
        let row = Row.encode(
            key, ownEpoch: stored.ownEpoch, copies: stored.copies, record: record)
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

extension RecordTable.Found {
    var slot: RecordTable.Slot {
        switch self {
        case .absent(let slot), .row(_, let slot), .unreadable(let slot): slot
        }
    }

    /// What the keeper needs to know; a row whose record does not decode is unreadable.
    var lookup: Lookup {
        switch self {
        case .absent: return .absent
        case .unreadable: return .unreadable
        case .row(let content, _):
            guard let record = try? Record(decoding: content.record) else { return .unreadable }
            return .found(
                StoredRecord(
                    ownEpoch: content.ownEpoch, copies: content.copies, record: record))
        }
    }

    /// The record as it is filed in a tree; nil where there is none.
    var filed: FiledRecord? {
        guard case .row(let content, _) = self else { return nil }
        return FiledRecord(copies: content.copies, record: content.record)
    }
}

extension Lookup {
    /// From when on the record that was found is dead; nil where it is not, or unknown.
    var deathTime: HybridTimestamp? {
        guard case .found(let stored) = self else { return nil }
        return stored.record.deathTime
    }
}
