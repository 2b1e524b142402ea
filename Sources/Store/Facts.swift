import Causality
import Primitives
import Replica

/// What a database remembers besides records: one checksummed row per name.
enum Fact {
    static let node = "node"
    static let startCounter = "startCounter"
    static let cleanRun = "cleanRun"
    static let lease = "clockLease"
    static let counts = "counts"
    static let clusterState = "clusterState"
    static let startPrefix = "start/"

    static func encode(_ number: UInt64) -> Bytes {
        [UInt8](encodingSize: 8) { $0.write(number) }[...]
    }

    static func encode(_ start: NodeStart) -> Bytes {
        [UInt8](encodingSize: 20) { writer in
            writer.write(start.node.raw)
            writer.write(start.number)
            writer.write(start.run)
        }[...]
    }

    static func decodeStart(_ bytes: Bytes) -> NodeStart? {
        var reader = ByteReader(bytes)
        guard let node = try? reader.read(UInt64.self),
            let number = try? reader.read(UInt64.self), let run = try? reader.read(UInt32.self)
        else { return nil }
        return NodeStart(node: NodeID(node), number: number, run: run)
    }

    static func encode(_ counts: RecordCounts) -> Bytes {
        [UInt8](encodingSize: 16) { writer in
            writer.write(counts.records)
            writer.write(counts.live)
        }[...]
    }

    static func decodeCounts(_ bytes: Bytes) -> RecordCounts? {
        var reader = ByteReader(bytes)
        guard let records = try? reader.read(UInt64.self),
            let live = try? reader.read(UInt64.self)
        else { return nil }
        return RecordCounts(records: records, live: live)
    }

    static func encode(_ bucket: BucketEntry) -> Bytes {
        [UInt8](encodingSize: 8 + bucket.properties.count) { writer in
            writer.write(bucket.timestamp.raw)
            writer.write(bucket.properties)
        }[...]
    }

    static func decodeBucket(_ name: [UInt8], _ bytes: Bytes) -> BucketEntry? {
        var reader = ByteReader(bytes)
        guard let timestamp = try? reader.read(UInt64.self) else { return nil }
        return BucketEntry(
            name: name[...], timestamp: HybridTimestamp(timestamp),
            properties: reader.readRest())
    }
}

/// The tables of facts and of buckets' properties.
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

    func value(_ name: String) throws -> Bytes? {
        let bytes = Array(name.utf8)
        guard let row = try read.bytes(for: bytes) else { return nil }
        guard let value = Row.decode(fact: bytes, row) else {
            throw StoreError.unreadableFact(path: path, name: name)
        }
        return value
    }

    func number(_ name: String) throws -> UInt64? {
        guard let value = try value(name) else { return nil }
        var reader = ByteReader(value)
        guard let number = try? reader.read(UInt64.self) else {
            throw StoreError.unreadableFact(path: path, name: name)
        }
        return number
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
    func values() throws -> [(name: [UInt8], value: Bytes)] {
        try all.pairs().map { row in
            guard let value = Row.decode(fact: row.first, row.second) else {
                let name = String(decoding: row.first, as: UTF8.self)
                throw StoreError.unreadableFact(path: path, name: name)
            }
            return (row.first, value)
        }
    }
}
