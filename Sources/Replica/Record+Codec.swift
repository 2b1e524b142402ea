import Causality
import Primitives

/// The canonical encoding of a record, the same on disk and between nodes: equal records have equal
/// bytes, so that replicas compare without decoding.
///
/// All numbers are little-endian. Format 1: one byte with the format; the number of actors (32
/// bits) and per actor node, epoch and counter (64 bits each), ascending; the number of siblings
/// (32 bits) and per sibling, in ascending order of dots: index of its actor (32 bits), counter
/// (64), timestamp (64), flags (8: bit 0 tombstone, bit 1 a value that expires), the expiry (64) of
/// a value that does, length and bytes of the operation id (8), and, unless it is a tombstone,
/// length and bytes of the value (32).
///
/// Format 2, of records that remember operations which left no sibling: the same, and behind it the
/// number of overwritten operations (32) and per operation, ascending by id, its timestamp (64) and
/// length and bytes of its id (8); the number of twins (32) and per twin, ascending by dot, index
/// of its actor (32), counter (64), timestamp (64), length and bytes of the operation id (8).
extension Record {
    private static let format: UInt8 = 1
    private static let formatWithOperations: UInt8 = 2
    private static let overwrittenHeadSize = 8 + 1
    private static let twinHeadSize = 4 + 8 + 8 + 1
    private static let actorSize = 24
    private static let siblingHeadSize = 4 + 8 + 8 + 1 + 1
    private static let tombstoneFlag: UInt8 = 1
    private static let expiryFlag: UInt8 = 2

    /// The encoding; linear in its size.
    package func encoded() -> [UInt8] {
        let size = siblings.entries.reduce(1 + 4 + context.entries.count * Record.actorSize + 4) {
            $0 + Record.size(of: $1.value)
        }
        return [UInt8](encodingSize: size + pastSize) { writer in
            writer.write(past.isEmpty ? Record.format : Record.formatWithOperations)
            writer.write(UInt32(context.entries.count))
            for entry in context.entries {
                writer.write(entry.actor.node.raw)
                writer.write(entry.actor.epoch)
                writer.write(entry.counter)
            }
            writer.write(UInt32(siblings.entries.count))
            for sibling in siblings.entries {
                write(sibling, to: &writer)
            }
            if !past.isEmpty {
                writePast(to: &writer)
            }
        }
    }

    private var pastSize: Int {
        guard !past.isEmpty else { return 0 }
        let size = past.overwritten.reduce(4 + 4) {
            $0 + Record.overwrittenHeadSize + $1.operation.count
        }
        return past.twins.reduce(size) { $0 + Record.twinHeadSize + $1.operation.count }
    }

    private func writePast(to writer: inout ByteWriter) {
        writer.write(UInt32(past.overwritten.count))
        for entry in past.overwritten {
            writer.write(entry.timestamp.raw)
            writer.write(UInt8(entry.operation.count))
            writer.write(entry.operation)
        }
        writer.write(UInt32(past.twins.count))
        for twin in past.twins {
            writer.write(UInt32(context.position(of: twin.dot.actor)))
            writer.write(twin.dot.counter)
            writer.write(twin.timestamp.raw)
            writer.write(UInt8(twin.operation.count))
            writer.write(twin.operation)
        }
    }

    private static func size(of version: Version) -> Int {
        let value = version.value.map { 4 + $0.count } ?? 0
        let expiry = version.expiry == nil ? 0 : 8
        return siblingHeadSize + expiry + version.operation.count + value
    }

    private func write(_ sibling: Siblings<Version>.Sibling, to writer: inout ByteWriter) {
        writer.write(UInt32(context.position(of: sibling.dot.actor)))
        writer.write(sibling.dot.counter)
        writer.write(sibling.value.timestamp.raw)
        let expiry = sibling.value.expiry
        let flag = sibling.value.value == nil ? Record.tombstoneFlag : 0
        writer.write(flag | (expiry == nil ? 0 : Record.expiryFlag))
        if let expiry {
            writer.write(expiry.raw)
        }
        writer.write(UInt8(sibling.value.operation.count))
        writer.write(sibling.value.operation)
        if let value = sibling.value.value {
            writer.write(sized: value)
        }
    }

    /// The record in an encoding; values share its storage.
    ///
    /// Throws on anything that no record encodes to, and never trusts a count before the bytes
    /// behind it are there.
    package init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = ByteReader(bytes)
        let format: UInt8 = try reader.read()
        guard format == Record.format || format == Record.formatWithOperations else {
            throw MalformedBytes("record format")
        }
        let context = try Record.readContext(&reader)
        let count = Int(try reader.read(UInt32.self))
        guard count <= reader.remaining / Record.siblingHeadSize else {
            throw MalformedBytes("sibling count")
        }
        var entries: [Siblings<Version>.Sibling] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            entries.append(try Record.readSibling(&reader, context))
        }
        let past =
            format == Record.formatWithOperations
            ? try Record.readPast(&reader, context) : PastOperations()
        guard reader.remaining == 0,
            let siblings = Siblings<Version>(context: context, entries: entries),
            let record = Record(siblings: siblings, past: past)
        else { throw MalformedBytes("siblings") }
        self = record
    }

    private static func readPast(
        _ reader: inout ByteReader, _ context: VersionVector
    ) throws(MalformedBytes) -> PastOperations {
        let count = Int(try reader.read(UInt32.self))
        guard count <= PastOperations.overwrittenMax else { throw MalformedBytes("operations") }
        var overwritten: [PastOperations.Overwritten] = []
        for _ in 0..<count {
            let timestamp = HybridTimestamp(try reader.read())
            let operation = try readOperation(&reader)
            overwritten.append(.init(operation: operation, timestamp: timestamp))
        }
        let twinCount = Int(try reader.read(UInt32.self))
        guard twinCount <= reader.remaining / twinHeadSize else {
            throw MalformedBytes("twin count")
        }
        var twins: [PastOperations.Twin] = []
        for _ in 0..<twinCount {
            let dot = try readDot(&reader, context)
            let timestamp = HybridTimestamp(try reader.read())
            let operation = try readOperation(&reader)
            twins.append(.init(operation: operation, dot: dot, timestamp: timestamp))
        }
        guard let past = PastOperations(overwritten: overwritten, twins: twins), !past.isEmpty
        else { throw MalformedBytes("operations") }
        return past
    }

    private static func readOperation(
        _ reader: inout ByteReader
    ) throws(MalformedBytes) -> Bytes {
        let size = Int(try reader.read(UInt8.self))
        guard (1...Version.operationBytesMax).contains(size) else {
            throw MalformedBytes("operation id")
        }
        return try reader.readBytes(size)
    }

    private static func readDot(
        _ reader: inout ByteReader, _ context: VersionVector
    ) throws(MalformedBytes) -> Dot {
        let index = Int(try reader.read(UInt32.self))
        guard index < context.entries.count else { throw MalformedBytes("actor index") }
        let dot = Dot(actor: context.entries[index].actor, counter: try reader.read())
        guard dot.counter > 0 else { throw MalformedBytes("dot") }
        return dot
    }

    private static func readContext(
        _ reader: inout ByteReader
    ) throws(MalformedBytes) -> VersionVector {
        let count = Int(try reader.read(UInt32.self))
        guard count <= reader.remaining / actorSize else { throw MalformedBytes("actor count") }
        var entries: [VersionVector.Entry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let node = NodeID(try reader.read())
            let actor = Actor(node: node, epoch: try reader.read())
            entries.append(VersionVector.Entry(actor: actor, counter: try reader.read()))
        }
        guard let vector = VersionVector(ascending: entries) else {
            throw MalformedBytes("context")
        }
        return vector
    }

    private static func readSibling(
        _ reader: inout ByteReader, _ context: VersionVector
    ) throws(MalformedBytes) -> Siblings<Version>.Sibling {
        let dot = try readDot(&reader, context)
        let timestamp = HybridTimestamp(try reader.read())
        let flags: UInt8 = try reader.read()
        guard flags <= expiryFlag else { throw MalformedBytes("flags") }
        let expiry = flags == expiryFlag ? HybridTimestamp(try reader.read()) : nil
        guard expiry?.raw != 0 else { throw MalformedBytes("expiry") }
        let operationSize: UInt8 = try reader.read()
        guard Int(operationSize) <= Version.operationBytesMax else {
            throw MalformedBytes("operation id")
        }
        let operation = try reader.readBytes(Int(operationSize))
        let content: Version.Content =
            flags == tombstoneFlag ? .tombstone : .value(try reader.readSizedBytes())
        let version = Version(
            content: content, timestamp: timestamp, operation: operation, expiry: expiry)
        return Siblings<Version>.Sibling(dot: dot, value: version)
    }
}
