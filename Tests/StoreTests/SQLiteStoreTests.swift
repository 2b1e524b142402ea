import Causality
import Primitives
import Replica
import Testing

@testable import Store

@Suite struct SQLiteStoreTests {
    @Test(arguments: [0, 1, 100, 4_096, 1 << 20])
    func `A value comes back as it was put, after a reopening too`(size: Int) throws {
        let scratch = try Scratch()
        let value = bytes(size, seed: UInt64(size))
        let key = try key("k")
        let store = try scratch.open()
        #expect(try store.values(key) == nil)
        #expect(store.run(put(key, value))[0].receipt?.isOnly == true)
        #expect(try store.values(key) == [value])
        store.close()
        #expect(try scratch.open(seed: 2).values(key) == [value])
    }

    @Test(arguments: [0, 1, 1 << 20])
    func `A record of another node comes back as it was merged`(size: Int) throws {
        let scratch = try Scratch()
        let record = foreignRecord(bytes(size, seed: 3))
        let key = try key("k")
        let store = try scratch.open()
        guard case .merged(changed: true) = store.run(merge(key, record))[0],
            case .merged(changed: false) = store.run(merge(key, record))[0],
            case .record(let found?) = store.run(.get(key))[0]
        else {
            Issue.record("the record was not taken in once")
            return
        }
        #expect(Array(found) == record.encoded())
    }

    @Test func `Commands on one key in one batch see each other`() throws {
        let scratch = try Scratch()
        let key = try key("k")
        let store = try scratch.open()
        let replies = store.run(
            put(key, [1]), put(key, [2]), merge(key, foreignRecord([3])),
            put(key, [4], overwriting: true), put(key, [5]))
        #expect(replies.map { $0.receipt?.liveCount } == [1, 2, nil, 1, 2])
        #expect(try store.values(key) == [[4], [5]])
        let dots = try replies.compactMap(\.receipt).flatMap { try $0.dots }
        #expect(Set(dots.filter { $0.actor.node != NodeID(77) }).count == 4)
    }

    @Test func `A repeated operation is answered with the first outcome, within a batch too`()
        throws
    {
        let scratch = try Scratch()
        let key = try key("k")
        let store = try scratch.open()
        let replies = store.run(put(key, [1], operation: "a"), put(key, [1], operation: "a"))
        #expect(replies.map { $0.receipt?.isRepeated } == [false, true])
        #expect(store.run(put(key, [1], operation: "a"))[0].receipt?.isRepeated == true)
        #expect(try store.values(key) == [[1]])
    }

    @Test func `Reads come first and see what was committed before the batch`() throws {
        let scratch = try Scratch()
        let key = try key("k")
        let store = try scratch.open()
        store.run(put(key, [1]))
        var phases: [(StorePhase, [Int])] = []
        var seen: [Bytes?] = []
        store.execute([put(key, [2], overwriting: true), .get(key), .count, delete(key)]) {
            phases.append(($0, $1.map(\.index)))
            for case .record(let bytes) in $1.map(\.reply) {
                seen.append(bytes)
            }
        }
        #expect(phases.map(\.0) == [.durable, .applied, .durable])
        #expect(phases.map(\.1) == [[1, 2], [0, 3], [0, 3]])
        let record = try Record(decoding: try #require(seen.first ?? nil))
        #expect(record.siblings.values.map { $0.value.map(Array.init) } == [[1]])
        #expect(try store.values(key) == [])
    }

    @Test func `A batch of merges has no applied phase, and one of reads has one phase`() throws {
        let scratch = try Scratch()
        let key = try key("k")
        let store = try scratch.open()
        var phases: [StorePhase] = []
        store.execute([merge(key, foreignRecord([1]))]) { phase, _ in phases.append(phase) }
        #expect(phases == [.durable])
        store.execute([.get(key)]) { phase, _ in phases.append(phase) }
        #expect(phases == [.durable, .durable])
    }

    @Test func `Malformed and refused commands leave the others of their batch alone`() throws {
        let scratch = try Scratch()
        let (one, other) = (try key("one"), try key("other"))
        let store = try scratch.open { $0.limits.siblingsMax = 1 }
        let malformed = MergeCommand(
            key: one, record: [9, 9, 9], isComplete: true, readAt: HybridTimestamp(1))
        let replies = store.run(
            put(one, [1]), .merge(malformed), put(one, [2]), put(other, [3]))
        #expect(replies[0].receipt != nil)
        #expect(replies[1].failure?.description.contains("malformed") == true)
        guard case .refused(.tooManySiblings(max: 1)) = replies[2] else {
            Issue.record("a second sibling was not refused: \(replies[2])")
            return
        }
        #expect(replies[3].receipt != nil)
        #expect(try store.values(one) == [[1]])
        #expect(try store.values(other) == [[3]])
    }

    @Test func `A new database does not count, and what is known of identities outlives a run`()
        throws
    {
        let scratch = try Scratch()
        let store = try scratch.open()
        #expect(store.recovered.refill == .new)
        let start = NodeStart(node: NodeID(5), number: 6, run: 7)
        let past = PastIdentities(nodes: [NodeID(3), NodeID(4)], areReplaced: true)
        store.run(
            .rememberStart(name: "one", start: start, past: past),
            .rememberStart(name: "two", start: start), .setRefill(.refilling))
        store.close()
        let second = try scratch.open(seed: 2)
        #expect(second.recovered.refill == .refilling)
        #expect(second.recovered.past.map(\.name) == ["one"])
        #expect(second.recovered.past.map(\.identities) == [past])
        second.run(.setRefill(.done))
        second.close()
        #expect(try scratch.open(seed: 3).recovered.refill == .done)
    }

    @Test func `Buckets, starts, the lease and the cluster state outlive a run`() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        #expect(store.recovered.isNew)
        #expect(store.recovered.clusterState == [1, 2, 3])
        let start = NodeStart(node: NodeID(5), number: 6, run: 7)
        let entry = BucketEntry(
            name: Bytes(text: "b"), timestamp: HybridTimestamp(8), properties: [9])
        store.run(
            .rememberStart(name: "first", start: NodeStart(node: NodeID(1), number: 1, run: 1)),
            .rememberStart(name: "other", start: start), .setBucket(entry),
            .rememberStart(name: "first", start: start), .leaseClock(HybridTimestamp(1_000)))
        store.close()
        let recovered = try scratch.open(seed: 2) { $0.initialClusterState = [4] }.recovered
        #expect(!recovered.isNew)
        #expect(recovered.clusterState == [1, 2, 3])
        #expect(recovered.starts.map(\.name) == ["first", "other"])
        #expect(recovered.starts.map(\.start) == [start, start])
        #expect(recovered.buckets == [entry])
        #expect(recovered.lease == HybridTimestamp(1_000))
    }

    @Test func `Of two properties of a bucket the newer one stays, whichever comes last`() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let (old, new) = (
            BucketEntry(name: [1], timestamp: HybridTimestamp(8), properties: [8]),
            BucketEntry(name: [1], timestamp: HybridTimestamp(9), properties: [9])
        )
        store.run(.setBucket(new), .setBucket(old))
        store.run(.setBucket(old))
        store.close()
        #expect(try scratch.open(seed: 2).recovered.buckets == [new])
    }

    @Test func `A database that was refused as an old copy is never opened again`() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let start = store.recovered.start
        let known = NodeStart(node: start.node, number: start.number + 4, run: 9)
        store.run(.markStale(by: "n2", known: known))
        store.close()
        for seed in 2...6 as ClosedRange<UInt64> {
            #expect(throws: StoreError.staleCopy(path: scratch.path, known: known.number)) {
                try scratch.open(seed: seed)
            }
        }
    }

    @Test func `A closed store gives the file back and carries nothing out`() throws {
        let scratch = try Scratch()
        let key = try key("k")
        let store = try scratch.open()
        store.run(put(key, [1]))
        #expect(throws: StoreError.inUse(path: scratch.path)) { try scratch.open(seed: 2) }
        store.close()
        #expect(store.run(.get(key))[0].failure != nil)
        #expect(store.run(put(key, [2]))[0].failure != nil)
        store.close()
        #expect(try scratch.open(seed: 2).values(key) == [[1]])
    }

    @Test func `The log is emptied when it is long enough, and only then`() throws {
        let scratch = try Scratch()
        let store = try scratch.open { $0.checkpointPages = 50 }
        var longest: Int32 = 0
        var restarts = 0
        var last: Int32 = 0
        for number in 0..<200 {
            store.run(put(try key("\(number)"), bytes(500, seed: UInt64(number))))
            let pages = store.connection.logPages
            #expect(pages > 0)
            longest = max(longest, pages)
            restarts += pages < last ? 1 : 0
            last = pages
        }
        #expect((50...80).contains(longest))
        #expect(restarts >= 5)
    }
}
