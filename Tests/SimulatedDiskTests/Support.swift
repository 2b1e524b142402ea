import Causality
import Primitives
import Replica
import SimulatedDisk
import Store
import Testing

extension SimulatedDisk {
    /// An empty disk whose faults follow from its seed.
    convenience init(_ name: String, seed: UInt64 = 1) {
        self.init(name: name, random: RandomStream(seed: seed))
    }

    /// Opens the store on it.
    func open(seed: UInt64 = 1, checkpointPages: Int32 = 8_000) throws(StoreError) -> SQLiteStore {
        var options = StoreOptions(path: path, seed: seed, initialClusterState: [1, 2, 3])
        options.vfs = SimulatedDisk.vfsName
        options.checkpointPages = checkpointPages
        options.cacheKibibytes = 512
        return try SQLiteStore(opening: options)
    }
}

/// A key in the tests' bucket.
func key(_ number: Int) throws -> Key {
    try #require(Key(bucket: Array("tests".utf8), key: Array("key \(number)".utf8)))
}

/// A value that no other put has, of at least 20 bytes.
func value(_ number: Int, size: Int = 20) -> [UInt8] {
    var value = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: max(20, size))
    value.replaceSubrange(0..<20, with: Array("\(number)                    ".utf8.prefix(20)))
    return value
}

/// A put that leaves nothing of the values before.
func put(_ key: Key, _ value: [UInt8]) -> ReplicaCommand {
    let version = Version(
        content: .value(value[...]), timestamp: HybridTimestamp(milliseconds: 1),
        operation: Bytes(text: ""))
    return .put(
        PutCommand(
            key: key, version: version, basis: .overwrite(VersionVector()), conflict: .siblings))
}

/// What the store says about a key.
enum Finding: Equatable {
    case absent
    case values([[UInt8]])
    case unreadable
    case failed
}

extension SQLiteStore {
    /// The final reply to one command.
    func run(_ command: ReplicaCommand) -> ReplicaReply? {
        var reply: ReplicaReply?
        execute([command]) { phase, answers in
            guard phase == .durable else { return }
            reply = answers.last?.reply
        }
        return reply
    }

    /// Whether a put was acknowledged.
    func acknowledges(_ number: Int, at key: Key, size: Int = 20) -> Bool {
        guard case .put = run(put(key, value(number, size: size))) else { return false }
        return true
    }

    /// What lies under a key.
    func answer(_ key: Key) -> Finding {
        switch run(.get(key)) {
        case .record(nil): return .absent
        case .record(let bytes?):
            guard let record = try? Record(decoding: bytes) else { return .unreadable }
            return .values(record.siblings.values.compactMap { $0.value.map(Array.init) })
        case .unreadable: return .unreadable
        default: return .failed
        }
    }

    /// Whether a key has the value of a put and no other.
    func has(_ number: Int, at key: Key, size: Int = 20) -> Bool {
        answer(key) == .values([value(number, size: size)])
    }

    /// Puts `count` values under keys of the same numbers.
    func fill(_ count: Int) throws {
        for number in 0..<count {
            #expect(acknowledges(number, at: try key(number)))
        }
    }
}
