import Primitives
import Replica
import Ring

/// A record as it is filed in a tree.
package struct FiledRecord: Sendable {
    /// How many owners of its partition keep it; 0 where it is filed in no tree.
    package let copies: UInt8
    /// Its canonical encoding.
    package let record: Bytes

    /// A record in the tree of the first `copies` owners of its partition.
    package init(copies: UInt8, record: Bytes) {
        self.copies = copies
        self.record = record
    }
}

/// By how much one leaf changes.
package struct TreeChange: Hashable, Sendable {
    /// Whose tree.
    package let set: ReplicaSet
    /// Which leaf.
    package let leaf: UInt16
    /// What is added, modulo 2^128.
    package let sum: UInt128

    /// A change of one leaf.
    package init(set: ReplicaSet, leaf: UInt16, sum: UInt128) {
        self.set = set
        self.leaf = leaf
        self.sum = sum
    }

    /// What takes this change back.
    package var inverse: TreeChange { TreeChange(set: set, leaf: leaf, sum: 0 &- sum) }
}

/// The trees of all replica sets that a node keeps records of.
///
/// A tree is there once something was filed in it; one that is not is a tree over no records.
package struct MerkleForest: Sendable {
    private struct Entry {
        var tree = MerkleTree()
        /// Whether it changed since it was last kept.
        var isChanged = false

        mutating func add(_ change: TreeChange) {
            tree.add(change.sum, toLeaf: change.leaf)
            isChanged = true
        }
    }

    /// The shape of the trees.
    package let shape: TreeShape
    private var entries: [ReplicaSet: Entry] = [:]

    /// Trees over no records.
    package init(shape: TreeShape) {
        self.shape = shape
    }

    /// How many trees there are.
    package var count: Int { entries.count }

    /// The replica sets that have a tree, ascending.
    package var sets: [ReplicaSet] { entries.keys.sorted() }

    /// The replica sets whose tree changed since it was last kept, ascending.
    package var changedSets: [ReplicaSet] {
        // order-free: sorted right here.
        entries.filter { $0.value.isChanged }.map(\.key).sorted()
    }

    /// The tree of a replica set.
    package func tree(of set: ReplicaSet) -> MerkleTree {
        entries[set]?.tree ?? MerkleTree()
    }

    /// Puts a tree in its place as it was kept.
    package mutating func restore(_ tree: MerkleTree, of set: ReplicaSet) {
        entries[set] = Entry(tree: tree)
    }

    /// All changed trees were kept.
    package mutating func forgetChanges() {
        for set in changedSets { entries[set]?.isChanged = false }
    }

    /// The hash of a node; zero where there is no such node.
    package func hash(of node: TreeNode) -> Hash128 {
        guard shape.contains(node), let tree = entries[node.set]?.tree else { return Hash128(0) }
        switch node.depth {
        case 0: return Hash128(tree.root)
        case 1: return Hash128(tree.inner(node.index))
        default: return Hash128(tree.leaf(node.index))
        }
    }

    /// Changes one leaf and everything above it.
    package mutating func apply(_ change: TreeChange) {
        entries[change.set, default: Entry()].add(change)
    }

    /// What changes when a record takes another's place; nothing is changed yet.
    ///
    /// - Parameter hash: the hash of the records' key.
    package func changes(
        from old: FiledRecord?, to new: FiledRecord, under hash: Hash128
    ) -> (TreeChange?, TreeChange?) {
        let removed = old.flatMap { change(filing: $0, under: hash)?.inverse }
        guard let added = change(filing: new, under: hash) else { return (removed, nil) }
        guard let removed, removed.set == added.set else { return (removed, added) }
        return (TreeChange(set: added.set, leaf: added.leaf, sum: removed.sum &+ added.sum), nil)
    }

    /// What changes when a record is filed that was not; nil where it is filed in no tree.
    package func change(filing filed: FiledRecord, under hash: Hash128) -> TreeChange? {
        guard let set = shape.set(of: hash, copies: filed.copies) else { return nil }
        return TreeChange(
            set: set, leaf: shape.leaf(of: hash),
            sum: Contribution.of(filed.record, under: hash))
    }

    /// Says where this differs from another forest; nil where it does not.
    package func difference(from other: MerkleForest) -> String? {
        for set in Set(sets + other.sets).sorted() {
            let (tree, wanted) = (tree(of: set), other.tree(of: set))
            guard tree != wanted else { continue }
            let place = "the tree of partition \(set.partition.raw) in \(set.copies) copies"
            let leaf = (0..<UInt16(TreeShape.leafCount)).first { tree.leaf($0) != wanted.leaf($0) }
            return leaf.map { "\(place) differs in leaf \($0)" } ?? "\(place) differs in its root"
        }
        return nil
    }
}
