import Primitives
import Replica
import Ring

/// What one record adds to its leaf.
package enum Contribution {
    /// The contribution of a record under a key.
    ///
    /// Key and record are hashed together: were their hashes only added, two keys that exchanged
    /// their records would go unnoticed.
    package static func of(_ record: Bytes, under hash: Hash128) -> UInt128 {
        let digest = Record.digest(of: record)
        let words = (
            hash.high.littleEndian, hash.low.littleEndian,
            digest.high.littleEndian, digest.low.littleEndian
        )
        let mixed = withUnsafeBytes(of: words) { Murmur3.hash128($0, seed: 0x6c65_6166) }
        return UInt128(mixed.high) << 64 | UInt128(mixed.low)
    }
}

extension LeafEntry {
    /// The entry of a key with a record.
    package init(hash: Hash128, record: Bytes) {
        self.init(hash: hash, digest: Record.digest(of: record).high)
    }
}

extension Hash128 {
    /// A sum as it is answered.
    package init(_ sum: UInt128) {
        self.init(
            high: UInt64(truncatingIfNeeded: sum >> 64), low: UInt64(truncatingIfNeeded: sum))
    }
}
