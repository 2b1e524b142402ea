import Primitives
import Replica
import Testing

@testable import Store

@Suite struct CountTests {
    /// What the store is expected to hold: per key whether it is live.
    private struct Model {
        var live: [Int: Bool] = [:]
        var random: RandomStream

        var counts: RecordCounts {
            RecordCounts(records: UInt64(live.count), live: UInt64(live.values.count { $0 }))
        }

        mutating func batch() throws -> [ReplicaCommand] {
            var batch: [ReplicaCommand] = []
            for _ in 0..<20 {
                batch.append(try command())
            }
            return batch
        }

        private mutating func command() throws -> ReplicaCommand {
            let number = Int(random.next() % 60)
            let key = try key("\(number)")
            let choice = random.next() % 3
            live[number] = choice != 0
            switch choice {
            case 0: return delete(key)
            case 1: return merge(key, foreignRecord([1], node: random.next()))
            default: return put(key, [2], overwriting: true)
            }
        }
    }

    @Test func `Counts are exact after random operations and reopenings`() throws {
        let scratch = try Scratch()
        var model = Model(random: RandomStream(seed: 11))
        for round in 0..<12 {
            let store = try scratch.open(seed: UInt64(round)) { $0.checkpointPages = 20 }
            #expect(try store.currentCounts() == model.counts)
            for _ in 0..<10 {
                #expect(store.run(try model.batch()).allSatisfy { $0.isDone })
            }
            #expect(try store.currentCounts() == model.counts)
            if round % 2 == 0 { store.close() }
        }
    }
}
