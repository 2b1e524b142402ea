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
        let actorCount = try reading.number(4)
        actors.reserveCapacity(min(Int(actorCount), bytes.count / 24))
        for _ in 0..<actorCount {
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
        let start = position - bytes.startIndex
        position += size
        return bytes.withUnsafeBytes { raw in
            var value: UInt64 = 0
            for offset in (start..<start + size).reversed() {
                value = value << 8 | UInt64(raw[offset])
            }
            return value
        }
    }

    private mutating func take(_ count: Int) throws(NotARecord) -> Bytes {
        guard bytes.endIndex - position >= count else { throw NotARecord() }
        defer { position += count }
        return bytes[position..<position + count]
    }
}

/// The records of a key that were read lately, with their bytes: most bytes pass by several times,
/// in messages, answers and transactions.
///
/// Only what was found genuine is kept, and given again for equal bytes only. What was written
/// never changes, so that reading the same bytes once more would say the same.
struct RecentReadings {
    private static let countMax = 16
    /// Longer bytes are read every time, lest they are kept in memory for all keys.
    private static let bytesMax = 4_096

    /// What was read from some bytes.
    private struct Reading {
        let bytes: [UInt8]
        let record: SeenRecord
    }

    private var readings: [Reading] = []
    private var oldest = 0

    /// The record in some bytes, if it is remembered.
    func record(in bytes: Bytes) -> SeenRecord? {
        let place = readings.withUnsafeBufferPointer { readings in
            bytes.withUnsafeBytes { sought in
                readings.indices.first { index in
                    readings[index].bytes.withUnsafeBytes { $0.isSame(as: sought) }
                }
            }
        }
        return place.map { readings[$0].record }
    }

    /// Remembers a record in place of the oldest.
    mutating func keep(_ record: SeenRecord, in bytes: Bytes) {
        guard bytes.count <= RecentReadings.bytesMax else { return }
        guard readings.count == RecentReadings.countMax else {
            return readings.append(Reading(bytes: Array(bytes), record: record))
        }
        readings[oldest] = Reading(bytes: Array(bytes), record: record)
        oldest = (oldest + 1) % RecentReadings.countMax
    }
}
