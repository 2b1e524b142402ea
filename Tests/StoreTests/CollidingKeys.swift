import Primitives

/// Keys that share all 128 bits of their hash.
///
/// Every step of MurmurHash3 can be undone, so that a block can be computed that leads from any
/// state to any other: two keys whose next-to-last blocks differ meet again after the last one.
enum CollidingKeys {
    private static let c1: UInt64 = 0x87c3_7b91_1142_53d5
    private static let c2: UInt64 = 0x4cf5_ad43_2745_937f

    /// A state of the hash, or one block of its input.
    private struct Pair {
        var first: UInt64
        var second: UInt64
    }

    /// Distinct keys of 32 bytes with one hash.
    static func keys(_ count: Int) -> [Key] {
        // With its length a bucket of 15 bytes fills the first block.
        let bucket = Array("colliding-bucke".utf8)
        let prefix = [UInt8(bucket.count)] + bucket
        let start = after(block(prefix), from: Pair(first: 0, second: 0))
        let target = Pair(first: 0x1234_5678_9abc_def0, second: 0x0fed_cba9_8765_4321)
        return (0..<count).compactMap { number in
            let middle = Pair(first: UInt64(number), second: 42)
            let last = leading(from: after(middle, from: start), to: target)
            let key = [middle.first, middle.second, last.first, last.second].flatMap(littleEndian)
            return Key(bucket: bucket, key: key)
        }
    }

    private static func after(_ block: Pair, from state: Pair) -> Pair {
        let first = state.first ^ (rotate(block.first &* c1, 31) &* c2)
        let second = state.second ^ (rotate(block.second &* c2, 33) &* c1)
        let newFirst = (rotate(first, 27) &+ state.second) &* 5 &+ 0x52dc_e729
        return Pair(
            first: newFirst, second: (rotate(second, 31) &+ newFirst) &* 5 &+ 0x3849_5ab5)
    }

    private static func leading(from state: Pair, to target: Pair) -> Pair {
        let five = inverse(5)
        let first = rotate((target.first &- 0x52dc_e729) &* five &- state.second, 64 - 27)
        let second = rotate((target.second &- 0x3849_5ab5) &* five &- target.first, 64 - 31)
        return Pair(
            first: rotate((first ^ state.first) &* inverse(c2), 64 - 31) &* inverse(c1),
            second: rotate((second ^ state.second) &* inverse(c1), 64 - 33) &* inverse(c2))
    }

    /// The inverse of an odd number modulo 2^64, by Newton's iteration.
    private static func inverse(_ number: UInt64) -> UInt64 {
        var inverse = number
        for _ in 0..<6 {
            inverse = inverse &* (2 &- number &* inverse)
        }
        return inverse
    }

    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        (value &<< bits) | (value &>> (64 &- bits))
    }

    private static func block(_ bytes: [UInt8]) -> Pair {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        return Pair(first: number(bytes[..<8]), second: number(bytes[8...]))
    }

    private static func littleEndian(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
