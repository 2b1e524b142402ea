import Causality
import Primitives
import Quorum
import Replica
import Wire

/// A digest of what a message says, field by field, so that it can be compared with what is decoded
/// of its bytes without using the bytes.
struct MessageDigest {
    private var trace = Trace()

    static func of(_ envelope: Envelope) -> UInt64 {
        var digest = MessageDigest()
        digest.add(envelope.clock.raw)
        digest.add(UInt64(envelope.sentAt.raw))
        digest.add(envelope.message)
        return digest.trace.hash
    }

    private mutating func add(_ word: UInt64) { trace.add(word) }

    private mutating func add(delay: Int32?) {
        add(delay.map { UInt64(UInt32(bitPattern: $0)) } ?? .max)
    }

    private mutating func add(_ bytes: Bytes) { trace.add(bytes) }

    private mutating func add(_ text: String) { trace.add(Array(text.utf8)) }

    private mutating func add(_ message: Message) {
        switch message {
        case .heartbeat(let digest, let hearsYou, let isCounted, let fastest):
            add([1, digest, (hearsYou ? 1 : 0) | (isCounted ? 0 : 2)])
            add(delay: fastest)
        case .replicate(let request, let command, let target):
            add([2, request, UInt64(target?.raw ?? .max)])
            add(command)
        case .replicated(let request, let outcome, let delay):
            add([3, request, UInt64(outcome.rawValue)])
            add(delay: delay)
        case .fetch(let request, let key, let isHint):
            add([4, request, isHint ? 1 : 0])
            trace.add(key.canonical)
        case .fetched(let request, let outcome, let delay):
            add(outcome, request)
            add(delay: delay)
        case .repair(let command):
            add(6)
            add(command)
        case .forward(let request, let put):
            add([7, request])
            add(put)
        case .forwarded(let request, let result): add(result, request)
        case .startAccepted(let start, let isReplacement):
            add([9, isReplacement ? 1 : 0])
            add(start)
        case .startRefused(let known):
            add(10)
            add(known)
        case .buckets(let entries):
            add(11)
            for entry in entries {
                add(entry.name)
                add(entry.timestamp.raw)
                add(entry.properties)
            }
        case .statusRequest(let request): add([12, request])
        case .status(let request, let status): add(status, request)
        default: add(exchange: message)
        }
    }

    private mutating func add(exchange message: Message) {
        add(message.request ?? 0)
        switch message {
        case .compareTrees(_, let hashes):
            add(14)
            for hash in hashes {
                add(hash.node)
                add([hash.hash.high, hash.hash.low])
            }
        case .treesCompared(_, let places): add([15] + places.map { UInt64($0) })
        case .compareKeys(_, let nodes, let entries):
            add(16)
            for node in nodes { add(node) }
            for entry in entries { add([entry.hash.high, entry.hash.low, entry.digest]) }
        case .keysCompared(_, let wanted, let offered):
            add([17, UInt64(wanted.count)])
            for hash in wanted + offered { add([hash.high, hash.low]) }
        case .fetchAll(_, let hashes):
            add(18)
            for hash in hashes { add([hash.high, hash.low]) }
        case .fetchedAll(_, let records, let readAt):
            add([19, readAt.raw])
            for record in records {
                trace.add(record.key.canonical)
                add(record.record)
            }
        case .reap(_, let question):
            add([21, UInt64(question.step.rawValue), question.notBefore.raw])
            for record in question.records {
                trace.add(record.key.canonical)
                add([record.digest.high, record.digest.low, UInt64(record.copies)])
            }
        case .reaped(_, let places, let time):
            add([22, time.raw] + places.map { UInt64($0) })
        default: add(20)
        }
    }

    private mutating func add(_ node: TreeNode) {
        add([
            UInt64(node.set.partition.raw), UInt64(node.set.copies), UInt64(node.depth),
            UInt64(node.index),
        ])
    }

    private mutating func add(_ words: [UInt64]) {
        for word in words { add(word) }
    }

    private mutating func add(_ command: MergeCommand) {
        trace.add(command.key.canonical)
        add(command.record)
        add([command.isComplete ? 1 : 0, command.readAt.raw])
    }

    private mutating func add(_ outcome: FetchOutcome, _ request: UInt64) {
        add([5, request])
        switch outcome {
        case .record(let bytes, let readAt):
            add([readAt.raw, bytes == nil ? 0 : 3])
            if let bytes { add(bytes) }
        case .unreadable: add(1)
        case .failed: add(2)
        case .refilling: add(3)
        }
    }

    private mutating func add(_ start: NodeStart) {
        add([start.node.raw, start.number, UInt64(start.run)])
    }

    private mutating func add(_ vector: VersionVector) {
        for entry in vector.entries {
            add([entry.actor.node.raw, entry.actor.epoch, entry.counter])
        }
    }

    private mutating func add(_ put: PutRequest) {
        trace.add(put.key.canonical)
        switch put.content {
        case .value(let bytes): add(bytes)
        case .tombstone: add(1)
        }
        switch put.basis {
        case .seen(let vector): add(vector)
        case .overwrite(let vector):
            add(2)
            add(vector)
        }
        add(put.operation)
        switch put.expiry {
        case .none: break
        case .after(let milliseconds): add([3, milliseconds])
        case .at(let milliseconds): add([4, milliseconds])
        }
        let options = put.options
        add(UInt64(options.quorum ?? 10_000))
        add(UInt64(options.primaries ?? 10_000))
        add(UInt64(options.timeoutMilliseconds ?? 0))
        add(options.isSloppy.map { $0 ? 1 : 2 } ?? 0)
    }

    private mutating func add(_ result: Result<PutResult, RequestFailure>, _ request: UInt64) {
        add([8, request])
        switch result {
        case .success(let result):
            if let context = result.context { add(context) }
            add(result.context == nil ? 0 : 1)
            for replica in result.replicas { add(UInt64(replica.raw)) }
            add([UInt64(result.required), UInt64(result.siblings)])
        case .failure(let failure): add("\(failure)")
        }
    }

    private mutating func add(_ status: NodeStatus, _ request: UInt64) {
        add([13, request, status.id.raw, UInt64(status.process)])
        let counts = status.counts
        add([counts.records, counts.live, counts.hints, counts.hintBytes])
        add(UInt64(status.requests))
        add(status.storeFailure)
        add([status.refill.rawValue] + status.waitsFor.map { UInt64($0.raw) })
    }
}
