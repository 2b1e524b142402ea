import Primitives

/// A table of facts: checksummed values under names.
final class FactTable {
    private let path: String
    private let read: Statement
    private let write: Statement
    private let remove: Statement
    private let all: Statement

    init(_ connection: Connection, table: String, path: String) throws(SQLiteError) {
        self.path = path
        read = try connection.prepare("SELECT value FROM \(table) WHERE name = ?1")
        write = try connection.prepare("REPLACE INTO \(table) (name, value) VALUES (?1, ?2)")
        remove = try connection.prepare("DELETE FROM \(table) WHERE name = ?1")
        all = try connection.prepare("SELECT name, value FROM \(table) ORDER BY name")
    }

    /// The value under a name, nil where there is none.
    func value(_ name: String) throws(StoreError) -> Bytes? {
        let bytes = Array(name.utf8)
        guard let row = try opening(path, { () throws(SQLiteError) in try read.bytes(for: bytes) })
        else { return nil }
        guard let value = Row.decode(fact: bytes, row) else { throw unreadable(name) }
        return value
    }

    /// The value under a name that every database has.
    func required(_ name: String) throws(StoreError) -> Bytes {
        guard let value = try value(name) else { throw unreadable(name) }
        return value
    }

    /// The number under a name, nil where there is none.
    func number(_ name: String) throws(StoreError) -> UInt64? {
        guard let value = try value(name) else { return nil }
        var reader = ByteReader(value)
        guard let number = try? reader.read(UInt64.self) else { throw unreadable(name) }
        return number
    }

    /// The number under a name that every database has.
    func requiredNumber(_ name: String) throws(StoreError) -> UInt64 {
        guard let number = try number(name) else { throw unreadable(name) }
        return number
    }

    /// The value under a name, nil where there is none that can be read.
    func readable(_ name: [UInt8]) throws(SQLiteError) -> Bytes? {
        try read.bytes(for: name).flatMap { Row.decode(fact: name, $0) }
    }

    func set(_ name: [UInt8], _ value: Bytes) throws(SQLiteError) {
        try write.run(name, Row.encode(fact: name, value))
    }

    func set(_ name: String, _ value: Bytes) throws(SQLiteError) {
        try set(Array(name.utf8), value)
    }

    func delete(_ name: String) throws(SQLiteError) {
        try remove.run(last: 1, Array(name.utf8))
    }

    /// All names with their values, ascending by name.
    func values() throws(StoreError) -> [(name: [UInt8], value: Bytes)] {
        var values: [(name: [UInt8], value: Bytes)] = []
        for row in try opening(path, { () throws(SQLiteError) in try all.pairs() }) {
            guard let value = Row.decode(fact: row.first, row.second) else {
                throw unreadable(String(decoding: row.first, as: UTF8.self))
            }
            values.append((row.first, value))
        }
        return values
    }

    /// All names.
    func names() throws(SQLiteError) -> [[UInt8]] {
        try all.pairs().map(\.first)
    }

    /// The error that refuses to open the database because of a fact.
    func unreadable(_ name: String) -> StoreError {
        .unreadableFact(path: path, name: name)
    }
}
