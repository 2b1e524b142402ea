import AntiEntropy
import Primitives
import Replica
import Ring

/// The Merkle trees of a store: they change with the records, in the same transactions, and are
/// kept beside them.
final class TreeKeeper {
    /// The trees as of the last commit, and within a transaction what that made of them so far.
    private(set) var forest: MerkleForest
    /// How many trees were computed anew when the store was opened.
    private(set) var rebuiltTrees = 0
    /// How often a leaf was computed anew, because what an unreadable row added to it is not known.
    private(set) var repairs = 0
    /// How often the log was folded into the trees.
    private(set) var folds = 0
    /// From how many changes in the log on it is folded into the trees.
    private let logMax: Int

    private let table: TreeTable
    private let records: RecordTable
    /// The changes of the transaction that is under way.
    private var changes: [TreeChange] = []
    /// How many changes the log has, and the number of its next row.
    private var logged: Int
    private var next: Int64
    /// By how many changes a fold is put off since there was no room for it.
    private var delay = 0

    /// The trees as they were kept; those of which something is damaged are computed anew, within
    /// the caller's transaction.
    init(
        _ table: TreeTable, _ records: RecordTable, shape: TreeShape, isNew: Bool, logMax: Int
    ) throws(SQLiteError) {
        self.table = table
        self.records = records
        self.logMax = logMax
        guard !isNew else {
            (forest, logged, next) = (MerkleForest(shape: shape), 0, 1)
            try table.replace(by: forest, next: next)
            return
        }
        let kept = try table.read(shape: shape)
        (forest, logged, next) = (kept.forest, kept.logged, kept.next)
        guard kept.isLost || !kept.damaged.isEmpty else { return }
        if kept.isLost {
            forest = try records.forest(shape: shape)
            rebuiltTrees = max(1, forest.count)
        } else {
            for set in kept.damaged {
                forest.restore(try records.tree(of: set, shape: shape), of: set)
            }
            rebuiltTrees = kept.damaged.count
        }
        logged = 0
        try table.replace(by: forest, next: next)
        forest.forgetChanges()
    }

    /// A record takes another's place.
    func file(_ key: Key, from old: FiledRecord?, to new: FiledRecord) {
        let (first, second) = forest.changes(from: old, to: new, under: key.hash)
        if let first { apply(first) }
        if let second { apply(second) }
    }

    /// A record took the place of a row that could not be read: what that added to which tree is
    /// not known, so that the key's leaf is computed anew in all of its partition's trees.
    func repair(_ key: Key) throws(SQLiteError) {
        try repair(forest.shape.treeLeaf(of: key.hash.high))
    }

    /// Computes a leaf anew in all trees of its partition.
    func repair(_ place: TreeLeaf) throws(SQLiteError) {
        repairs += 1
        let shape = forest.shape
        let (partition, leaf) = (place.partition, place.index)
        let wanted = try records.forest(shape: shape, leaf: leaf, of: partition)
        for copies in 1...UInt8(BucketProperties.copiesMax) {
            let set = ReplicaSet(partition: partition, copies: copies)
            let change = wanted.tree(of: set).leaf(leaf) &- forest.tree(of: set).leaf(leaf)
            guard change != 0 else { continue }
            apply(TreeChange(set: set, leaf: leaf, sum: change))
        }
    }

    private func apply(_ change: TreeChange) {
        forest.apply(change)
        changes.append(change)
    }

    /// Writes down what the transaction changed, within it.
    func keepChanges() throws(SQLiteError) {
        guard !changes.isEmpty else { return }
        try table.append(changes, as: next)
    }

    /// The transaction is durable.
    func commit() {
        guard !changes.isEmpty else { return }
        logged += changes.count
        next += 1
        changes.removeAll(keepingCapacity: true)
    }

    /// The transaction is undone.
    func rollBack() {
        for change in changes { forest.apply(change.inverse) }
        changes.removeAll(keepingCapacity: true)
    }

    // MARK: Folding

    /// Whether the log is so long that it should be folded: writing all trees once then costs
    /// little per change, and reading the log at a start takes a fraction of a second.
    var isFoldDue: Bool {
        logged >= delay + logMax * min(max(1, forest.count / 4_096), 4)
    }

    /// Writes the changed trees and empties the log, in a transaction of its own.
    func fold() throws(SQLiteError) {
        try table.fold(forest, changed: forest.changedSets, next: next)
    }

    /// The fold is durable.
    func commitFold() {
        forest.forgetChanges()
        (logged, delay) = (0, 0)
        folds += 1
    }

    /// There was no room for a fold: the log is as good, and the next attempt waits.
    func postponeFold() {
        delay = logged / 4 + 1
    }
}
