import Causality
import Primitives
import Quorum
import Replica
import Ring

// The encodings of the parts that messages are made of.

extension Hello {
    var encodedSize: Int {
        ByteWriter.size(text: cluster) + ByteWriter.size(text: name)
            + ByteWriter.size(text: target) + NodeStart.encodedSize + 8
    }

    func write(to writer: inout ByteWriter) {
        writer.write(text: cluster)
        writer.write(text: name)
        writer.write(text: target)
        start.write(to: &writer)
        writer.write(ringVersion)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        self.init(
            cluster: try reader.readText(), name: try reader.readText(),
            target: try reader.readText(), start: try NodeStart(reading: &reader),
            ringVersion: try reader.read())
    }
}

extension NodeStart {
    static let encodedSize = 8 + 8 + 4

    func write(to writer: inout ByteWriter) {
        writer.write(node.raw)
        writer.write(number)
        writer.write(run)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let node = NodeID(try reader.read())
        self.init(node: node, number: try reader.read(), run: try reader.read())
    }
}

extension Key {
    var encodedSize: Int { 2 + canonical.count }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt16(canonical.count))
        writer.write(canonical)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let size: UInt16 = try reader.read()
        guard let key = Key(canonical: try reader.readBytes(Int(size))) else {
            throw MalformedBytes("key")
        }
        self = key
    }
}

extension MergeCommand {
    var encodedSize: Int { key.encodedSize + 1 + 8 + 4 + record.count }

    func write(to writer: inout ByteWriter) {
        key.write(to: &writer)
        writer.write(UInt8(isComplete ? 1 : 0))
        writer.write(readAt.raw)
        writer.write(sized: record)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let key = try Key(reading: &reader)
        let isComplete = try reader.readFlag()
        let readAt = HybridTimestamp(try reader.read())
        self.init(
            key: key, record: try reader.readSizedBytes(), isComplete: isComplete,
            readAt: readAt)
    }
}

extension BucketEntry {
    var encodedSize: Int { 4 + name.count + 8 + 4 + properties.count }

    func write(to writer: inout ByteWriter) {
        writer.write(sized: name)
        writer.write(timestamp.raw)
        writer.write(sized: properties)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let name = try reader.readSizedBytes()
        guard (1...Key.bucketBytesMax).contains(name.count) else {
            throw MalformedBytes("bucket name")
        }
        let timestamp = HybridTimestamp(try reader.read())
        self.init(name: name, timestamp: timestamp, properties: try reader.readSizedBytes())
    }
}

extension NodeStatus {
    var encodedSize: Int {
        8 + 4 + 4 * 8 + 4 + ByteWriter.size(text: storeFailure) + 1 + 2 + 2 * waitsFor.count
            + 2 + 2 * reapingWaitsFor.count + 1 + (scrub == nil ? 0 : 3 * 8) + 3 * 8
    }

    func write(to writer: inout ByteWriter) {
        writer.write(id.raw)
        writer.write(process)
        writer.write(counts.records)
        writer.write(counts.live)
        writer.write(counts.hints)
        writer.write(counts.hintBytes)
        writer.write(requests)
        writer.write(text: storeFailure)
        writer.write(UInt8(refill.rawValue))
        writer.write(UInt16(waitsFor.count))
        for member in waitsFor {
            writer.write(member.raw)
        }
        writer.write(readsJudged)
        writer.write(staleReads)
        writer.write(staleAgeP99Milliseconds)
        writer.write(UInt16(reapingWaitsFor.count))
        for member in reapingWaitsFor {
            writer.write(member.raw)
        }
        writer.write(UInt8(scrub == nil ? 0 : 1))
        if let scrub {
            writer.write(scrub.finishedAtMilliseconds)
            writer.write(scrub.records)
            writer.write(scrub.unreadable)
        }
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let id = NodeID(try reader.read())
        let process: UInt32 = try reader.read()
        var counts = RecordCounts(records: try reader.read(), live: try reader.read())
        counts.hints = try reader.read()
        counts.hintBytes = try reader.read()
        self.init(
            id: id, process: process, counts: counts, requests: try reader.read(),
            storeFailure: try reader.readText())
        let state: UInt8 = try reader.read()
        guard let refill = RefillState(rawValue: UInt64(state)) else {
            throw MalformedBytes("refill")
        }
        self.refill = refill
        let count: UInt16 = try reader.read()
        for _ in 0..<count {
            waitsFor.append(MemberIndex(try reader.read()))
        }
        readsJudged = try reader.read()
        staleReads = try reader.read()
        staleAgeP99Milliseconds = try reader.read()
        let delaying: UInt16 = try reader.read()
        for _ in 0..<delaying {
            reapingWaitsFor.append(MemberIndex(try reader.read()))
        }
        guard try reader.readFlag() else { return }
        scrub = ScrubSummary(
            finishedAtMilliseconds: try reader.read(), records: try reader.read(),
            unreadable: try reader.read())
    }
}

extension VersionVector {
    var encodedSize: Int { 4 + entries.count * 24 }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt32(entries.count))
        for entry in entries {
            writer.write(entry.actor.node.raw)
            writer.write(entry.actor.epoch)
            writer.write(entry.counter)
        }
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let count = Int(try reader.read(UInt32.self))
        guard count <= reader.remaining / 24 else { throw MalformedBytes("context") }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let node = NodeID(try reader.read())
            let actor = Actor(node: node, epoch: try reader.read())
            entries.append(Entry(actor: actor, counter: try reader.read()))
        }
        guard let vector = VersionVector(ascending: entries) else {
            throw MalformedBytes("context")
        }
        self = vector
    }
}

extension ByteReader {
    mutating func readFlag() throws(MalformedBytes) -> Bool {
        switch try read(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw MalformedBytes("flag")
        }
    }
}
