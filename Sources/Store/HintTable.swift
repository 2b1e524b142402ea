import Primitives
import Replica
import Ring

/// The hints: records kept for primaries that lack them.
final class HintTable {
    private let readRow: Statement
    private let writeRow: Statement
    private let removeRow: Statement
    private let writeTarget: Statement
    private let removeTarget: Statement
    private let readPage: Statement
    private let countTargets: Statement
    private let countPending: Statement
    private let scanRows: Statement
    private let scanTargets: Statement
    private let readTargets: Statement
    private let removeTargets: Statement
    private let countBytes: Statement

    init(_ connection: Connection) throws(SQLiteError) {
        readRow = try connection.prepare("SELECT row FROM hints WHERE key = ?1")
        writeRow = try connection.prepare("REPLACE INTO hints (key, row) VALUES (?1, ?2)")
        removeRow = try connection.prepare("DELETE FROM hints WHERE key = ?1")
        writeTarget = try connection.prepare(
            "INSERT OR IGNORE INTO hintTargets (target, key) VALUES (?1, ?2)")
        removeTarget = try connection.prepare(
            "DELETE FROM hintTargets WHERE target = ?1 AND key = ?2")
        readPage = try connection.prepare(
            """
            SELECT hintTargets.key, row FROM hintTargets
            LEFT JOIN hints ON hints.key = hintTargets.key
            WHERE target = ?1 AND hintTargets.key > ?2 ORDER BY hintTargets.key
            """)
        countTargets = try connection.prepare("SELECT count(*) FROM hintTargets WHERE key = ?1")
        scanRows = try connection.prepare(
            "SELECT key, row FROM hints WHERE key > ?1 ORDER BY key")
        scanTargets = try connection.prepare(
            """
            SELECT target, key FROM hintTargets
            WHERE (target, key) > (?1, ?2) ORDER BY target, key
            """)
        readTargets = try connection.prepare(
            "SELECT target, key FROM hintTargets WHERE target = ?1 AND key = ?2")
        removeTargets = try connection.prepare("DELETE FROM hintTargets WHERE key = ?1")
        countPending = try connection.prepare("SELECT count(*) FROM hintTargets")
        countBytes = try connection.prepare("SELECT ifnull(sum(length(row)), 0) FROM hints")
    }

    /// What lies under a key.
    enum Found {
        case absent
        case row(HintRow)
        case unreadable

        /// What the keeper needs to know; a row whose record does not decode is unreadable.
        var hint: FoundHint {
            switch self {
            case .absent: return FoundHint(.absent, for: [])
            case .unreadable: return FoundHint(.unreadable, for: [])
            case .row(let row):
                guard let record = try? Record(decoding: row.record) else {
                    return FoundHint(.unreadable, for: row.targets)
                }
                let stored = StoredRecord(ownEpoch: row.ownEpoch, record: record)
                return FoundHint(.found(stored), for: row.targets)
            }
        }
    }

    /// What lies under a key; damage is never taken for absence.
    func find(_ key: Key) throws(SQLiteError) -> Found {
        do throws(SQLiteError) {
            guard let bytes = try readRow.bytes(for: key.canonical) else { return .absent }
            guard let row = HintRow(decoding: bytes), row.key == key else { return .unreadable }
            return .row(row)
        } catch  where error.isCorrupt {
            return .unreadable
        }
    }

    /// Puts a row in the place of what lies under its key, and finds it under its targets.
    func write(_ row: [UInt8], of key: Key, for targets: [MemberIndex]) throws(SQLiteError) {
        try writeRow.run(key.canonical, row)
        for target in targets {
            try writeTarget.run(Int64(target.raw), key.canonical)
        }
    }

    /// Removes what lies under a key.
    func remove(_ key: Key) throws(SQLiteError) {
        try removeRow.run(last: 1, key.canonical)
    }

    /// Does not find a key under a target any more.
    func remove(_ key: Key, from target: MemberIndex) throws(SQLiteError) {
        try removeTarget.run(Int64(target.raw), key.canonical)
    }

    /// Does not find a key under any target any more; a scan, for damage only.
    func removeTargets(of key: Key) throws(SQLiteError) {
        try removeTargets.run(last: 1, key.canonical)
    }

    /// Whether a key is found under any target; a scan, for damaged rows only.
    func hasTargets(_ key: Key) throws(SQLiteError) -> Bool {
        guard let count = try countTargets.number(for: key.canonical) else { return false }
        return count > 0
    }

    /// Some of the hints for a member.
    func page(_ command: HintPageCommand) throws(SQLiteError) -> HintPage {
        var (hints, damaged): ([Hint], [Key]) = ([], [])
        var (bytes, next): (Int, Key?) = (0, nil)
        try readPage.pairs(
            for: Int64(command.target.raw), command.after?.canonical ?? []
        ) { name, content in
            guard let key = Key(canonical: name[...]) else { return true }
            guard hints.count + damaged.count < command.countMax, bytes < command.bytesMax else {
                return false
            }
            next = key
            if let row = HintRow(decoding: content), row.key == key {
                hints.append(Hint(key: key, record: row.record))
                bytes += row.record.count
            } else {
                damaged.append(key)
            }
            return true
        }
        let isFull = hints.count + damaged.count >= command.countMax || bytes >= command.bytesMax
        return HintPage(hints: hints, damaged: damaged, next: isFull ? next : nil)
    }

    /// Some of the hints behind a key, as they are, ascending.
    func rows(
        after key: Key?, limit: Int
    ) throws(SQLiteError) -> [(name: [UInt8], row: [UInt8])] {
        var found: [(name: [UInt8], row: [UInt8])] = []
        try scanRows.pairs(for: key?.canonical ?? []) { name, row in
            found.append((name, row))
            return found.count < limit
        }
        return found
    }

    /// Some of the index behind an entry, as it is, ascending.
    func targets(
        after place: HintTarget?, limit: Int
    ) throws(SQLiteError) -> [(target: Int64, name: [UInt8])] {
        var found: [(target: Int64, name: [UInt8])] = []
        let first = place.map { Int64($0.member.raw) } ?? -1
        try scanTargets.forEach(for: first, place?.key.canonical ?? []) { target, name in
            found.append((target, name))
            return found.count < limit
        }
        return found
    }

    /// Whether a key is found under a target.
    func isFound(_ key: Key, under target: MemberIndex) throws(SQLiteError) -> Bool {
        var isFound = false
        try readTargets.forEach(for: Int64(target.raw), key.canonical) { _, _ in
            isFound = true
            return false
        }
        return isFound
    }

    /// How many hints there are, one per key and target, and how many bytes they take.
    func tally() throws(SQLiteError) -> (pending: UInt64, bytes: UInt64) {
        (UInt64(clamping: try countPending.number()), UInt64(clamping: try countBytes.number()))
    }
}

/// A hint as it lies in the database: format, checksum, own epoch, number of targets (16 bits),
/// targets (16 bits each), length of the key (16 bits), key, record.
struct HintRow {
    let key: Key
    /// The epoch under which this node, a fallback, may extend the record; 0 where it never did.
    let ownEpoch: UInt64
    /// Whom the record is kept for, ascending.
    let targets: [MemberIndex]
    let record: Bytes

    init(key: Key, ownEpoch: UInt64, targets: [MemberIndex], record: Bytes) {
        self.key = key
        self.ownEpoch = ownEpoch
        self.targets = targets
        self.record = record
    }

    /// The row's bytes.
    func encoded() -> [UInt8] {
        let size =
            Row.headSize + 8 + 2 + 2 * targets.count + 2 + key.canonical.count + record.count
        var row = [UInt8](encodingSize: size) { writer in
            writer.write(Row.format)
            writer.write(UInt64(0))
            writer.write(ownEpoch)
            writer.write(UInt16(targets.count))
            for target in targets {
                writer.write(target.raw)
            }
            writer.write(UInt16(key.canonical.count))
            writer.write(key.canonical)
            writer.write(record)
        }
        Row.seal(&row)
        return row
    }

    /// The row in its bytes; nil where they are damaged or of an unknown format.
    init?(decoding row: [UInt8]) {
        guard let content = Row.open(row) else { return nil }
        var reader = ByteReader(content.content)
        guard let epoch = try? reader.read(UInt64.self), let count = try? reader.read(UInt16.self)
        else { return nil }
        var targets: [MemberIndex] = []
        for _ in 0..<count {
            guard let target = try? reader.read(UInt16.self) else { return nil }
            targets.append(MemberIndex(target))
        }
        guard let size = try? reader.read(UInt16.self),
            let name = try? reader.readBytes(Int(size)), let key = Key(canonical: name)
        else { return nil }
        self.init(key: key, ownEpoch: epoch, targets: targets, record: reader.readRest())
    }
}
