import Primitives

/// Bytes that are no record, as the judges read the documented encoding.
struct NotARecord: Error {}

/// Reads the canonical encoding of records, from its documentation and not with the product's code.
struct RecordReading {
    private let bytes: Bytes
    private var position: Int

    private init(_ bytes: Bytes) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The record in an encoding; `operation` tells who wrote a version and whether its bytes are
    /// genuine.
    static func read(
        _ bytes: Bytes,
        operation: (SeenDot, _ content: Bytes?, _ operationID: Bytes) -> (index: Int?, Bool)
    ) throws(NotARecord) -> SeenRecord {
        var reading = RecordReading(bytes)
        let format = try reading.number(1)
        guard format == 1 || format == 2 else { throw NotARecord() }
        var record = SeenRecord()
        var actors: [SeenVector.Entry] = []
        for _ in 0..<(try reading.number(4)) {
            let entry = SeenVector.Entry(
                node: try reading.number(8), epoch: try reading.number(8),
                counter: try reading.number(8))
            actors.append(entry)
        }
        record.context = SeenVector(actors)
        for _ in 0..<(try reading.number(4)) {
            let index = Int(try reading.number(4))
            guard index < actors.count else { throw NotARecord() }
            let dot = SeenDot(
                node: actors[index].node, epoch: actors[index].epoch,
                counter: try reading.number(8))
            let timestamp = try reading.number(8)
            let flags = try reading.number(1)
            let isTombstone = flags == 1
            let expiry = flags == 2 ? try reading.number(8) : 0
            guard flags <= 1 || expiry > 0 else { throw NotARecord() }
            let operationID = try reading.take(Int(try reading.number(1)))
            let content = isTombstone ? nil : try reading.take(Int(try reading.number(4)))
            let (author, isGenuine) = operation(dot, content, operationID)
            record.versions.append(
                SeenVersion(
                    dot: dot, timestamp: timestamp, operation: author, isGenuine: isGenuine,
                    expiry: expiry, id: operationID))
        }
        if format == 2 {
            try reading.readOperations(into: &record, actors)
        }
        guard reading.position == bytes.endIndex else { throw NotARecord() }
        return record
    }

    /// The operations that left no version; there is one at least.
    private mutating func readOperations(
        into record: inout SeenRecord, _ actors: [SeenVector.Entry]
    ) throws(NotARecord) {
        for _ in 0..<(try number(4)) {
            let timestamp = try number(8)
            let id = try take(Int(try number(1)))
            guard let operation = Judge.number(inOperationID: id) else { throw NotARecord() }
            record.overwritten.append(
                SeenOverwritten(operation: operation, id: id, timestamp: timestamp))
        }
        record.overwritten.sort { $0.operation < $1.operation }
        for _ in 0..<(try number(4)) {
            let index = Int(try number(4))
            guard index < actors.count else { throw NotARecord() }
            let dot = SeenDot(
                node: actors[index].node, epoch: actors[index].epoch, counter: try number(8))
            let timestamp = try number(8)
            let id = try take(Int(try number(1)))
            guard let operation = Judge.number(inOperationID: id) else { throw NotARecord() }
            record.twins.append(
                SeenTwin(dot: dot, operation: operation, id: id, timestamp: timestamp))
        }
        guard !record.overwritten.isEmpty || !record.twins.isEmpty else { throw NotARecord() }
    }

    /// A little-endian number of 1, 4 or 8 bytes.
    private mutating func number(_ size: Int) throws(NotARecord) -> UInt64 {
        guard bytes.endIndex - position >= size else { throw NotARecord() }
        var value: UInt64 = 0
        for offset in (0..<size).reversed() {
            value = value << 8 | UInt64(bytes[position + offset])
        }
        position += size
        return value
    }

    private mutating func take(_ count: Int) throws(NotARecord) -> Bytes {
        guard bytes.endIndex - position >= count else { throw NotARecord() }
        defer { position += count }
        return bytes[position..<position + count]
    }
}
