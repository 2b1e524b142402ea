/// The first owners of a partition: the members that keep the same records of it.
///
/// Buckets with an equal n share a replica set in every partition.
package struct ReplicaSet: Hashable, Comparable, Sendable {
    /// The partition.
    package let partition: Partition
    /// How many of its owners, from the first: a bucket's n.
    package let copies: UInt8

    /// The first `copies` owners of a partition.
    package init(partition: Partition, copies: UInt8) {
        self.partition = partition
        self.copies = copies
    }

    /// Orders by partition, then by the number of owners.
    package static func < (left: ReplicaSet, right: ReplicaSet) -> Bool {
        (left.partition.raw, left.copies) < (right.partition.raw, right.copies)
    }
}
