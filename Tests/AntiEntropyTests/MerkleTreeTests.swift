import AntiEntropy
import Primitives
import Testing

/// Sums over leaves, whether a tree keeps them as a list or has a place for each.
@Suite struct MerkleTreeTests {
    private func sum(_ random: inout RandomStream) -> UInt128 {
        UInt128(random.next()) << 64 | UInt128(random.next())
    }

    @Test(arguments: [1, 255, 256, 257, 1_024])
    func `All nodes are the sums of what was added below them`(leaves: Int) {
        var random = RandomStream(seed: UInt64(leaves))
        var tree = MerkleTree()
        var model = [UInt128](repeating: 0, count: 1_024)
        let used = (0..<1_024).shuffled(using: &random).prefix(leaves)
        for _ in 0..<3 {
            for leaf in used.shuffled(using: &random) {
                let change = sum(&random)
                tree.add(change, toLeaf: UInt16(leaf))
                model[leaf] &+= change
            }
        }
        #expect(tree.root == model.reduce(0, &+))
        for inner in 0..<32 {
            let wanted = model[inner * 32..<inner * 32 + 32].reduce(0, &+)
            #expect(tree.inner(UInt16(inner)) == wanted)
        }
        for leaf in 0..<1_024 { #expect(tree.leaf(UInt16(leaf)) == model[leaf]) }
        #expect(tree.leaves.map { Int($0.index) } == used.sorted())
    }

    @Test(arguments: [10, 400])
    func `The order of changes makes no difference, and what was added can be taken out`(
        leaves: Int
    ) {
        var random = RandomStream(seed: 3)
        let changes = (0..<2_000).map { _ in
            (leaf: UInt16(random.next() % UInt64(leaves)), change: sum(&random))
        }
        var (one, other) = (MerkleTree(), MerkleTree())
        for entry in changes { one.add(entry.change, toLeaf: entry.leaf) }
        for entry in changes.shuffled(using: &random) {
            other.add(entry.change, toLeaf: entry.leaf)
        }
        #expect(one == other)
        for entry in changes { one.add(0 &- entry.change, toLeaf: entry.leaf) }
        #expect(one == MerkleTree())
        #expect(one.leaves.isEmpty)
    }

    @Test(arguments: [0, 5, 256, 300, 1_024])
    func `A tree comes back from its leaves`(leaves: Int) {
        var random = RandomStream(seed: 9)
        var tree = MerkleTree()
        for leaf in (0..<1_024).shuffled(using: &random).prefix(leaves) {
            tree.add(sum(&random), toLeaf: UInt16(leaf))
        }
        #expect(MerkleTree(leaves: tree.leaves) == tree)
    }

    @Test func `What is no tree's leaves makes no tree`() {
        #expect(MerkleTree(leaves: [(1_024, 1)]) == nil)
        #expect(MerkleTree(leaves: [(3, 1), (3, 1)]) == nil)
        #expect(MerkleTree(leaves: [(3, 1), (2, 1)]) == nil)
        #expect(MerkleTree(leaves: [(2, 1), (3, 1)]) != nil)
    }
}
