import Causality
import Replica

/// From when on records are dead, so that those to be reaped are found without reading all others.
///
/// Only records that will be dead at some time have a row. One that is wrong does no harm: whoever
/// reads it looks at the record too.
final class DeathTable {
    private let add: Statement
    private let remove: Statement
    private let readPage: Statement

    init(_ connection: Connection) throws(SQLiteError) {
        add = try connection.prepare("INSERT OR IGNORE INTO deaths (time, hash) VALUES (?1, ?2)")
        remove = try connection.prepare("DELETE FROM deaths WHERE time = ?1 AND hash = ?2")
        readPage = try connection.prepare(
            """
            SELECT time, hash FROM deaths WHERE (time, hash) > (?1, ?2) AND time <= ?3
            ORDER BY time, hash LIMIT ?4
            """)
    }

    /// A record dies at another time than before; nil where it does not.
    func move(
        hash: Int64, from old: HybridTimestamp?, to new: HybridTimestamp?
    ) throws(SQLiteError) {
        guard old != new else { return }
        if let old { try remove.run([old.signed, hash]) }
        if let new { try add.run([new.signed, hash]) }
    }

    /// The next places behind one, up to a time.
    func page(
        after place: DeathPlace?, until time: HybridTimestamp, limit: Int
    ) throws(SQLiteError) -> [DeathPlace] {
        let (first, hash) = place.map { ($0.time.signed, $0.hash) } ?? (-1, 0)
        return try readPage.numberPairs(for: [first, hash, time.signed, Int64(limit)]).map {
            DeathPlace(time: HybridTimestamp(UInt64(max(0, $0.first))), hash: $0.second)
        }
    }
}

extension HybridTimestamp {
    /// As a signed number, in the same order; the top bit is not used before the year 6429.
    fileprivate var signed: Int64 { Int64(clamping: raw) }
}
