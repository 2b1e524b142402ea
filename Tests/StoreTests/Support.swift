import CSQLite
import Causality
import Foundation
import Primitives
import Replica
import Testing

@testable import Store

/// A directory of its own for one test, removed at its end.
final class Scratch {
    let directory: String
    /// The database in it.
    var path: String { directory + "/dyna.db" }

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        directory = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    func open(seed: UInt64 = 1, _ change: (inout StoreOptions) -> Void = { _ in }) throws
        -> SQLiteStore
    {
        var options = StoreOptions(path: path, seed: seed, initialClusterState: [1, 2, 3])
        change(&options)
        return try SQLiteStore(opening: options)
    }
}

/// A key in the tests' bucket.
func key(_ name: String) throws -> Key {
    try #require(Key(bucket: Array("tests".utf8), key: Array(name.utf8)))
}

/// A version with a value and, where named, an operation id.
func version(_ value: [UInt8], operation: String = "", at time: UInt64 = 1) -> Version {
    Version(
        content: .value(value[...]), timestamp: HybridTimestamp(milliseconds: time),
        operation: Bytes(text: operation))
}

/// A put without context, or one that overwrites what the store has.
func put(
    _ key: Key, _ value: [UInt8], operation: String = "", overwriting: Bool = false
) -> ReplicaCommand {
    let nothing = VersionVector()
    return .put(
        PutCommand(
            key: key, version: version(value, operation: operation),
            basis: overwriting ? .overwrite(nothing) : .seen(nothing), conflict: .siblings))
}

/// A delete that saw everything that the store has.
func delete(_ key: Key) -> ReplicaCommand {
    let tombstone = Version(content: .tombstone, timestamp: HybridTimestamp(milliseconds: 9))
    return .put(
        PutCommand(
            key: key, version: tombstone, basis: .overwrite(VersionVector()),
            conflict: .siblings))
}

/// A merge of another node's record.
func merge(_ key: Key, _ record: Record, isComplete: Bool = false) -> ReplicaCommand {
    .merge(
        MergeCommand(
            key: key, record: record.encoded()[...], isComplete: isComplete,
            readAt: HybridTimestamp(1)))
}

/// A record that another node wrote.
func foreignRecord(_ value: [UInt8], node: UInt64 = 77, counter: UInt64 = 1) -> Record {
    var record = Record()
    record.put(
        version(value), seen: VersionVector(),
        dot: Dot(actor: Actor(node: NodeID(node), epoch: 5), counter: counter))
    return record
}

/// Bytes that follow from a seed.
func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
}

extension SQLiteStore {
    /// The final replies in the order of the commands.
    @discardableResult
    func run(_ batch: ReplicaCommand...) -> [ReplicaReply] { run(batch) }

    /// The final replies in the order of the commands.
    @discardableResult
    func run(_ batch: [ReplicaCommand]) -> [ReplicaReply] {
        var replies: [Int: ReplicaReply] = [:]
        execute(batch) { phase, answers in
            guard phase == .durable else { return }
            for answer in answers {
                #expect(replies.updateValue(answer.reply, forKey: answer.index) == nil)
            }
        }
        #expect(replies.count == batch.count)
        return batch.indices.compactMap { replies[$0] }
    }

    /// The values of a key, ascending; nil where the key has no record.
    func values(_ key: Key) throws -> [[UInt8]]? {
        guard case .record(let bytes) = run(.get(key))[0] else {
            throw Unexpected(reply: run(.get(key))[0])
        }
        guard let bytes else { return nil }
        return try Record(decoding: bytes).siblings.values.compactMap { $0.value.map(Array.init) }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The numbers of records.
    func currentCounts() throws -> RecordCounts {
        guard case .counts(let counts) = run(.count)[0] else {
            throw Unexpected(reply: run(.count)[0])
        }
        return counts
    }
}

/// A reply that a test did not expect.
struct Unexpected: Error {
    let reply: ReplicaReply
}

extension ReplicaReply {
    var receipt: PutReceipt? {
        if case .put(let receipt) = self { return receipt }
        return nil
    }

    var isUnreadable: Bool {
        if case .unreadable = self { return true }
        return false
    }

    var failure: StoreFailure? {
        if case .failed(let failure) = self { return failure }
        return nil
    }

    /// Whether a merge or another write was carried out.
    var isDone: Bool {
        switch self {
        case .put, .merged, .done: true
        default: false
        }
    }
}

extension PutReceipt {
    /// The greatest dot of the record that the put left.
    var dots: [Dot] {
        get throws { try Record(decoding: record).siblings.entries.map(\.dot) }
    }
}
