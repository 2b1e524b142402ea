import Causality
import Foundation
import Primitives
import Replica
import Testing

@testable import Store

/// What a start may believe of the run before it.
@Suite struct RunTests {
    private let mark = ReplicaCommand.markClean(clock: HybridTimestamp(500))

    private func newDot(_ store: SQLiteStore, _ key: Key) throws -> Dot {
        let receipt = try #require(store.run(put(key, [1], overwriting: true))[0].receipt)
        return try #require(try receipt.dots.last)
    }

    @Test func `An epoch goes on after a clean stop once the previous run is trusted`() throws {
        let scratch = try Scratch()
        let key = try key("k")
        var store = try scratch.open(seed: 1)
        let first = try newDot(store, key)
        let run = store.recovered.start.run
        #expect(store.run(mark)[0].isDone)
        store.close()
        store = try scratch.open(seed: 2)
        #expect(store.recovered.cleanRun == run)
        #expect(store.recovered.lease == HybridTimestamp(500))
        #expect(store.run(.trustPreviousRun)[0].isDone)
        let second = try newDot(store, key)
        #expect(second == Dot(actor: first.actor, counter: 2))
    }

    @Test func `Without trust, or after an unclean stop, the epoch is new`() throws {
        let scratch = try Scratch()
        let key = try key("k")
        var store = try scratch.open(seed: 1)
        let first = try newDot(store, key)
        store.run(mark)
        store.close()
        store = try scratch.open(seed: 2)
        let second = try newDot(store, key)
        #expect(second.actor != first.actor)
        store = try reopened(store, scratch, seed: 3)
        #expect(store.recovered.cleanRun == nil)
        store.run(.trustPreviousRun)
        let third = try newDot(store, key)
        #expect(third.actor != second.actor && third.actor != first.actor)
    }

    @Test func `A clean-shutdown mark serves one start only, however that start ends`() throws {
        let scratch = try Scratch()
        var store = try scratch.open(seed: 1)
        store.run(mark)
        store.close()
        store = try scratch.open(seed: 2)
        #expect(store.recovered.cleanRun != nil)
        store = try reopened(store, scratch, seed: 3)
        #expect(store.recovered.cleanRun == nil)
    }

    @Test func `Nothing is written behind a clean-shutdown mark`() throws {
        let scratch = try Scratch()
        let (one, other) = (try key("one"), try key("other"))
        let store = try scratch.open()
        let replies = store.run(put(one, [1]), mark, put(other, [2]))
        #expect(replies[0].isDone && replies[1].isDone)
        #expect(replies[2].failure != nil)
        #expect(store.run(put(other, [2]))[0].failure != nil)
        #expect(store.run(.leaseClock(HybridTimestamp(900)))[0].failure != nil)
        #expect(try store.values(one) == [[1]])
        #expect(try store.values(other) == nil)
        store.close()
        #expect(try scratch.open(seed: 2).recovered.lease == HybridTimestamp(500))
    }

    @Test func `Two copies of one database never mint the same dot`() throws {
        let scratch = try Scratch()
        let copy = try Scratch()
        let keys = try (0..<20).map { try key("\($0)") }
        var store = try scratch.open(seed: 1)
        for key in keys {
            _ = try newDot(store, key)
        }
        store.run(mark)
        store.close()
        try FileManager.default.copyItem(atPath: scratch.path, toPath: copy.path)
        store = try scratch.open(seed: 2)
        let image = try copy.open(seed: 3)
        #expect(image.recovered.start.node == store.recovered.start.node)
        #expect(image.recovered.start.number == store.recovered.start.number)
        #expect(image.recovered.start.run != store.recovered.start.run)
        for key in keys {
            let (here, there) = (try newDot(store, key), try newDot(image, key))
            #expect(here.actor != there.actor)
        }
    }

    @Test func `Every start takes the next number, and node and lease stay`() throws {
        let scratch = try Scratch()
        var store = try scratch.open(seed: 1)
        let node = store.recovered.start.node
        store.run(.leaseClock(HybridTimestamp(77)))
        var runs: Set<UInt32> = [store.recovered.start.run]
        for number in 2...6 {
            store = try reopened(store, scratch, seed: UInt64(number))
            #expect(store.recovered.start.number == UInt64(number))
            #expect(store.recovered.start.node == node)
            #expect(store.recovered.lease == HybridTimestamp(77))
            #expect(runs.insert(store.recovered.start.run).inserted)
        }
    }

    /// Ends a store without a mark, as a crash would: what is in the log stays there.
    private func reopened(
        _ store: SQLiteStore, _ scratch: Scratch, seed: UInt64
    ) throws -> SQLiteStore {
        store.connection.close(checkpointing: false)
        return try scratch.open(seed: seed)
    }
}
