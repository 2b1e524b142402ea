import Primitives
import Replica
import Ring

/// How far one page of a scrub reaches: whole leaves, since a leaf's sum says nothing about a part
/// of its records.
package struct ScrubSpan {
    private let shape: TreeShape
    private let countMax: Int
    private let bytesMax: Int
    private var count = 0
    private var bytes = 0
    /// The last hash of the leaf that was begun.
    private var leafEnd: UInt64?
    private let first: UInt64
    private var isFull = false

    /// A page from a leaf's first hash on.
    package init(from first: UInt64, of command: ScrubCommand, shape: TreeShape) {
        self.first = first
        self.shape = shape
        countMax = max(1, command.countMax)
        bytesMax = max(1, command.bytesMax)
    }

    /// Whether the next record, in the order of hashes, belongs to the page.
    ///
    /// A damaged index may hand out records that lie before the page: the page never ends before it
    /// begins, so that the next one goes on behind it.
    package mutating func takes(_ hash: UInt64, bytes size: Int) -> Bool {
        if let leafEnd, hash > leafEnd, count >= countMax || bytes >= bytesMax {
            isFull = true
            return false
        }
        count += 1
        bytes += size
        leafEnd = max(leafEnd ?? first | shape.leafMask, hash | shape.leafMask)
        return true
    }

    /// The hashes whose leaves were seen as a whole; nil where there are none.
    ///
    /// - Parameter isBroken: whether the records behind the last one could not be read: its leaf
    ///   may lack some.
    package func verified(isBroken: Bool) -> ClosedRange<UInt64>? {
        guard isBroken else { return first...(isFull ? leafEnd ?? .max : .max) }
        let begun = (leafEnd ?? first) & ~shape.leafMask
        return begun > first ? first...(begun - 1) : nil
    }

    /// Where the next page begins; nil where this is the last.
    ///
    /// What could not be read is left behind, a leaf at a time.
    package func next(isBroken: Bool) -> UInt64? {
        let last = isBroken ? (leafEnd ?? first) | shape.leafMask : isFull ? leafEnd : nil
        guard let last, last < .max else { return nil }
        return last + 1
    }
}

extension TreeShape {
    /// The bits in which the hashes of one leaf differ.
    package var leafMask: UInt64 {
        UInt64.max >> (ring.bits + UInt64(TreeShape.leafDepth * TreeShape.levelBits))
    }

    /// The leaf to which a hash belongs.
    package func treeLeaf(of high: UInt64) -> TreeLeaf {
        let hash = Hash128(high: high, low: 0)
        return TreeLeaf(partition: ring.partition(of: hash), index: leaf(of: hash))
    }
}

extension MerkleForest {
    /// The leaves in a range of hashes, a run of whole leaves, in which any tree differs from
    /// another forest's, ascending.
    package func leaves(
        differingFrom other: MerkleForest, in range: ClosedRange<UInt64>
    ) -> [TreeLeaf] {
        let (first, last) = (
            shape.treeLeaf(of: range.lowerBound), shape.treeLeaf(of: range.upperBound)
        )
        var found: Set<TreeLeaf> = []
        for set in Set(sets + other.sets).sorted()
        where first.partition <= set.partition && set.partition <= last.partition {
            let (tree, wanted) = (tree(of: set), other.tree(of: set))
            for index in Set((tree.leaves + wanted.leaves).map(\.index)).sorted() {
                let leaf = TreeLeaf(partition: set.partition, index: index)
                guard first <= leaf, leaf <= last, tree.leaf(index) != wanted.leaf(index)
                else { continue }
                found.insert(leaf)
            }
        }
        return found.sorted()
    }
}
