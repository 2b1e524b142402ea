import Causality
import Primitives
import Quorum
import Replica
import Ring

// The encodings of a forwarded put and of its outcome.

extension QuorumOptions {
    static let encodedSize = 2 + 2 + 4 + 1
    private static let none = UInt16.max

    func write(to writer: inout ByteWriter) {
        writer.write(quorum.map { UInt16(clamping: $0) } ?? QuorumOptions.none)
        writer.write(primaries.map { UInt16(clamping: $0) } ?? QuorumOptions.none)
        writer.write(timeoutMilliseconds ?? UInt32.max)
        writer.write(isSloppy.map { UInt8($0 ? 1 : 0) } ?? UInt8.max)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        self.init()
        let quorum: UInt16 = try reader.read()
        let primaries: UInt16 = try reader.read()
        let timeout: UInt32 = try reader.read()
        self.quorum = quorum == QuorumOptions.none ? nil : Int(quorum)
        self.primaries = primaries == QuorumOptions.none ? nil : Int(primaries)
        timeoutMilliseconds = timeout == UInt32.max ? nil : timeout
        let sloppy: UInt8 = try reader.read()
        guard sloppy <= 1 || sloppy == UInt8.max else { throw MalformedBytes("sloppy") }
        isSloppy = sloppy == UInt8.max ? nil : sloppy == 1
    }
}

/// One byte of flags: bit 0 tombstone, bit 1 plain overwrite, bit 2 an expiry after a time, bit 3
/// one at a time; with either the milliseconds follow the value.
extension PutRequest {
    private static let tombstone: UInt8 = 1
    private static let overwrite: UInt8 = 2
    private static let expiresAfter: UInt8 = 4
    private static let expiresAt: UInt8 = 8

    private var seen: VersionVector {
        switch basis {
        case .seen(let context), .overwrite(let context): context
        }
    }

    var encodedSize: Int {
        let value = Version(content: content, timestamp: HybridTimestamp(0)).value
        return key.encodedSize + 1 + seen.encodedSize + 1 + operation.count
            + QuorumOptions.encodedSize + 4 + (value?.count ?? 0) + (expiry == .none ? 0 : 8)
    }

    func write(to writer: inout ByteWriter) {
        var flags: UInt8 = 0
        var value: Bytes = []
        switch content {
        case .tombstone: flags |= PutRequest.tombstone
        case .value(let bytes): value = bytes
        }
        if case .overwrite = basis {
            flags |= PutRequest.overwrite
        }
        let (expiryFlag, milliseconds) = expiryFields
        flags |= expiryFlag
        key.write(to: &writer)
        writer.write(flags)
        seen.write(to: &writer)
        writer.write(UInt8(operation.count))
        writer.write(operation)
        options.write(to: &writer)
        writer.write(sized: value)
        if let milliseconds {
            writer.write(milliseconds)
        }
    }

    private var expiryFields: (flag: UInt8, milliseconds: UInt64?) {
        switch expiry {
        case .none: (0, nil)
        case .after(let milliseconds): (PutRequest.expiresAfter, milliseconds)
        case .at(let milliseconds): (PutRequest.expiresAt, milliseconds)
        }
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let key = try Key(reading: &reader)
        let flags: UInt8 = try reader.read()
        let seen = try VersionVector(reading: &reader)
        let operationSize = Int(try reader.read(UInt8.self))
        guard flags <= 15, operationSize <= Version.operationBytesMax else {
            throw MalformedBytes("put")
        }
        let operation = try reader.readBytes(operationSize)
        let options = try QuorumOptions(reading: &reader)
        let value = try reader.readSizedBytes()
        self.init(
            key: key,
            content: flags & PutRequest.tombstone == 0 ? .value(value) : .tombstone,
            basis: flags & PutRequest.overwrite == 0 ? .seen(seen) : .overwrite(seen),
            operation: operation, options: options)
        expiry = try PutRequest.expiry(flags: flags, reading: &reader)
    }

    private static func expiry(
        flags: UInt8, reading reader: inout ByteReader
    ) throws(MalformedBytes) -> Expiry {
        let kind = flags & (expiresAfter | expiresAt)
        guard kind != 0 else { return .none }
        let milliseconds: UInt64 = try reader.read()
        let isAfter = kind == expiresAfter
        let longest =
            isAfter ? BucketProperties.ttlMillisecondsMax : Expiry.timeMillisecondsMax
        guard kind != expiresAfter | expiresAt, flags & tombstone == 0,
            (1...longest).contains(milliseconds)
        else { throw MalformedBytes("expiry") }
        return isAfter ? .after(milliseconds: milliseconds) : .at(milliseconds: milliseconds)
    }
}

extension PutResult {
    var encodedSize: Int {
        1 + (context?.encodedSize ?? 0) + 2 + replicas.count * 2 + 2 + 4
    }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt8(context == nil ? 0 : 1))
        context?.write(to: &writer)
        writer.write(UInt16(replicas.count))
        for replica in replicas {
            writer.write(replica.raw)
        }
        writer.write(UInt16(required))
        writer.write(UInt32(siblings))
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let hasContext = try reader.readFlag()
        let context = hasContext ? try VersionVector(reading: &reader) : nil
        let count = Int(try reader.read(UInt16.self))
        guard count <= reader.remaining / 2 else { throw MalformedBytes("replicas") }
        var replicas: [MemberIndex] = []
        for _ in 0..<count {
            replicas.append(MemberIndex(try reader.read()))
        }
        let required = Int(try reader.read(UInt16.self))
        let siblings = Int(try reader.read(UInt32.self))
        self.init(
            context: context, replicas: replicas, required: required, siblings: siblings)
    }
}

extension RequestFailure {
    private enum Kind: UInt8 {
        case unavailable, timedOut, overloaded, tooManySiblings, recordTooLarge
        case badRequest, storeFailed
    }

    private var parts: (kind: Kind, first: Int, second: Int, text: String) {
        switch self {
        case .unavailable(let required, let reachable, let reason):
            (.unavailable, required, reachable, reason)
        case .timedOut(let required, let answered): (.timedOut, required, answered, "")
        case .overloaded(let text): (.overloaded, 0, 0, text)
        case .refused(.tooManySiblings(let max)): (.tooManySiblings, max, 0, "")
        case .refused(.recordTooLarge(let max)): (.recordTooLarge, max, 0, "")
        case .badRequest(let text): (.badRequest, 0, 0, text)
        case .storeFailed(let text): (.storeFailed, 0, 0, text)
        }
    }

    var encodedSize: Int { 1 + 4 + 4 + ByteWriter.size(text: parts.text) }

    func write(to writer: inout ByteWriter) {
        let parts = parts
        writer.write(parts.kind.rawValue)
        writer.write(UInt32(parts.first))
        writer.write(UInt32(parts.second))
        writer.write(text: parts.text)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        guard let kind = Kind(rawValue: try reader.read()) else {
            throw MalformedBytes("failure")
        }
        let first = Int(try reader.read(UInt32.self))
        let second = Int(try reader.read(UInt32.self))
        let text = try reader.readText()
        switch kind {
        case .unavailable: self = .unavailable(required: first, reachable: second, because: text)
        case .timedOut: self = .timedOut(required: first, answered: second)
        case .overloaded: self = .overloaded(text)
        case .tooManySiblings: self = .refused(.tooManySiblings(max: first))
        case .recordTooLarge: self = .refused(.recordTooLarge(bytesMax: first))
        case .badRequest: self = .badRequest(text)
        case .storeFailed: self = .storeFailed(text)
        }
    }
}
