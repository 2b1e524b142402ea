import Primitives
import Replica
import Testing

@testable import Store

/// Different keys under one hash.
@Suite struct CollisionTests {
    private let keys = CollidingKeys.keys(3)

    @Test func `Keys under one hash keep records of their own, after a reopening too`() throws {
        #expect(Set(keys).count == 3 && Set(keys.map(\.hash)).count == 1)
        let scratch = try Scratch()
        var store = try scratch.open()
        #expect(store.run(put(keys[0], [0]), put(keys[1], [1])).allSatisfy { $0.isDone })
        for seed in UInt64(2)...3 {
            #expect(try store.values(keys[0]) == [[0]])
            #expect(try store.values(keys[1]) == [[1]])
            #expect(try store.values(keys[2]) == nil)
            #expect(try store.currentCounts() == RecordCounts(records: 2, live: 2))
            store.close()
            store = try scratch.open(seed: seed)
        }
        store.run(put(keys[1], [11], overwriting: true), merge(keys[2], foreignRecord([2])))
        #expect(try keys.map(store.values) == [[[0]], [[11]], [[2]]])
    }

    @Test func `Damage to one of the keys under one hash leaves the others alone`() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        store.run(put(keys[0], [0]), put(keys[1], [1]))
        try store.connection.run("UPDATE collisions SET row = zeroblob(50)")
        #expect(store.run(.get(keys[1]))[0].isUnreadable)
        #expect(store.run(put(keys[1], [2]))[0].isUnreadable)
        #expect(try store.values(keys[0]) == [[0]])
        #expect(store.run(merge(keys[1], foreignRecord([3]), isComplete: true))[0].isDone)
        #expect(try store.values(keys[1]) == [[3]])
        #expect(try store.values(keys[0]) == [[0]], "a repair took another key's place")
    }

    @Test func `A key finds its own row although the slot it lost is damaged`() throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        store.run(put(keys[0], [0]), put(keys[1], [1]))
        try store.connection.run("UPDATE records SET row = zeroblob(50)")
        #expect(store.run(.get(keys[0]))[0].isUnreadable)
        #expect(store.run(.get(keys[2]))[0].isUnreadable, "who owned the slot is not known")
        #expect(try store.values(keys[1]) == [[1]])
        #expect(store.run(merge(keys[1], foreignRecord([2]), isComplete: true))[0].isDone)
        #expect(store.run(.get(keys[0]))[0].isUnreadable, "a repair took another key's place")
        #expect(store.run(merge(keys[0], foreignRecord([3]), isComplete: true))[0].isDone)
        #expect(try store.values(keys[0]) == [[3]])
        #expect(try store.values(keys[1]) == [[1], [2]])
    }

    @Test func `A row that lies under the wrong hash is unreadable, not absent`() throws {
        let scratch = try Scratch()
        let (own, other) = (try key("own"), try key("other"))
        let store = try scratch.open()
        store.run(put(own, [1]), put(other, [2]))
        try store.connection.run(
            """
            UPDATE records SET row = (SELECT row FROM records WHERE hash = \(other.rowid))
            WHERE hash = \(own.rowid)
            """)
        #expect(store.run(.get(own))[0].isUnreadable)
        #expect(try store.values(other) == [[2]])
    }
}
