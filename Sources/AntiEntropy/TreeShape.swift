import Primitives
import Replica
import Ring

/// Which hashes belong to which node of a tree: the ten bits behind a partition's bits name the
/// leaf, the first five of them the inner node above it.
///
/// The shape is the same on all nodes of a cluster and at all times, so that trees are compared
/// node by node.
package struct TreeShape: Hashable, Sendable {
    /// The bits by which a level goes deeper.
    package static let levelBits = 5
    /// How many nodes lie below an inner one, and below the root.
    package static let fanOut = 1 << levelBits
    /// How many leaves a tree has.
    package static let leafCount = fanOut * fanOut
    /// The depth of the leaves.
    package static let leafDepth = 2

    /// The hash space that the trees divide.
    package let ring: Ring

    /// The shape of the trees over a hash space.
    package init(ring: Ring) {
        self.ring = ring
    }

    /// The leaf of a key's hash, in the tree of its partition.
    package func leaf(of hash: Hash128) -> UInt16 {
        let bits = UInt64(TreeShape.leafDepth * TreeShape.levelBits)
        return UInt16(truncatingIfNeeded: (hash.high &<< ring.bits) &>> (64 - bits))
    }

    /// The replica set of a key that is kept in so many copies; nil where it is filed in none.
    package func set(of hash: Hash128, copies: UInt8) -> ReplicaSet? {
        guard copies > 0 else { return nil }
        return ReplicaSet(partition: ring.partition(of: hash), copies: copies)
    }

    /// Whether there can be such a node.
    package func contains(_ node: TreeNode) -> Bool {
        node.set.copies > 0 && node.set.partition.raw < UInt32(ring.partitionCount)
            && Int(node.depth) <= TreeShape.leafDepth
            && Int(node.index) < 1 << (Int(node.depth) * TreeShape.levelBits)
    }

    /// The first halves of the hashes below a node; nil where there can be no such node.
    package func range(of node: TreeNode) -> ClosedRange<UInt64>? {
        guard contains(node) else { return nil }
        let partition = ring.range(of: node.set.partition)
        let levels = UInt64(Int(node.depth) * TreeShape.levelBits)
        let span = (partition.upperBound - partition.lowerBound) >> levels
        // A span is one less than a power of two; for the root the index is 0 and the span may be
        // everything.
        let first = partition.lowerBound + UInt64(node.index) &* (span &+ 1)
        return first...(first + span)
    }
}
