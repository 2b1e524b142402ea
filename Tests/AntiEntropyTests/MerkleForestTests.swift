import AntiEntropy
import Primitives
import Replica
import Ring
import Testing

/// Records filed in trees.
@Suite struct MerkleForestTests {
    private func forest(_ partitions: Int) throws -> MerkleForest {
        MerkleForest(shape: TreeShape(ring: try #require(Ring(partitionCount: partitions))))
    }

    private func hash(_ number: Int) throws -> Hash128 {
        try #require(Key(bucket: [1], key: Array("\(number)".utf8))).hash
    }

    private func rebuilt(
        _ records: [Int: FiledRecord], _ partitions: Int
    ) throws -> MerkleForest {
        var forest = try forest(partitions)
        for (number, filed) in records {
            if let change = forest.change(filing: filed, under: try hash(number)) {
                forest.apply(change)
            }
        }
        return forest
    }

    @Test(arguments: [1, 2, 256, 65_536], [UInt64(1), 2, 3])
    func `Trees that follow every write are those that the records make`(
        partitions: Int, seed: UInt64
    ) throws {
        var random = RandomStream(seed: seed)
        var forest = try forest(partitions)
        var records: [Int: FiledRecord] = [:]
        for step in 0..<5_000 {
            let number = Int(random.next() % 700)
            let new = FiledRecord(
                copies: UInt8(random.next() % 4),
                record: Bytes(text: "record \(step) \(random.next() % 5)"))
            let (first, second) = forest.changes(
                from: records[number], to: new, under: try hash(number))
            for change in [first, second] {
                guard let change else { continue }
                forest.apply(change)
                if random.next() % 4 == 0 {
                    forest.apply(change.inverse)
                    forest.apply(change)
                }
            }
            records[number] = new
        }
        #expect(forest.difference(from: try rebuilt(records, partitions)) == nil)
        records[3] = nil
        #expect(forest.difference(from: try rebuilt(records, partitions)) != nil)
    }

    @Test func `Keys that exchange their records are noticed, in one leaf too`() throws {
        let (first, second) = (Hash128(high: 5, low: 1), Hash128(high: 5, low: 2))
        let (one, other) = (Bytes(text: "one"), Bytes(text: "other"))
        let straight = Contribution.of(one, under: first) &+ Contribution.of(other, under: second)
        let crossed = Contribution.of(other, under: first) &+ Contribution.of(one, under: second)
        #expect(straight != crossed)
    }

    @Test func `Every bit of a record and of a hash changes the contribution`() {
        let record = [UInt8](repeating: 7, count: 60)
        let hash = Hash128(high: 3, low: 4)
        var seen: Set<UInt128> = [Contribution.of(record[...], under: hash)]
        for bit in 0..<record.count * 8 {
            var changed = record
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            seen.insert(Contribution.of(changed[...], under: hash))
        }
        for bit in 0..<64 as Range<UInt64> {
            let one = Hash128(high: hash.high ^ 1 << bit, low: hash.low)
            let other = Hash128(high: hash.high, low: hash.low ^ 1 << bit)
            seen.insert(Contribution.of(record[...], under: one))
            seen.insert(Contribution.of(record[...], under: other))
        }
        #expect(seen.count == 1 + record.count * 8 + 128)
    }

    @Test func `A hash is the sum of a tree's node, and zero where there is none`() throws {
        var forest = try forest(4)
        let keyHash = try hash(1)
        let filed = FiledRecord(copies: 3, record: [1, 2, 3])
        let change = try #require(forest.change(filing: filed, under: keyHash))
        forest.apply(change)
        let leaf = forest.shape.leaf(of: keyHash)
        func found(_ depth: UInt8, _ index: UInt16, copies: UInt8 = 3) -> Hash128 {
            let set = ReplicaSet(partition: change.set.partition, copies: copies)
            return forest.hash(of: TreeNode(set: set, depth: depth, index: index))
        }
        let wanted = Hash128(Contribution.of([1, 2, 3], under: keyHash))
        #expect(found(0, 0) == wanted)
        #expect(found(1, leaf / 32) == wanted)
        #expect(found(2, leaf) == wanted)
        let zero = Hash128(high: 0, low: 0)
        #expect(found(2, leaf ^ 1) == zero)
        #expect(found(0, 0, copies: 2) == zero)
        #expect(found(0, 1) == zero)
        #expect(found(3, 0) == zero)
        #expect(found(2, 1_024) == zero)
    }

    @Test func `Changes are remembered until they were kept`() throws {
        var forest = try forest(256)
        for number in 0..<5 {
            let filed = FiledRecord(copies: 1, record: [UInt8(number)])
            let change = try #require(forest.change(filing: filed, under: try hash(number)))
            forest.apply(change)
        }
        #expect(forest.changedSets == forest.sets)
        forest.forgetChanges()
        #expect(forest.changedSets.isEmpty)
        let filed = FiledRecord(copies: 2, record: [1])
        let change = try #require(forest.change(filing: filed, under: try hash(1)))
        forest.apply(change)
        #expect(forest.changedSets == [change.set])
    }
}
