/// A hash of everything that happened, in order: two runs with equal traces were the same run.
///
/// FNV-1a, 64 bits, over 64-bit words. Contents are represented by digests of their bytes.
struct Trace {
    /// How many events lie between two checkpoints.
    static let checkpointEvents = 4_096

    private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    private(set) var events = 0
    private(set) var checkpoints: [TraceCheckpoint] = []

    /// Takes in the beginning of an event.
    mutating func begin(at time: UInt64, _ kind: UInt64, _ target: Int) {
        if events % Trace.checkpointEvents == 0 {
            checkpoints.append(TraceCheckpoint(events: events, at: time, hash: hash))
        }
        events += 1
        add(time)
        add(kind << 32 | UInt64(truncatingIfNeeded: target))
    }

    /// Takes in a word.
    @inline(__always)
    mutating func add(_ word: UInt64) {
        hash = (hash ^ word) &* 0x100_0000_01b3
        // Multiplication carries upwards only; without this the upper bits of a word are weak.
        hash ^= hash >> 32
    }

    /// Takes in bytes, eight at a time.
    mutating func add(_ bytes: some Collection<UInt8>) {
        add(UInt64(bytes.count))
        add(Digest.of(bytes))
    }
}

/// Digests of bytes for traces and oracles; not for anything that leaves the simulator.
enum Digest {
    /// A digest of some bytes.
    static func of(_ bytes: some Collection<UInt8>) -> UInt64 {
        bytes.withContiguousStorageIfAvailable { of($0) } ?? of(Array(bytes))
    }

    private static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let raw = UnsafeRawBufferPointer(bytes)
        var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(raw.count)
        var offset = 0
        while offset + 8 <= raw.count {
            mix(raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian, &hash)
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < raw.count {
            rest = rest << 8 | UInt64(raw[offset])
            offset += 1
        }
        mix(rest, &hash)
        return hash ^ (hash >> 29)
    }

    @inline(__always)
    private static func mix(_ word: UInt64, _ hash: inout UInt64) {
        hash = (hash ^ word) &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 32
    }
}
