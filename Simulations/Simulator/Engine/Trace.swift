/// A hash of everything that happened, in order: two runs with equal traces were the same run.
///
/// FNV-1a, 64 bits, over 64-bit words. Events come in with their time, kind and target; beyond that
/// all that passes between a node and the world does, bytes represented by their digests: frames as
/// they are sent and as they arrive, commands to the store with their tickets and answers, requests
/// and replies of clients, notes. What leaks into a content is seen at once, even where neither the
/// time nor the place of anything changes by it.
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
        if raw.count >= 32 {
            // Two hashes side by side: neither has to wait for the other's multiplication.
            var other: UInt64 = 0xc2b2_ae3d_27d4_eb4f
            while offset + 16 <= raw.count {
                mix(word(raw, offset), &hash)
                mix(word(raw, offset + 8), &other)
                offset += 16
            }
            mix(other, &hash)
        }
        while offset + 8 <= raw.count {
            mix(word(raw, offset), &hash)
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
    private static func word(_ raw: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
    }

    @inline(__always)
    private static func mix(_ word: UInt64, _ hash: inout UInt64) {
        hash = (hash ^ word) &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 32
    }
}
