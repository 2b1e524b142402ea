import Primitives

/// One of the equal parts of the hash space.
package struct Partition: Hashable, Comparable, Sendable {
    /// The part's number, from 0.
    package let raw: UInt32

    /// Wraps a number.
    package init(_ raw: UInt32) {
        self.raw = raw
    }

    /// Orders by number, which is the order in the hash space.
    package static func < (left: Partition, right: Partition) -> Bool {
        left.raw < right.raw
    }
}

/// A hash space of 2^64 cut into a power of two of equal partitions, for the life of a cluster.
///
/// The partition of a key is the top bits of the first half of its hash: partitions are contiguous
/// ranges, and all nodes agree on them without talking (DeCandia et al., "Dynamo", SOSP 2007,
/// section 6.2, strategy 3).
package struct Ring: Hashable, Sendable {
    /// The most partitions.
    package static let partitionsMax = 65_536

    /// How many partitions there are.
    package let partitionCount: Int
    /// How many of a hash's top bits name the partition.
    package let bits: UInt64

    /// A ring with a single partition.
    package static let undivided = Ring(bits: 0)

    private init(bits: UInt64) {
        self.bits = bits
        partitionCount = 1 << Int(bits)
    }

    /// A ring; nil where the count is not a power of two from 1 to 65,536.
    package init?(partitionCount: Int) {
        guard (1...Ring.partitionsMax).contains(partitionCount),
            partitionCount & (partitionCount - 1) == 0
        else { return nil }
        self.partitionCount = partitionCount
        bits = UInt64(partitionCount.trailingZeroBitCount)
    }

    /// The partition of a key's hash.
    package func partition(of hash: Hash128) -> Partition {
        // A shift by 64 gives 0 in Swift, which is right for a single partition.
        Partition(UInt32(truncatingIfNeeded: hash.high >> (64 - bits)))
    }

    /// The first halves of the hashes that belong to a partition.
    package func range(of partition: Partition) -> ClosedRange<UInt64> {
        let first = UInt64(partition.raw) << (64 - bits)
        return first...(first + (UInt64.max >> bits))
    }

    /// All partitions in order.
    package var partitions: some RandomAccessCollection<Partition> {
        (0..<partitionCount).lazy.map { Partition(UInt32($0)) }
    }
}
