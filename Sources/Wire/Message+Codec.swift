import Causality
import Primitives
import Quorum
import Replica
import Ring

extension Message {
    /// The kinds of messages as they are numbered on the wire; numbers are never used again.
    enum Kind: UInt8 {
        case heartbeat = 0
        case replicate = 1
        case replicated = 2
        case fetch = 3
        case fetched = 4
        case repair = 5
        case forward = 6
        case forwarded = 7
        case startAccepted = 8
        case startRefused = 9
        case buckets = 10
        case statusRequest = 11
        case status = 12
        case compareTrees = 13
        case treesCompared = 14
        case compareKeys = 15
        case keysCompared = 16
        case fetchAll = 17
        case fetchedAll = 18
        case exchangeFailed = 19
        case reap = 20
        case reaped = 21
    }

    var kind: Kind {
        switch self {
        case .heartbeat: .heartbeat
        case .replicate: .replicate
        case .replicated: .replicated
        case .fetch: .fetch
        case .fetched: .fetched
        case .repair: .repair
        case .forward: .forward
        case .forwarded: .forwarded
        case .startAccepted: .startAccepted
        case .startRefused: .startRefused
        case .buckets: .buckets
        case .statusRequest: .statusRequest
        case .status: .status
        case .compareTrees: .compareTrees
        case .treesCompared: .treesCompared
        case .compareKeys: .compareKeys
        case .keysCompared: .keysCompared
        case .fetchAll: .fetchAll
        case .fetchedAll: .fetchedAll
        case .exchangeFailed: .exchangeFailed
        case .reap: .reap
        case .reaped: .reaped
        }
    }

    var encodedSize: Int {
        switch self {
        case .heartbeat: 8 + 1 + 4
        case .replicate(_, let command, _): 8 + 2 + command.encodedSize
        case .replicated: 8 + 1 + 4
        case .fetch(_, let key, _): 8 + 1 + key.encodedSize
        case .fetched(_, let outcome, _): 8 + outcome.encodedSize + 4
        case .repair(let command): command.encodedSize
        case .forward(_, let request): 8 + request.encodedSize
        case .forwarded(_, .success(let result)): 8 + 1 + result.encodedSize
        case .forwarded(_, .failure(let failure)): 8 + 1 + failure.encodedSize
        case .startAccepted: NodeStart.encodedSize + 1
        case .startRefused: NodeStart.encodedSize
        case .buckets(let entries): entries.reduce(4) { $0 + $1.encodedSize }
        case .statusRequest: 8
        case .status(_, let status): 8 + status.encodedSize
        case .compareTrees, .treesCompared, .compareKeys, .keysCompared, .fetchAll, .fetchedAll,
            .exchangeFailed:
            8 + exchangeSize
        case .reap(_, let question): 8 + question.encodedSize
        case .reaped(_, let places, _): 8 + 8 + 4 + places.count * 4
        }
    }

    func write(to writer: inout ByteWriter) {
        if let request {
            writer.write(request)
        }
        switch self {
        case .heartbeat(let digest, let hearsYou, let isCounted, let fastest):
            writer.write(digest)
            writer.write(UInt8((hearsYou ? 1 : 0) | (isCounted ? 0 : 2)))
            Message.write(delay: fastest, to: &writer)
        case .replicate(_, let command, let target):
            writer.write(target?.raw ?? Message.noMember)
            command.write(to: &writer)
        case .repair(let command): command.write(to: &writer)
        case .replicated(_, let outcome, let delay):
            writer.write(outcome.rawValue)
            Message.write(delay: delay, to: &writer)
        case .fetch(_, let key, let isHint):
            writer.write(UInt8(isHint ? 1 : 0))
            key.write(to: &writer)
        case .fetched(_, let outcome, let delay):
            outcome.write(to: &writer)
            Message.write(delay: delay, to: &writer)
        case .forward(_, let request): request.write(to: &writer)
        case .forwarded(_, let result): Message.write(result, to: &writer)
        case .startAccepted(let start, let isReplacement):
            start.write(to: &writer)
            writer.write(UInt8(isReplacement ? 1 : 0))
        case .startRefused(let start): start.write(to: &writer)
        case .buckets(let entries):
            writer.write(UInt32(entries.count))
            for entry in entries {
                entry.write(to: &writer)
            }
        case .statusRequest: break
        case .status(_, let status): status.write(to: &writer)
        case .compareTrees, .treesCompared, .compareKeys, .keysCompared, .fetchAll, .fetchedAll,
            .exchangeFailed:
            writeExchange(to: &writer)
        case .reap(_, let question): question.write(to: &writer)
        case .reaped(_, let places, let time):
            writer.write(time.raw)
            writer.write(list: places) { $1.write($0) }
        }
    }

    /// The request number of messages that have one.
    package var request: UInt64? {
        switch self {
        case .replicate(let request, _, _), .replicated(let request, _, _),
            .fetch(let request, _, _), .fetched(let request, _, _), .forward(let request, _),
            .forwarded(let request, _),
            .statusRequest(let request), .status(let request, _),
            .compareTrees(let request, _), .treesCompared(let request, _),
            .compareKeys(let request, _, _), .keysCompared(let request, _, _),
            .fetchAll(let request, _), .fetchedAll(let request, _, _),
            .exchangeFailed(let request), .reap(let request, _), .reaped(let request, _, _):
            request
        case .heartbeat, .repair, .startAccepted, .startRefused, .buckets: nil
        }
    }

    /// Whether the sender waits for an answer with the same request number.
    package var isRequest: Bool {
        switch self {
        case .replicate, .fetch, .forward, .statusRequest, .compareTrees, .compareKeys, .fetchAll,
            .reap:
            true
        default: false
        }
    }

    /// Stands for no member; no cluster has as many.
    private static let noMember = UInt16.max

    /// Stands for no delay; no two wall clocks differ by as much and still talk.
    private static let noDelay = Int32.min

    private static func write(delay: Int32?, to writer: inout ByteWriter) {
        writer.write(UInt32(bitPattern: delay ?? noDelay))
    }

    private static func readDelay(_ reader: inout ByteReader) throws(MalformedBytes) -> Int32? {
        let delay = Int32(bitPattern: try reader.read())
        return delay == noDelay ? nil : delay
    }

    private static func write(
        _ result: Result<PutResult, RequestFailure>, to writer: inout ByteWriter
    ) {
        switch result {
        case .success(let result):
            writer.write(UInt8(1))
            result.write(to: &writer)
        case .failure(let failure):
            writer.write(UInt8(0))
            failure.write(to: &writer)
        }
    }
}

extension Message {
    init(kind: UInt8, reading reader: inout ByteReader) throws(MalformedBytes) {
        guard let kind = Kind(rawValue: kind) else { throw MalformedBytes("kind") }
        switch kind {
        case .heartbeat:
            let digest: UInt64 = try reader.read()
            let flags: UInt8 = try reader.read()
            guard flags <= 3 else { throw MalformedBytes("heartbeat") }
            self = .heartbeat(
                bucketsDigest: digest, hearsYou: flags & 1 != 0, isCounted: flags & 2 == 0,
                fastest: try Message.readDelay(&reader))
        case .repair: self = .repair(try MergeCommand(reading: &reader))
        case .startAccepted:
            let start = try NodeStart(reading: &reader)
            self = .startAccepted(start, isReplacement: try reader.readFlag())
        case .startRefused: self = .startRefused(known: try NodeStart(reading: &reader))
        case .buckets: self = .buckets(try Message.readBuckets(&reader))
        case .replicate, .replicated, .fetch, .fetched, .forward, .forwarded, .statusRequest,
            .status, .reap, .reaped:
            self = try Message.read(kind, request: try reader.read(), &reader)
        case .compareTrees, .treesCompared, .compareKeys, .keysCompared, .fetchAll, .fetchedAll,
            .exchangeFailed:
            self = try Message.readExchange(kind, request: try reader.read(), &reader)
        }
    }

    private static func read(
        _ kind: Kind, request: UInt64, _ reader: inout ByteReader
    ) throws(MalformedBytes) -> Message {
        switch kind {
        case .replicate:
            let target: UInt16 = try reader.read()
            return .replicate(
                request: request, try MergeCommand(reading: &reader),
                hintFor: target == noMember ? nil : MemberIndex(target))
        case .replicated:
            guard let outcome = ReplicateOutcome(rawValue: try reader.read()) else {
                throw MalformedBytes("outcome")
            }
            return .replicated(request: request, outcome, after: try readDelay(&reader))
        case .fetch:
            let isHint = try reader.readFlag()
            return .fetch(request: request, try Key(reading: &reader), isHint: isHint)
        case .fetched:
            let outcome = try FetchOutcome(reading: &reader)
            return .fetched(request: request, outcome, after: try readDelay(&reader))
        case .forward: return .forward(request: request, try PutRequest(reading: &reader))
        case .forwarded:
            let succeeded = try reader.readFlag()
            return succeeded
                ? .forwarded(request: request, .success(try PutResult(reading: &reader)))
                : .forwarded(request: request, .failure(try RequestFailure(reading: &reader)))
        case .reap: return .reap(request: request, try ReapQuestion(reading: &reader))
        case .reaped:
            let time = HybridTimestamp(try reader.read())
            return .reaped(request: request, try readPlaces(&reader), at: time)
        case .statusRequest: return .statusRequest(request: request)
        case .status: return .status(request: request, try NodeStatus(reading: &reader))
        default:
            throw MalformedBytes("kind")
        }
    }

    private static func readBuckets(
        _ reader: inout ByteReader
    ) throws(MalformedBytes) -> [BucketEntry] {
        let count = Int(try reader.read(UInt32.self))
        guard count <= reader.remaining / 17 else { throw MalformedBytes("bucket count") }
        var entries: [BucketEntry] = []
        for _ in 0..<count {
            entries.append(try BucketEntry(reading: &reader))
        }
        return entries
    }
}

extension FetchOutcome {
    private enum Kind: UInt8 {
        case absent, record, unreadable, failed, refilling
    }

    var encodedSize: Int {
        switch self {
        case .record(let bytes, _): 1 + 8 + (bytes.map { 4 + $0.count } ?? 0)
        case .unreadable, .failed, .refilling: 1
        }
    }

    func write(to writer: inout ByteWriter) {
        switch self {
        case .record(nil, let readAt):
            writer.write(Kind.absent.rawValue)
            writer.write(readAt.raw)
        case .record(let bytes?, let readAt):
            writer.write(Kind.record.rawValue)
            writer.write(readAt.raw)
            writer.write(sized: bytes)
        case .unreadable: writer.write(Kind.unreadable.rawValue)
        case .failed: writer.write(Kind.failed.rawValue)
        case .refilling: writer.write(Kind.refilling.rawValue)
        }
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        switch Kind(rawValue: try reader.read()) {
        case .absent: self = .record(nil, readAt: HybridTimestamp(try reader.read()))
        case .record:
            let readAt = HybridTimestamp(try reader.read())
            self = .record(try reader.readSizedBytes(), readAt: readAt)
        case .unreadable: self = .unreadable
        case .failed: self = .failed
        case .refilling: self = .refilling
        case nil: throw MalformedBytes("fetch outcome")
        }
    }
}
