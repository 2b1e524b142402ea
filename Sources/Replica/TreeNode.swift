import Primitives
import Ring

/// Names a node of the Merkle tree that a replica set has over its records.
package struct TreeNode: Hashable, Sendable {
    /// Whose tree.
    package let set: ReplicaSet
    /// The distance from the root: 0 the root, 1 an inner node, 2 a leaf.
    package let depth: UInt8
    /// The place among the nodes of that depth, in the order of hashes, from 0.
    package let index: UInt16

    /// A node of a tree.
    package init(set: ReplicaSet, depth: UInt8, index: UInt16) {
        self.set = set
        self.depth = depth
        self.index = index
    }
}

/// A key below a tree's node, with what its record is compared by.
package struct LeafEntry: Hashable, Sendable {
    /// The hash of the key.
    package let hash: Hash128
    /// A hash of the record's canonical encoding.
    package let digest: UInt64

    /// A key's entry.
    package init(hash: Hash128, digest: UInt64) {
        self.hash = hash
        self.digest = digest
    }
}
