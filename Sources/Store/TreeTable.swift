import AntiEntropy
import Primitives
import Ring

/// The tables of trees: the trees as of some transaction, and a log of every change since.
///
/// A transaction appends one row to the log, however many leaves it changes. Writing the changed
/// leaves in their places instead would touch a page each.
final class TreeTable {
    /// The first row of the table of trees is not one; no replica set has no copies.
    private static let headNumber: Int64 = 0

    private let readTree: Statement
    private let writeTree: Statement
    private let deleteTrees: Statement
    private let readLog: Statement
    private let writeLog: Statement
    private let deleteLog: Statement

    init(_ connection: Connection) throws(SQLiteError) {
        readTree = try connection.prepare("SELECT number, row FROM trees ORDER BY number")
        writeTree = try connection.prepare("REPLACE INTO trees (number, row) VALUES (?1, ?2)")
        deleteTrees = try connection.prepare("DELETE FROM trees")
        readLog = try connection.prepare("SELECT number, row FROM treeLog ORDER BY number")
        writeLog = try connection.prepare("INSERT INTO treeLog (number, row) VALUES (?1, ?2)")
        deleteLog = try connection.prepare("DELETE FROM treeLog")
    }

    /// Appends the changes of a transaction to the log.
    func append(_ changes: [TreeChange], as number: Int64) throws(SQLiteError) {
        let row = [UInt8](encodingSize: changes.count * TreeTable.changeSize) { writer in
            for change in changes {
                writer.write(UInt16(truncatingIfNeeded: change.set.partition.raw))
                writer.write(change.set.copies)
                writer.write(change.leaf)
                writer.write(change.sum)
            }
        }
        writeLog.bind(1, number)
        try writeLog.run(last: 2, Row.encode(fact: TreeTable.name("log", number), row[...]))
    }

    /// Writes trees and empties the log, whose next row has the given number.
    func fold(
        _ forest: MerkleForest, changed sets: [ReplicaSet], next: Int64
    ) throws(SQLiteError) {
        for set in sets {
            let number = TreeTable.number(of: set)
            try write(TreeTable.encode(forest.tree(of: set)), as: number)
        }
        try deleteLog.run()
        try write(Head(forest, next: next).encoded(), as: TreeTable.headNumber)
    }

    /// Puts all trees in the place of what was kept, whatever that was.
    func replace(by forest: MerkleForest, next: Int64) throws(SQLiteError) {
        try deleteTrees.run()
        try fold(forest, changed: forest.sets, next: next)
    }

    private func write(_ content: [UInt8], as number: Int64) throws(SQLiteError) {
        writeTree.bind(1, number)
        try writeTree.run(last: 2, Row.encode(fact: TreeTable.name("tree", number), content[...]))
    }

    // MARK: Reading

    /// What was kept of the trees.
    struct Kept {
        var forest: MerkleForest
        /// The number of the next row in the log, and how many changes are in the log.
        var next: Int64 = 1
        var logged = 0
        /// Trees whose rows are damaged; what the log says of them is not enough.
        var damaged: [ReplicaSet] = []
        /// Whether nothing of it can be trusted.
        var isLost = false

        init(shape: TreeShape) {
            forest = MerkleForest(shape: shape)
        }
    }

    /// The trees as they were kept; damage is found, never fatal.
    func read(shape: TreeShape) throws(SQLiteError) -> Kept {
        var kept = Kept(shape: shape)
        do throws(SQLiteError) {
            let head = try readTrees(into: &kept)
            try readLog(from: head, into: &kept)
        } catch {
            guard error.isCorrupt else { throw error }
            kept.isLost = true
        }
        return kept
    }

    private func readTrees(into kept: inout Kept) throws(SQLiteError) -> Head? {
        var head: Head?
        var count: UInt64 = 0
        try readTree.forEach { number, row in
            let content = Row.decode(fact: TreeTable.name("tree", number), row)
            if number == TreeTable.headNumber {
                head = content.flatMap { Head(decoding: $0) }
                return true
            }
            count += 1
            let set = TreeTable.set(of: number)
            if let tree = content.flatMap(TreeTable.decode) {
                kept.forest.restore(tree, of: set)
            } else {
                kept.damaged.append(set)
            }
            return true
        }
        // A row that vanished, or an old one, is as bad as a damaged one, and whose is not known.
        let isWhole =
            kept.damaged.isEmpty
            ? head == Head(kept.forest, next: head?.next ?? 0) : head?.count == count
        kept.isLost = !isWhole
        return head
    }

    private func readLog(from head: Head?, into kept: inout Kept) throws(SQLiteError) {
        kept.next = head?.next ?? 1
        try readLog.forEach { number, row in
            let content = Row.decode(fact: TreeTable.name("log", number), row)
            guard number == kept.next, let changes = content.flatMap(TreeTable.changes) else {
                kept.isLost = true
                return false
            }
            for change in changes { kept.forest.apply(change) }
            kept.next += 1
            kept.logged += changes.count
            return true
        }
    }
}

// MARK: Encoding

extension TreeTable {
    private static let changeSize = 2 + 1 + 2 + 16
    private static let leafSize = 2 + 16

    /// What the rows of trees are together: one that is missing or out of date is noticed.
    private struct Head: Equatable {
        let next: Int64
        let count: UInt64
        let digest: UInt128

        init(_ forest: MerkleForest, next: Int64) {
            self.next = next
            let sets = forest.sets
            count = UInt64(sets.count)
            digest = sets.reduce(0) { digest, set in
                // The odd factor keeps the order: what two trees exchange changes the digest.
                (digest &+ forest.tree(of: set).root &+ UInt128(TreeTable.number(of: set)))
                    &* 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835
            }
        }

        init?(decoding bytes: Bytes) {
            var reader = ByteReader(bytes)
            guard let next = try? reader.read(UInt64.self),
                let count = try? reader.read(UInt64.self), let low = try? reader.read(UInt64.self),
                let high = try? reader.read(UInt64.self), reader.remaining == 0
            else { return nil }
            self.next = Int64(bitPattern: next)
            self.count = count
            digest = UInt128(high) << 64 | UInt128(low)
        }

        func encoded() -> [UInt8] {
            [UInt8](encodingSize: 32) { writer in
                writer.write(next)
                writer.write(count)
                writer.write(digest)
            }
        }
    }

    /// What a row's checksum covers besides its content: where it lies.
    private static func name(_ table: StaticString, _ number: Int64) -> [UInt8] {
        [UInt8](encodingSize: table.utf8CodeUnitCount + 8) { writer in
            writer.write(
                UnsafeRawBufferPointer(
                    start: table.utf8Start, count: table.utf8CodeUnitCount))
            writer.write(number)
        }
    }

    private static func number(of set: ReplicaSet) -> Int64 {
        Int64(set.partition.raw) << 8 | Int64(set.copies)
    }

    private static func set(of number: Int64) -> ReplicaSet {
        ReplicaSet(
            partition: Partition(UInt32(truncatingIfNeeded: number >> 8)),
            copies: UInt8(truncatingIfNeeded: number))
    }

    /// Per leaf that is not zero, ascending: index (16 bits), sum (128).
    private static func encode(_ tree: MerkleTree) -> [UInt8] {
        let leaves = tree.leaves
        return [UInt8](encodingSize: leaves.count * leafSize) { writer in
            for leaf in leaves {
                writer.write(leaf.index)
                writer.write(leaf.sum)
            }
        }
    }

    private static func decode(_ bytes: Bytes) -> MerkleTree? {
        guard bytes.count % leafSize == 0 else { return nil }
        var reader = ByteReader(bytes)
        var leaves: [(index: UInt16, sum: UInt128)] = []
        leaves.reserveCapacity(bytes.count / leafSize)
        while reader.remaining > 0 {
            guard let index = try? reader.read(UInt16.self), let sum = readSum(&reader) else {
                return nil
            }
            leaves.append((index, sum))
        }
        return MerkleTree(leaves: leaves)
    }

    /// Per change: partition (16 bits), copies (8), leaf (16), sum (128).
    private static func changes(_ bytes: Bytes) -> [TreeChange]? {
        guard bytes.count % changeSize == 0 else { return nil }
        var reader = ByteReader(bytes)
        var changes: [TreeChange] = []
        changes.reserveCapacity(bytes.count / changeSize)
        while reader.remaining > 0 {
            guard let partition = try? reader.read(UInt16.self),
                let copies = try? reader.read(UInt8.self),
                let leaf = try? reader.read(UInt16.self), leaf < TreeShape.leafCount,
                let sum = readSum(&reader)
            else { return nil }
            let set = ReplicaSet(partition: Partition(UInt32(partition)), copies: copies)
            changes.append(TreeChange(set: set, leaf: leaf, sum: sum))
        }
        return changes
    }

    private static func readSum(_ reader: inout ByteReader) -> UInt128? {
        guard let low = try? reader.read(UInt64.self), let high = try? reader.read(UInt64.self)
        else { return nil }
        return UInt128(high) << 64 | UInt128(low)
    }
}
