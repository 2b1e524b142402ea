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
    /// Whether the data counts in quorums; databases of older versions lack it and do.
    static let refill = "refill"
    /// The later start of this data that a member knows: this is an old copy.
    static let stale = "stale"
    /// How many members' starts and how many buckets there are: one that vanished is noticed.
    static let names = "names"
    /// What the tables looked like when they were made.
    static let schema = "schema"

    static func encode(_ number: UInt64) -> Bytes {
        [UInt8](encodingSize: 8) { $0.write(number) }[...]
    }

    /// Behind a start: whether the databases that had the name before must not come back, and
    /// which they are.
    static func encode(_ start: NodeStart, _ past: PastIdentities = PastIdentities()) -> Bytes {
        [UInt8](encodingSize: 21 + 8 * past.nodes.count) { writer in
            writer.write(start.node.raw)
            writer.write(start.number)
            writer.write(start.run)
            writer.write(UInt8(past.areReplaced ? 1 : 0))
            for node in past.nodes { writer.write(node.raw) }
        }[...]
    }

    /// The databases that had a member's name before; nil where that cannot be read.
    static func decodePast(_ bytes: Bytes) -> PastIdentities? {
        var reader = ByteReader(bytes.dropFirst(20))
        guard let flag = try? reader.read(UInt8.self), flag < 2, reader.remaining % 8 == 0 else {
            return nil
        }
        var nodes: [NodeID] = []
        while reader.remaining > 0, let node = try? reader.read(UInt64.self) {
            nodes.append(NodeID(node))
        }
        return PastIdentities(nodes: nodes, areReplaced: flag == 1)
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
