import AntiEntropy
import Primitives
import Replica
import Ring

// What others ask about the trees, and their upkeep.
extension SQLiteStore {
    /// How often a leaf of a tree was computed anew, because what an unreadable row added to it
    /// was not known.
    package var treeRepairs: Int { trees.repairs }

    /// How often the log of the trees was folded into them.
    package var treeFolds: Int { trees.folds }

    /// Compares the trees with those that the records make; nil where they are equal.
    ///
    /// Reads all records. Rows that damage made unreadable are in no tree.
    package func checkTrees() -> String? {
        do throws(SQLiteError) {
            let rebuilt = try records.forest(shape: trees.forest.shape)
            return trees.forest.difference(from: rebuilt)
        } catch {
            return "the records cannot be read: \(error.summary)"
        }
    }

    /// The keys below a node of a tree.
    func leafKeys(
        _ node: TreeNode, after: Hash128?, limit: Int
    ) throws(SQLiteError) -> ReplicaReply {
        guard let range = trees.forest.shape.range(of: node),
            max(range.lowerBound, after?.high ?? 0) <= range.upperBound
        else { return .leafKeys([], isComplete: true) }
        let part = max(range.lowerBound, after?.high ?? 0)...range.upperBound
        func isListed(_ entry: RecordTable.Entry) -> Bool {
            entry.content.copies == node.set.copies && after.map { $0 < entry.key.hash } ?? true
        }
        var found = try records.collisions().filter {
            range.contains($0.key.hash.high) && isListed($0)
        }.map { LeafEntry(hash: $0.key.hash, record: $0.content.record) }
        var count = 0
        try records.scan(part) { entry in
            guard isListed(entry) else { return true }
            found.append(LeafEntry(hash: entry.key.hash, record: entry.content.record))
            count += 1
            // One more than was asked for tells whether there are more.
            return count <= max(0, limit)
        }
        let page = found.inOrder().page(limit: limit)
        return .leafKeys(page.entries, isComplete: page.isComplete)
    }

    /// The records of keys with given hashes.
    func getAll(_ hashes: [Hash128], bytesMax: Int) throws(SQLiteError) -> ReplicaReply {
        let collisions = try records.collisions()
        var found: [(key: Key, record: Bytes)] = []
        var bytes = 0
        for hash in hashes where bytes < bytesMax {
            for record in try records.records(under: hash, collisions: collisions) {
                found.append(record)
                bytes += record.record.count
            }
        }
        return .records(found)
    }

    /// Folds the log of the trees when it is long enough; called when nobody waits for a reply.
    ///
    /// Where there is no room for it the log stays, and the next attempt waits. After any other
    /// failure nothing is written any more, as after that of any transaction.
    func foldTreesIfDue() {
        guard stopped == nil, trees.isFoldDue else { return }
        do throws(SQLiteError) {
            try transaction.begin.run()
            try trees.fold()
            try transaction.commit.run()
            trees.commitFold()
        } catch {
            try? connection.run("ROLLBACK")
            guard error.isFull else {
                stopped = .failed("the trees could not be kept: \(error.summary)")
                return
            }
            trees.postponeFold()
        }
    }
}
