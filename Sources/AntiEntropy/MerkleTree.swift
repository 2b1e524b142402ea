import Primitives
import Replica
import Ring

/// What two replicas of a partition compare instead of their records: sums of hashes, modulo 2^128.
///
/// A leaf is the sum of the contributions of its records, a node above the sum of those below it. A
/// sum does not depend on the order of writes and takes a changed record in at the cost of two
/// additions, where a tree of hashes of hashes (R. Merkle, "A Digital Signature Based on a
/// Conventional Encryption Function", CRYPTO 1987) would need all of a leaf's records. Against
/// accidents it is as good; whoever forges sums forges records of keys that are theirs to write.
package struct MerkleTree: Equatable, Sendable {
    /// Up to so many leaves are kept as a list: a ring with many partitions has many small trees.
    private static let listMax = 256

    /// The sum over all records.
    package private(set) var root: UInt128 = 0
    /// The leaves that the sums belong to, ascending; empty once all leaves have a sum.
    private var indices: [UInt16] = []
    private var sums: [UInt128] = []

    /// A tree over no records.
    package init() {}

    /// A tree with given leaves, ascending by index; nil where they are no tree's.
    package init?(leaves: [(index: UInt16, sum: UInt128)]) {
        var next = 0
        for leaf in leaves {
            guard (next..<TreeShape.leafCount).contains(Int(leaf.index)) else { return nil }
            next = Int(leaf.index) + 1
            add(leaf.sum, toLeaf: leaf.index)
        }
    }

    /// Adds to a leaf and to everything above it.
    package mutating func add(_ change: UInt128, toLeaf leaf: UInt16) {
        root &+= change
        guard sums.count < TreeShape.leafCount else {
            sums[Int(leaf)] &+= change
            return
        }
        let place = place(of: leaf)
        if place < indices.count, indices[place] == leaf {
            sums[place] &+= change
        } else if indices.count < MerkleTree.listMax {
            indices.insert(leaf, at: place)
            sums.insert(change, at: place)
        } else {
            spread()
            sums[Int(leaf)] &+= change
        }
    }

    /// The sum of a leaf.
    package func leaf(_ leaf: UInt16) -> UInt128 {
        sum(of: Int(leaf)..<Int(leaf) + 1)
    }

    /// The sum of an inner node.
    package func inner(_ index: UInt16) -> UInt128 {
        let first = Int(index) * TreeShape.fanOut
        return sum(of: first..<first + TreeShape.fanOut)
    }

    /// The leaves whose sum is not zero, ascending.
    package var leaves: [(index: UInt16, sum: UInt128)] {
        let all: [(index: UInt16, sum: UInt128)] =
            sums.count == TreeShape.leafCount
            ? sums.enumerated().map { (UInt16($0), $1) } : Array(zip(indices, sums))
        return all.filter { $0.sum != 0 }
    }

    /// Trees are equal when all their sums are.
    package static func == (left: MerkleTree, right: MerkleTree) -> Bool {
        left.root == right.root && left.leaves.elementsEqual(right.leaves, by: ==)
    }

    private func sum(of range: Range<Int>) -> UInt128 {
        guard sums.count < TreeShape.leafCount else {
            return sums[range].reduce(0, &+)
        }
        var sum: UInt128 = 0
        var place = place(of: UInt16(range.lowerBound))
        while place < indices.count, Int(indices[place]) < range.upperBound {
            sum &+= sums[place]
            place += 1
        }
        return sum
    }

    /// Where a leaf is in the list, or would be.
    private func place(of leaf: UInt16) -> Int {
        var (low, high) = (0, indices.count)
        while low < high {
            let middle = (low + high) / 2
            if indices[middle] < leaf {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// Makes of the list a place for every leaf.
    private mutating func spread() {
        var all = [UInt128](repeating: 0, count: TreeShape.leafCount)
        for (index, sum) in zip(indices, sums) { all[Int(index)] = sum }
        (indices, sums) = ([], all)
    }
}
