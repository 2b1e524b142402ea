/// A seeded stream of random numbers: xoshiro256** (Blackman, Vigna 2018), seeded by SplitMix64.
///
/// Nodes draw from a stream that they own; in production its seed is entropy, in a simulation it
/// comes from the run's seed. Streams with different names are independent, so that taking one
/// consumer away does not shift the others.
@usableFromInline
package struct RandomStream: RandomNumberGenerator, Sendable {
    @usableFromInline var s0: UInt64
    @usableFromInline var s1: UInt64
    @usableFromInline var s2: UInt64
    @usableFromInline var s3: UInt64

    /// A stream that is a pure function of `seed`.
    package init(seed: UInt64) {
        var state = seed
        s0 = RandomStream.splitMix64(&state)
        s1 = RandomStream.splitMix64(&state)
        s2 = RandomStream.splitMix64(&state)
        s3 = RandomStream.splitMix64(&state)
    }

    /// The stream called `name` under a root seed; FNV-1a 64 makes a number of the name.
    package init(root: UInt64, name: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        var state = root ^ hash
        self.init(seed: RandomStream.splitMix64(&state))
    }

    /// The next 64 bits.
    @inlinable
    package mutating func next() -> UInt64 {
        let result = RandomStream.rotate(s1 &* 5, 7) &* 9
        let shifted = s1 &<< 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = RandomStream.rotate(s3, 45)
        return result
    }

    /// A well-mixed number that depends on one other only: one step of SplitMix64.
    package static func mixed(_ value: UInt64) -> UInt64 {
        var state = value
        return splitMix64(&state)
    }

    @inlinable
    static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        (value &<< bits) | (value &>> (64 &- bits))
    }

    private static func splitMix64(_ state: inout UInt64) -> UInt64 {
        state = state &+ 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z &>> 31)
    }
}
