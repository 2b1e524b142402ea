import AntiEntropy
import Primitives
import Replica
import Testing

/// Long lists of keys in pages.
@Suite struct LeafPageTests {
    @Test(arguments: 1...12)
    func `Pages give every key once and never cut between keys of one hash`(limit: Int) {
        let hashes: [UInt64] = [1, 2, 3, 3, 3, 4, 5, 5, 6, 7]
        let all = hashes.enumerated().map {
            LeafEntry(hash: Hash128(high: $1, low: 0), digest: UInt64($0))
        }
        var seen: [LeafEntry] = []
        var isComplete = false
        while !isComplete {
            let last = seen.last?.hash
            let rest = all.filter { entry in last.map { $0 < entry.hash } ?? true }
            let page = rest.page(limit: limit)
            #expect(page.entries.count >= min(limit, rest.count))
            seen += page.entries
            isComplete = page.isComplete
        }
        #expect(seen == all)
    }

    @Test func `A page without room tells only whether there is anything`() {
        #expect([LeafEntry]().page(limit: 0).isComplete)
        let entry = LeafEntry(hash: Hash128(high: 1, low: 1), digest: 1)
        #expect(![entry].page(limit: 0).isComplete)
        #expect([entry].page(limit: 0).entries.isEmpty)
    }
}
