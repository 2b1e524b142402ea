import AntiEntropy
import Primitives
import Replica
import Ring
import Testing

/// Which hashes belong to which node.
@Suite struct TreeShapeTests {
    private func shape(_ partitions: Int) throws -> TreeShape {
        TreeShape(ring: try #require(Ring(partitionCount: partitions)))
    }

    private func node(_ set: ReplicaSet, _ depth: Int, _ index: Int) -> TreeNode {
        TreeNode(set: set, depth: UInt8(depth), index: UInt16(index))
    }

    @Test(arguments: [1, 2, 256, 65_536])
    func `A leaf is the ten bits of the hash behind those of the partition`(partitions: Int)
        throws
    {
        let shape = try shape(partitions)
        var random = RandomStream(seed: UInt64(partitions))
        for _ in 0..<20_000 {
            let hash = Hash128(high: random.next(), low: random.next())
            // By multiplication, where the code shifts: the hash as a fraction, times the leaves.
            let leaf = hash.high.multipliedFullWidth(by: UInt64(partitions) * 1_024).high
            #expect(UInt64(shape.leaf(of: hash)) == leaf % 1_024)
            #expect(UInt64(shape.ring.partition(of: hash).raw) == leaf / 1_024)
        }
    }

    @Test(arguments: [1, 2, 256, 65_536])
    func `A key's hash lies in its leaf, the inner node above, and the root`(partitions: Int)
        throws
    {
        let shape = try shape(partitions)
        var random = RandomStream(seed: 7)
        for step in 0..<20_000 {
            var high = random.next()
            if step < 10 { high = step % 2 == 0 ? UInt64(step) : UInt64.max - UInt64(step) }
            let hash = Hash128(high: high, low: 0)
            let set = try #require(shape.set(of: hash, copies: 3))
            #expect(set.partition == shape.ring.partition(of: hash))
            let leaf = Int(shape.leaf(of: hash))
            for (depth, index) in [(0, 0), (1, leaf / 32), (2, leaf)] {
                let range = try #require(shape.range(of: node(set, depth, index)))
                #expect(range.contains(high))
            }
        }
    }

    @Test(arguments: [1, 2, 256, 65_536])
    func `The nodes of a depth divide the partition without gaps`(partitions: Int) throws {
        let shape = try shape(partitions)
        for partition in [0, partitions / 2, partitions - 1] {
            let set = ReplicaSet(partition: Partition(UInt32(partition)), copies: 3)
            let whole = shape.ring.range(of: set.partition)
            for (depth, count) in [(0, 1), (1, 32), (2, 1_024)] {
                var next = whole.lowerBound
                for index in 0..<count {
                    let range = try #require(shape.range(of: node(set, depth, index)))
                    #expect(range.lowerBound == next)
                    next = range.upperBound &+ 1
                }
                #expect(next == whole.upperBound &+ 1)
                #expect(shape.range(of: node(set, depth, count)) == nil)
            }
        }
    }

    @Test func `There is no node below a leaf, beyond the ring, or of no copies`() throws {
        let shape = try shape(4)
        let set = ReplicaSet(partition: Partition(3), copies: 2)
        #expect(shape.range(of: node(set, 3, 0)) == nil)
        #expect(shape.range(of: node(set, 255, 0)) == nil)
        let beyond = ReplicaSet(partition: Partition(4), copies: 2)
        #expect(shape.range(of: node(beyond, 0, 0)) == nil)
        let none = ReplicaSet(partition: Partition(0), copies: 0)
        #expect(shape.range(of: node(none, 0, 0)) == nil)
        #expect(shape.set(of: Hash128(high: 0, low: 0), copies: 0) == nil)
    }
}
