import CSQLite
import Causality
import Primitives
import Replica
import Testing

@testable import Store

/// Writes and syncs that fail below SQLite.
@Suite(.serialized) struct FailingDiskTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        FaultyVFS.register
        FaultyVFS.plan.withLock { $0 = FaultyVFS.Plan() }
    }

    private func open(seed: UInt64 = 1, checkpointPages: Int32 = 8_000) throws -> SQLiteStore {
        try scratch.open(seed: seed) {
            $0.vfs = FaultyVFS.name
            $0.checkpointPages = checkpointPages
        }
    }

    private func heal() {
        FaultyVFS.plan.withLock { $0 = FaultyVFS.Plan() }
    }

    @Test(arguments: 0..<6)
    func `A commit that finds the disk full takes back everything but the dots`(writes: Int)
        throws
    {
        let (old, new) = (try key("old"), try key("new"))
        let store = try open()
        let before = try #require(store.run(put(old, [1]))[0].receipt)
        FaultyVFS.plan.withLock { $0.writesLeft = writes }
        var applied: [Dot] = []
        var replies: [ReplicaReply] = []
        store.execute([put(old, [2]), put(new, [3])]) { phase, answers in
            if phase == .applied {
                applied = answers.compactMap(\.reply.receipt).flatMap { (try? $0.dots) ?? [] }
            } else {
                replies = answers.map(\.reply)
            }
        }
        heal()
        guard replies.contains(where: { $0.failure != nil }) else {
            #expect(writes > 2, "a commit of two records takes more than \(writes) writes")
            return
        }
        #expect(replies.map(\.failure) == [.full, .full])
        #expect(try store.values(old) == [[1]])
        #expect(try store.values(new) == nil)
        #expect(try store.currentCounts() == RecordCounts(records: 1, live: 1))
        #expect(applied.count == 3, "receipts go out before the commit")
        let again = store.run(put(old, [4]), put(new, [5]))
        let dots = try again.compactMap(\.receipt).flatMap { try $0.dots }
        let kept = Set(try before.dots)
        #expect(Set(dots).subtracting(kept).isDisjoint(with: applied))
        #expect(again.compactMap(\.receipt?.newEpoch) == [.endedRun, .firstWrite])
        store.close()
        #expect(try open(seed: 2).values(old) == [[1], [4]])
    }

    @Test func `After a failed sync nothing is written until the next start, and reads go on`()
        throws
    {
        let key = try key("k")
        var store = try open()
        store.run(put(key, [1]))
        FaultyVFS.plan.withLock { $0.isSyncFailing = true }
        #expect(store.run(put(key, [2]))[0].failure != nil)
        heal()
        let failure = try #require(store.run(put(key, [3]))[0].failure)
        #expect(failure != .full)
        #expect(store.run(.leaseClock(HybridTimestamp(1)))[0].failure == failure)
        #expect(store.run(.markClean(clock: HybridTimestamp(1)))[0].failure == failure)
        #expect(try store.values(key) == [[1]])
        #expect(FaultyVFS.plan.withLock { $0.syncs } == 0, "a sync was tried again")
        store.close()
        #expect(FaultyVFS.plan.withLock { $0.syncs } == 0, "closing tried a sync again")
        store = try open(seed: 2)
        #expect(store.recovered.cleanRun == nil)
        let values = try #require(try store.values(key))
        #expect(values == [[1]] || values == [[1], [2]], "what failed may be there or not")
        #expect(store.run(put(key, [4]))[0].receipt?.newEpoch == .endedRun)
    }

    @Test func `A write that fails for another reason than space stops writing`() throws {
        let key = try key("k")
        let store = try open()
        store.run(put(key, [1]))
        FaultyVFS.plan.withLock {
            $0.writesLeft = 0
            $0.writeCode = SQLITE_IOERR | 3 << 8
        }
        #expect(store.run(put(key, [2]))[0].failure != nil)
        heal()
        #expect(store.run(put(key, [3]))[0].failure != nil)
        #expect(try store.values(key) == [[1]])
    }

    @Test func `A checkpoint without room is no failure`() throws {
        let store = try open(checkpointPages: 1)
        let keys = try (0..<40).map { try key("\($0)") }
        store.run(keys.prefix(20).map { put($0, bytes(500, seed: 1)) })
        // Room for the log of one commit, none for the pages that the checkpoint moves.
        for allowance in 0..<60 {
            FaultyVFS.plan.withLock { $0.writesLeft = allowance }
            let replies = store.run(keys.map { put($0, bytes(500, seed: 2), overwriting: true) })
            #expect(replies.allSatisfy { $0.isDone } || replies.allSatisfy { $0.failure == .full })
        }
        heal()
        #expect(store.run(put(keys[0], [1], overwriting: true))[0].isDone)
        #expect(try store.values(keys[0]) == [[1]])
        #expect(try store.values(keys[19]) == [bytes(500, seed: 2)])
    }

    @Test func `A sync that fails in a checkpoint stops writing`() throws {
        let key = try key("k")
        let store = try open()
        store.run(put(key, [1]))
        store.checkpointDue = 1
        FaultyVFS.plan.withLock { $0.isSyncFailing = true }
        store.checkpointIfDue()
        #expect(FaultyVFS.plan.withLock { $0.failedSyncs } == 1)
        heal()
        #expect(store.run(put(key, [2]))[0].failure != nil)
        #expect(try store.values(key) == [[1]])
        store.close()
        #expect(try open(seed: 2).values(key) == [[1]])
    }
}
