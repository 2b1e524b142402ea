import AntiEntropy
import Primitives
import Replica
import Ring

// Reading many records: for the trees, and for whoever compares them.
extension RecordTable {
    /// A record that was read, with its key.
    typealias Entry = (key: Key, content: Row.Content)

    /// Hands over the main table's records in a range of hashes, ascending, until told to stop.
    ///
    /// Rows that cannot be read, or lie where they do not belong, are left out: a damaged page may
    /// show rows of another range.
    func scan(
        _ range: ClosedRange<UInt64>, _ body: (Entry) -> Bool
    ) throws(SQLiteError) {
        try scanRows(range) { rowid, row in
            let hash = UInt64(bitPattern: rowid)
            guard let content = Row.decode(row), let key = Key(canonical: content.key),
                key.rowid == rowid, range.contains(hash)
            else { return true }
            return body((key, content))
        }
    }

    /// Hands over the main table's rows in a range of hashes, ascending and as they are, until told
    /// to stop.
    func scanRows(
        _ range: ClosedRange<UInt64>, _ body: (Int64, [UInt8]) -> Bool
    ) throws(SQLiteError) {
        // Row numbers are signed: the upper half of the hashes has the negative ones.
        let middle = UInt64(1) << 63
        var goesOn = true
        for half in [0...(middle - 1), middle...UInt64.max] where goesOn && half.overlaps(range) {
            let part = range.clamped(to: half)
            readRange.bind(1, Int64(bitPattern: part.lowerBound))
            readRange.bind(2, Int64(bitPattern: part.upperBound))
            try readRange.forEach { rowid, row in
                goesOn = body(rowid, row)
                return goesOn
            }
        }
    }

    /// All rows of keys that lost their place to another key; there is hardly ever one.
    func collisions() throws(SQLiteError) -> [Entry] {
        try readCollisions.pairs().compactMap { row in
            guard let content = Row.decode(row.second), content.key.elementsEqual(row.first)
            else { return nil }
            return Key(canonical: content.key).map { ($0, content) }
        }
    }

    /// All rows of keys that lost their place to another key, as they are.
    func collisionRows() throws(SQLiteError) -> [(name: [UInt8], row: [UInt8])] {
        try readCollisions.pairs().map { ($0.first, $0.second) }
    }

    /// The records of keys with a given hash.
    func records(
        under hash: Hash128, collisions: [Entry]
    ) throws(SQLiteError) -> [(key: Key, record: Bytes)] {
        var found: [Entry] = []
        let rowid = Int64(bitPattern: hash.high)
        do throws(SQLiteError) {
            if let row = try readSlot.bytes(for: rowid), let content = Row.decode(row),
                let key = Key(canonical: content.key), key.hash == hash
            {
                found.append((key, content))
            }
        } catch {
            guard error.isCorrupt else { throw error }
        }
        found += collisions.filter { $0.key.hash == hash }
        return found.map { ($0.key, $0.content.record) }
    }

    // MARK: Trees

    /// All trees, from the records; what cannot be read is in none.
    func forest(shape: TreeShape) throws(SQLiteError) -> MerkleForest {
        var forest = MerkleForest(shape: shape)
        guard try !add(0...UInt64.max, to: &forest) else { return forest }
        // Partition by partition the damage takes less with it.
        forest = MerkleForest(shape: shape)
        for partition in shape.ring.partitions {
            try add(shape.ring.range(of: partition), to: &forest)
        }
        return forest
    }

    /// The tree of one replica set, from its records.
    func tree(of set: ReplicaSet, shape: TreeShape) throws(SQLiteError) -> MerkleTree {
        var forest = MerkleForest(shape: shape)
        try add(shape.ring.range(of: set.partition), to: &forest)
        return forest.tree(of: set)
    }

    /// The trees of a partition with one leaf only.
    func forest(
        shape: TreeShape, leaf: UInt16, of partition: Partition
    ) throws(SQLiteError) -> MerkleForest {
        var forest = MerkleForest(shape: shape)
        let set = ReplicaSet(partition: partition, copies: 1)
        let node = TreeNode(set: set, depth: UInt8(TreeShape.leafDepth), index: leaf)
        if let range = shape.range(of: node) { try add(range, to: &forest) }
        return forest
    }

    /// Files all records in a range of hashes; false where the table's own structure is damaged, so
    /// that the rest of the range cannot be read.
    @discardableResult
    private func add(
        _ range: ClosedRange<UInt64>, to forest: inout MerkleForest
    ) throws(SQLiteError) -> Bool {
        do throws(SQLiteError) {
            for entry in try collisions() where range.contains(entry.key.hash.high) {
                file(entry, in: &forest)
            }
            try scan(range) { entry in
                file(entry, in: &forest)
                return true
            }
            return true
        } catch {
            guard error.isCorrupt else { throw error }
            return false
        }
    }

    private func file(_ entry: Entry, in forest: inout MerkleForest) {
        let filed = FiledRecord(copies: entry.content.copies, record: entry.content.record)
        if let change = forest.change(filing: filed, under: entry.key.hash) {
            forest.apply(change)
        }
    }
}
