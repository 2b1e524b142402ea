/// A 128-bit hash: the two 64-bit halves in the order in which the reference returns them.
package struct Hash128: Hashable, Comparable, Sendable {
    /// The first half; its top bits are a key's partition.
    package let high: UInt64
    /// The second half.
    package let low: UInt64

    /// Combines the two halves.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Hashes the first half only: the halves are mixed well enough for a table.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(high)
    }

    /// Orders by the first half, then by the second.
    package static func < (left: Hash128, right: Hash128) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

/// MurmurHash3 x64 128 (Austin Appleby, package domain), the hash of placement.
///
/// It decides on which nodes a key lives and therefore may never change. The tests hold it to
/// published vectors. The reference works on little-endian blocks of 16 bytes, as this does.
package enum Murmur3 {
    private static let c1: UInt64 = 0x87c3_7b91_1142_53d5
    private static let c2: UInt64 = 0x4cf5_ad43_2745_937f

    /// The hash of raw memory under a seed, linear in the number of bytes.
    package static func hash128(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> Hash128 {
        var h1 = UInt64(seed)
        var h2 = UInt64(seed)
        let blocks = bytes.count / 16
        for block in 0..<blocks {
            let offset = block * 16
            let k1 = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let k2 = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            h1 ^= mixFirst(k1)
            h1 = (rotate(h1, 27) &+ h2) &* 5 &+ 0x52dc_e729
            h2 ^= mixSecond(k2)
            h2 = (rotate(h2, 31) &+ h1) &* 5 &+ 0x3849_5ab5
        }
        let tail = UnsafeRawBufferPointer(rebasing: bytes[(blocks * 16)...])
        if tail.count > 8 {
            h2 ^= mixSecond(partial(tail, from: 8))
        }
        if tail.count > 0 {
            h1 ^= mixFirst(partial(tail, from: 0))
        }
        return finish(h1, h2, count: bytes.count)
    }

    /// Hashes a run of bytes under `seed`.
    package static func hash128(_ bytes: Bytes, seed: UInt32 = 0) -> Hash128 {
        bytes.withUnsafeBytes { hash128($0, seed: seed) }
    }

    private static func finish(_ first: UInt64, _ second: UInt64, count: Int) -> Hash128 {
        var h1 = first ^ UInt64(count)
        var h2 = second ^ UInt64(count)
        h1 = h1 &+ h2
        h2 = h2 &+ h1
        h1 = avalanche(h1)
        h2 = avalanche(h2)
        h1 = h1 &+ h2
        h2 = h2 &+ h1
        return Hash128(high: h1, low: h2)
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        (value &<< bits) | (value &>> (64 &- bits))
    }

    @inline(__always)
    private static func mixFirst(_ block: UInt64) -> UInt64 {
        rotate(block &* c1, 31) &* c2
    }

    @inline(__always)
    private static func mixSecond(_ block: UInt64) -> UInt64 {
        rotate(block &* c2, 33) &* c1
    }

    /// Up to eight bytes of the tail from `start`, as a little-endian number.
    @inline(__always)
    private static func partial(_ tail: UnsafeRawBufferPointer, from start: Int) -> UInt64 {
        let end = min(start + 8, tail.count)
        guard end - start < 8 else {
            return UInt64(
                littleEndian: tail.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        var value: UInt64 = 0
        for index in (start..<end).reversed() {
            value = value &<< 8 | UInt64(tail[index])
        }
        return value
    }

    @inline(__always)
    private static func avalanche(_ value: UInt64) -> UInt64 {
        var k = value
        k ^= k &>> 33
        k = k &* 0xff51_afd7_ed55_8ccd
        k ^= k &>> 33
        k = k &* 0xc4ce_b9fe_1a85_ec53
        k ^= k &>> 33
        return k
    }
}
