import AntiEntropy
import Primitives
import Replica
import Ring
import Testing

@testable import Store

/// What a scrub of a store finds, and what the store itself puts right.
@Suite struct ScrubTests {
    private static let rule = FilingRule(defaults: 3)
    private let scratch: Scratch
    private let store: SQLiteStore
    private let keys: [Key]

    init() throws {
        scratch = try Scratch()
        let state = try clusterState(partitions: 16)
        store = try scratch.open { $0.initialClusterState = state }
        keys = try (0..<200).map { try key("\($0)") }
        store.run(keys.map { put($0, [1, 2, 3]).filed(in: 3) })
    }

    /// All pages of a pass.
    private func pass(_ rule: FilingRule = ScrubTests.rule, limit: Int = 7) -> [ScrubPage] {
        var pages: [ScrubPage] = []
        var place: ScrubPlace? = .records(from: 0)
        while let next = place {
            let command = ScrubCommand(
                place: next, countMax: limit, bytesMax: 1 << 20, filing: rule)
            guard case .scrubbed(let page) = store.run(.scrub(command))[0] else { return [] }
            pages.append(page)
            place = page.next
        }
        return pages
    }

    private func flip(_ key: Key, at position: Int) throws {
        let read = try store.connection.prepare("SELECT row FROM records WHERE hash = ?1")
        var row = try #require(try read.bytes(for: key.rowid))
        row[position < 0 ? row.count + position : position] ^= 0x10
        let write = try store.connection.prepare("UPDATE records SET row = ?2 WHERE hash = ?1")
        write.bind(1, key.rowid)
        try write.run(last: 2, row)
    }

    @Test(arguments: [1, 3, 7, 50, 1_000])
    func `A pass sees every record once, whatever the size of its pages`(limit: Int) {
        let pages = pass(limit: limit)
        #expect(pages.reduce(0) { $0 + $1.records } == keys.count)
        #expect(pages.allSatisfy { $0.leaves.isEmpty && $0.unreadable.isEmpty })
        #expect(pages.allSatisfy { $0.misfiled.isEmpty && $0.records <= limit + 3 })
    }

    @Test func `A flipped bit in a record is found under its key`() throws {
        let damaged = [keys[3], keys[77], keys[150]]
        for key in damaged { try flip(key, at: -1) }
        let pages = pass()
        #expect(Set(pages.flatMap(\.unreadable)) == Set(damaged))
        #expect(pages.reduce(0) { $0 + $1.records } == keys.count - damaged.count)
        // Their leaves are computed anew with them.
        #expect(pages.allSatisfy { $0.leaves.isEmpty && $0.unnamed == 0 })
        guard case .scrubbed(let again) = store.run(.recheck(keys))[0] else { return }
        #expect(Set(again.unreadable) == Set(damaged))
    }

    @Test func `A row whose key is damaged is out of its leaf after it was mended`() throws {
        try flip(keys[5], at: Row.headSize + 8 + 2 + 3)
        let pages = pass()
        #expect(pages.reduce(0) { $0 + $1.unnamed } == 1)
        let leaves = pages.flatMap(\.leaves)
        #expect(leaves == [store.trees.forest.shape.treeLeaf(of: keys[5].hash.high)])
        #expect(store.checkTrees() != nil)
        store.run(.mend(.leaves(leaves)))
        #expect(store.checkTrees() == nil)
        #expect(pass().allSatisfy { $0.leaves.isEmpty })
    }

    @Test func `A leaf that does not say what the records do is found and computed anew`() throws {
        let change = "DELETE FROM records WHERE hash = \(keys[9].rowid)"
        try store.connection.run(change)
        let leaves = pass().flatMap(\.leaves)
        #expect(leaves.count == 1)
        store.run(.mend(.leaves(leaves)))
        #expect(store.checkTrees() == nil)
        #expect(pass().allSatisfy { $0.leaves.isEmpty })
    }

    @Test func `A record of a bucket whose n changed is filed in its tree, unchanged`() throws {
        let rule = FilingRule(defaults: 5)
        #expect(Set(pass(rule).flatMap(\.misfiled)) == Set(keys))
        let before = store.run(.get(keys[0]))[0]
        store.run(.mend(.refile(keys.map { ($0, 5) })))
        #expect(store.checkTrees() == nil)
        #expect(pass(rule).allSatisfy { $0.misfiled.isEmpty && $0.leaves.isEmpty })
        guard case .record(let old?) = before, case .record(let new?) = store.run(.get(keys[0]))[0]
        else { throw Unexpected(reply: before) }
        #expect(old == new)
        let set = ReplicaSet(partition: Partition(0), copies: 3)
        #expect(try store.hashes([TreeNode(set: set, depth: 0, index: 0)]) == [Hash128(0)])
    }

    @Test(arguments: [
        "DELETE FROM hintTargets WHERE target = 2",
        "INSERT INTO hintTargets SELECT 9, key FROM hints",
        "DELETE FROM hints",
    ])
    func `The index of hints is made to say what the hints do`(damage: String) throws {
        for key in keys.prefix(20) {
            let hint = Hint(key: key, record: foreignRecord([7]).encoded()[...])
            let targets = [MemberIndex(1), MemberIndex(2)]
            store.run(.keepHint(HintCommand(hint: hint, targets: targets)))
        }
        #expect(pass().reduce(0) { $0 + $1.hints } == 20)
        #expect(pass().allSatisfy { $0.hintKeys.isEmpty })

        try store.connection.run(damage)
        let found = Set(pass().flatMap(\.hintKeys))
        #expect(found == Set(keys.prefix(20)))
        store.run(.mend(.hints(Array(found))))
        #expect(pass().allSatisfy { $0.hintKeys.isEmpty })
        let kept = try store.hints.tally()
        #expect(try store.currentCounts().hints == kept.pending)
    }
}
