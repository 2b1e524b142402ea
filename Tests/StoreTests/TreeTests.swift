import AntiEntropy
import Causality
import Primitives
import Replica
import Ring
import Testing

@testable import Store

/// Merkle trees that follow what is written.
@Suite struct TreeTests {
    private func open(
        _ scratch: Scratch, seed: UInt64 = 1, partitions: Int = 16, logMax: Int = 100
    ) throws -> SQLiteStore {
        let state = try clusterState(partitions: partitions)
        return try scratch.open(seed: seed) {
            $0.initialClusterState = state
            $0.treeLogMax = logMax
        }
    }

    @Test(arguments: [1, 16, 4_096], [UInt64(1), 2])
    func `Trees equal a rebuild after any history of writes, failures and starts`(
        partitions: Int, seed: UInt64
    ) throws {
        let scratch = try Scratch()
        var random = RandomStream(seed: seed)
        var store = try open(scratch, partitions: partitions)
        var folds = 0
        let keys = try (0..<150).map { try key("\($0)") } + CollidingKeys.keys(3)
        for step in 0..<150 {
            var batch: [ReplicaCommand] = []
            for _ in 0...random.next() % 12 {
                let key = keys[Int(random.next() % UInt64(keys.count))]
                let value = bytes(Int(random.next() % 300), seed: random.next())
                let command =
                    switch random.next() % 4 {
                    case 0: put(key, value)
                    case 1: delete(key)
                    case 2: merge(key, foreignRecord(value, counter: random.next() % 9 + 1))
                    default: put(key, value, overwriting: true)
                    }
                batch.append(command.filed(in: random.next() % 8 == 0 ? 2 : 3))
            }
            if step % 10 == 3 {
                try store.limitPages(to: 1)
                batch.append(put(keys[0], bytes(60_000, seed: 1)))
                #expect(store.run(batch).allSatisfy { $0.failure == .full })
                try store.limitPages(to: 100_000)
            } else {
                store.run(batch)
            }
            #expect(store.checkTrees() == nil, "step \(step)")
            if step % 25 == 24 {
                folds += store.trees.folds
                store.close()
                store = try open(scratch, seed: seed + UInt64(step), partitions: partitions)
                #expect(store.recovered.rebuiltTrees == 0)
                #expect(store.checkTrees() == nil, "the start after step \(step)")
            }
        }
        #expect(folds > 2)
        #expect(store.treeRepairs == 0)
    }

    @Test func `A record without copies is in no tree, and moves with its bucket's n`() throws {
        let store = try open(try Scratch())
        let key = try key("k")
        store.run(put(key, [1]))
        #expect(try store.root(of: key) == zero)
        store.run(put(key, [2], overwriting: true).filed(in: 3))
        let root = try store.root(of: key)
        #expect(root != zero)
        store.run(put(key, [3], overwriting: true).filed(in: 2))
        #expect(try store.root(of: key) == zero)
        #expect(try store.root(of: key, copies: 2) != zero)
        #expect(store.checkTrees() == nil)
    }

    @Test func `Stores with equal records have equal trees, however they came to them`() throws {
        let (left, right) = (try open(try Scratch()), try open(try Scratch(), seed: 2))
        let keys = try (0..<40).map { try key("\($0)") }
        for (number, key) in keys.enumerated() {
            let records = [foreignRecord([1], counter: 4), foreignRecord([2], node: 5)]
            for record in records { left.run(merge(key, record).filed(in: 3)) }
            right.run(records.reversed().map { merge(key, $0).filed(in: 3) })
            guard number == 20 else { continue }
            right.run(merge(key, foreignRecord([3], node: 9)).filed(in: 3))
        }
        for key in keys {
            let isEqual = try left.root(of: key) == right.root(of: key)
            let isTouched =
                left.trees.forest.shape.ring.partition(of: key.hash)
                == left.trees.forest.shape.ring.partition(of: keys[20].hash)
            #expect(isEqual != isTouched)
        }
    }

    @Test func `Reads in a batch see the trees as they were before it`() throws {
        let store = try open(try Scratch())
        let key = try key("k")
        store.run(put(key, [1]).filed(in: 3))
        let before = try store.root(of: key)
        let set = try #require(store.trees.forest.shape.set(of: key.hash, copies: 3))
        let root = TreeNode(set: set, depth: 0, index: 0)
        let replies = store.run(
            put(key, [2], overwriting: true).filed(in: 3), .treeHashes([root]),
            .leafKeys(root, after: nil, limit: 5), .getAll([key.hash], bytesMax: 1))
        guard case .treeHashes([before]) = replies[1],
            case .leafKeys(let entries, isComplete: true) = replies[2],
            case .records(let records) = replies[3], records.count == 1
        else {
            Issue.record("a read saw what was not committed: \(replies)")
            return
        }
        #expect(entries == [LeafEntry(hash: key.hash, record: records[0].record)])
        #expect(try Record(decoding: records[0].record).siblings.values.map(\.value) == [[1]])
        #expect(try store.root(of: key) != before)
    }

    @Test(arguments: [1, 2, 64])
    func `Keys and records are listed as they are filed`(partitions: Int) throws {
        let store = try open(try Scratch(), partitions: partitions)
        let shape = store.trees.forest.shape
        let keys = try (0..<400).map { try key("\($0)") } + CollidingKeys.keys(4)
        for (number, key) in keys.enumerated() {
            store.run(put(key, [UInt8(number % 256)]).filed(in: number % 5 == 0 ? 2 : 3))
        }
        var nodes: [TreeNode] = []
        for partition in shape.ring.partitions {
            for copies in UInt8(1)...3 {
                let set = ReplicaSet(partition: partition, copies: copies)
                nodes.append(TreeNode(set: set, depth: 0, index: 0))
                nodes += (0..<32).map { TreeNode(set: set, depth: 1, index: $0) }
                nodes += (0..<1_024).map { TreeNode(set: set, depth: 2, index: $0) }
            }
        }
        let records = keys.map { key in
            guard case .record(let record?) = store.run(.get(key))[0] else { return Bytes() }
            return record
        }
        var random = RandomStream(seed: 4)
        for node in nodes.shuffled(using: &random).prefix(300) + nodes.prefix(40) {
            let range = try #require(shape.range(of: node))
            let wanted = keys.indices.filter {
                range.contains(keys[$0].hash.high)
                    && node.set.copies == ($0 % 5 == 0 ? 2 : 3)
            }.map { LeafEntry(hash: keys[$0].hash, record: records[$0]) }.inOrder()
            for limit in [1, 3, 1_000] {
                #expect(try store.entries(node, limit: limit) == wanted)
            }
        }
        let asked = keys.shuffled(using: &random).map(\.hash) + [zero]
        let found = try store.records(asked)
        #expect(found.allSatisfy { $0.record == records[keys.firstIndex(of: $0.key) ?? 0] })
        #expect(Set(found.map(\.key)) == Set(keys))
        #expect(try store.records([zero]).isEmpty)
    }

    @Test func `There is nothing below a node that cannot be`() throws {
        let store = try open(try Scratch())
        let set = ReplicaSet(partition: Partition(99), copies: 3)
        #expect(try store.entries(TreeNode(set: set, depth: 2, index: 0), limit: 5).isEmpty)
        let own = ReplicaSet(partition: Partition(0), copies: 3)
        #expect(try store.entries(TreeNode(set: own, depth: 3, index: 0), limit: 5).isEmpty)
        #expect(try store.hashes([TreeNode(set: set, depth: 0, index: 0)]) == [zero])
    }
}
