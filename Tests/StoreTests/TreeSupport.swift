import AntiEntropy
import Causality
import Membership
import Primitives
import Replica
import Ring
import Testing

@testable import Store

/// The state of a cluster of one with so many partitions.
func clusterState(partitions: Int) throws -> Bytes {
    let member = Member(name: "n1", zone: "z1", client: "a:1", peer: "a:2", http: "a:3")
    let placement = try Placement(initial: [member], partitions: partitions, copies: 1)
    let state = ClusterState(
        name: "tests", version: 1, placement: placement, defaults: BucketProperties())
    return state.encoded()[...]
}

extension ReplicaCommand {
    /// The same write in a bucket with another n.
    func filed(in copies: UInt8) -> ReplicaCommand {
        switch self {
        case .put(var put):
            put.copies = copies
            return .put(put)
        case .merge(var merge):
            merge.copies = copies
            return .merge(merge)
        default: return self
        }
    }
}

extension SQLiteStore {
    /// The hashes of nodes of trees.
    func hashes(_ nodes: [TreeNode]) throws -> [Hash128] {
        guard case .treeHashes(let hashes) = run(.treeHashes(nodes))[0] else {
            throw Unexpected(reply: run(.treeHashes(nodes))[0])
        }
        return hashes
    }

    /// All keys below a node, in pages.
    func entries(_ node: TreeNode, limit: Int) throws -> [LeafEntry] {
        var entries: [LeafEntry] = []
        var isComplete = false
        while !isComplete {
            let command = ReplicaCommand.leafKeys(
                node, after: entries.last?.hash, limit: limit)
            guard case .leafKeys(let page, let isLast) = run(command)[0] else {
                throw Unexpected(reply: run(command)[0])
            }
            #expect(isLast || page.count >= limit)
            entries += page
            isComplete = isLast
        }
        return entries
    }

    /// Records by the hashes of their keys.
    func records(_ hashes: [Hash128]) throws -> [(key: Key, record: Bytes)] {
        guard case .records(let records) = run(.getAll(hashes, bytesMax: .max))[0] else {
            throw Unexpected(reply: run(.getAll(hashes, bytesMax: .max))[0])
        }
        return records
    }

    /// The root of the tree that a key is filed in.
    func root(of key: Key, copies: UInt8 = 3) throws -> Hash128 {
        let shape = trees.forest.shape
        let set = try #require(shape.set(of: key.hash, copies: copies))
        return try hashes([TreeNode(set: set, depth: 0, index: 0)])[0]
    }
}

let zero = Hash128(high: 0, low: 0)
