import Causality
import Primitives
import Replica
import Ring
import Testing

@testable import Store

/// Dead records are listed, and go if they still are the named ones.
@Suite struct ReapTests {
    private let end = HybridTimestamp(milliseconds: 1_000)

    private func dead(in store: SQLiteStore, limit: Int = 100) throws -> [DeadRecord] {
        var (found, place): ([DeadRecord], DeathPlace?) = ([], nil)
        repeat {
            let command = ReplicaCommand.listDead(after: place, until: end, limit: limit)
            guard case .dead(let page, let next) = store.run(command)[0] else {
                throw Unexpected(reply: store.run(command)[0])
            }
            #expect(page.count <= limit)
            found += page
            place = next
        } while place != nil
        return found
    }

    private func reap(
        _ dead: [DeadRecord], in store: SQLiteStore, at time: HybridTimestamp? = nil
    ) throws -> [Int] {
        let command = ReplicaCommand.reap(dead, at: time ?? end)
        guard case .reaped(let gone) = store.run(command)[0] else {
            throw Unexpected(reply: store.run(command)[0])
        }
        return gone
    }

    private func expiring(_ key: Key, at time: UInt64) -> ReplicaCommand {
        let version = Version(
            content: .value([1]), timestamp: HybridTimestamp(milliseconds: 1),
            expiry: HybridTimestamp(milliseconds: time))
        return .put(
            PutCommand(
                key: key, version: version, basis: .overwrite(VersionVector()),
                conflict: .siblings))
    }

    @Test(arguments: [1, 2, 100]) func `What is dead is listed by the time of its death`(
        limit: Int
    ) throws {
        let scratch = try Scratch()
        var store = try scratch.open()
        let keys = try (0..<5).map { try key("\($0)") }
        store.run(
            put(keys[0], [1]), expiring(keys[1], at: 500), expiring(keys[2], at: 1_001),
            delete(keys[3]), put(keys[4], [2]), delete(keys[4]))
        store.close()
        store = try scratch.open(seed: 2)
        let tombstones = try dead(in: store, limit: limit).map(\.key)
        #expect(Set(tombstones.dropLast()) == [keys[3], keys[4]])
        #expect(tombstones.last == keys[1])
        store.run(put(keys[3], [3]), put(keys[4], [3], overwriting: true), delete(keys[0]))
        #expect(try dead(in: store, limit: limit).map(\.key) == [keys[0], keys[1]])
    }

    @Test func `A record goes only where it is the named one and dead`() throws {
        let store = try Scratch().open()
        let (one, two, three) = (try key("1"), try key("2"), try key("3"))
        store.run(delete(one), delete(two), expiring(three, at: 900))
        let names = try dead(in: store)
        #expect(names.count == 3)
        #expect(try reap(names.filter { $0.key == three }, in: store, at: HybridTimestamp(1)) == [])
        store.run(merge(two, foreignRecord([7])))
        let gone = try reap(names, in: store)
        #expect(Set(gone.map { names[$0].key }) == [one, three])
        #expect(try store.values(one) == nil && store.values(three) == nil)
        #expect(try store.values(two) == [[7]])
        #expect(try store.currentCounts() == RecordCounts(records: 1, live: 1))
        #expect(store.checkTrees() == nil)
        #expect(try dead(in: store).isEmpty)
    }

    @Test func `A removed record is not taken back, a later one is`() throws {
        let store = try Scratch().open()
        let key = try key("k")
        store.run(delete(key))
        guard case .record(let old?) = store.run(.get(key))[0] else { throw Missing() }
        let record = try Record(decoding: old)
        let names = try dead(in: store)
        #expect(try reap(names, in: store) == [0])
        guard case .alreadyReaped(let name) = store.run(merge(key, record))[0] else {
            throw Missing()
        }
        #expect(name.key == key && name.digest == names[0].digest)
        #expect(try store.values(key) == nil)
        #expect(try reap(names, in: store) == [0], "what is gone is gone")
        store.run(merge(key, foreignRecord([5])))
        #expect(try store.values(key) == [[5]])
    }

    @Test func `A key that is written anew gets an epoch of its own`() throws {
        let store = try Scratch().open()
        let key = try key("k")
        let before = store.run(put(key, [1]))[0].receipt?.context
        store.run(delete(key))
        _ = try reap(dead(in: store), in: store)
        let after = store.run(put(key, [2]))[0].receipt?.context
        let actors = [before, after].map { $0?.entries.map(\.actor) ?? [] }
        #expect(actors.allSatisfy { $0.count == 1 } && actors[0] != actors[1])
    }

    @Test func `A row that others lost their place to stays`() throws {
        let store = try Scratch().open()
        let keys = CollidingKeys.keys(2)
        store.run(delete(keys[0]), put(keys[1], [1]))
        let names = try dead(in: store)
        #expect(names.map(\.key) == [keys[0]])
        #expect(try reap(names, in: store) == [])
        #expect(try store.values(keys[1]) == [[1]])
    }

    @Test func `Whatever is kept under a key is found`() throws {
        let store = try Scratch().open()
        let keys = try (0..<4).map { try key("\($0)") }
        let hint = Hint(key: keys[1], record: foreignRecord([1]).encoded()[...])
        store.run(delete(keys[0]), .keepHint(HintCommand(hint: hint, targets: [MemberIndex(2)])))
        store.run(delete(keys[2]))
        try store.connection.run(
            "UPDATE records SET row = zeroblob(50) WHERE hash = \(keys[2].rowid)")
        guard case .copies(let copies) = store.run(.findCopies(keys))[0] else { throw Missing() }
        #expect(copies.map(\.isRecord) == [true, false, true, copies[3].isRecord])
        #expect(copies.map(\.isHint) == [false, true, false, false])
        guard case .digests(let digests) = store.run(.digests(keys))[0] else { throw Missing() }
        #expect(digests[0] != nil && digests[1] == nil && digests[2] == nil)
    }
}

private struct Missing: Error {}
