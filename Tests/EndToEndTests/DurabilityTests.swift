import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct DurabilityTests {
        /// How many acknowledged writes there are before the nodes are killed.
        static let writesMin = 500

        @Test("Writes that were acknowledged before all nodes were killed are there afterwards")
        func uniqueKeys() throws {
            try LocalRing.run { ring in
                for round in 1...2 {
                    let load = Load.uniqueKeys(clients: 8, on: ring, round: round)
                    let writes = try killUnder(load, ring)
                    try expectStored(writes, ring)
                }
            }
        }

        @Test("Writes that build on each other on hot keys are not lost when all nodes are killed")
        func hotKeys() throws {
            try LocalRing.run { ring in
                var writes: [Load.Write] = []
                for round in 1...2 {
                    let load = Load.hotKeys(5, clients: 4, on: ring, round: round)
                    writes += try killUnder(load, ring)
                    try expectSeen(writes, ring)
                }
            }
        }

        @Test("A ring that is stopped under load ends in order and keeps what it acknowledged")
        func stoppingUnderLoad() throws {
            try LocalRing.run { ring in
                let load = Load.uniqueKeys(clients: 8, on: ring, round: 1)
                try awaitWrites(load)
                let down = try ring.down()
                #expect(down.exitCode == 0, "\(down)")
                let writes = load.stop()
                #expect((0..<3).allSatisfy { ring.process($0) == nil })
                let logs = ring.logs.lowercased()
                #expect(!logs.contains(" critical ") && !logs.contains("fatal error"), "\(logs)")
                try ring.restart()
                try expectStored(writes, ring)
            }
        }

        @Test("An old copy of a node's data is refused, and the others go on")
        func oldCopy() throws {
            try LocalRing.run { ring in
                try putBackOldCopy(ring)
                try expectRefused(ring)
                #expect(try ring.run("get", "old/later", on: 1).text == "2")
                #expect(try ring.run("put", "old/last", "3", on: 2).exitCode == 0)
            }
        }

        @Test("An old copy of a node's data stays refused, however often it is started")
        func oldCopyAgain() throws {
            try LocalRing.run { ring in
                try putBackOldCopy(ring)
                _ = try ring.up()
                #expect(eventually(within: .seconds(5)) { ring.process(0) == nil })
                #expect(ring.log(0).contains("newer copy in its place"), "\(ring.log(0))")
                for _ in 2...3 { try expectRefused(ring) }
            }
        }

        /// Kills the first node and gives it its data as they were before its latest start.
        private func putBackOldCopy(_ ring: LocalRing) throws {
            let files = FileManager.default
            let (current, copy) = (ring.data(0), ring.directory + "/copy")
            #expect(try ring.run("put", "old/k", "1").exitCode == 0)
            #expect(try ring.down().exitCode == 0)
            try files.copyItem(atPath: current, toPath: copy)
            try ring.restart()
            #expect(try ring.run("put", "old/later", "2").exitCode == 0)
            try ring.kill(0)
            try files.removeItem(atPath: current)
            try files.moveItem(atPath: copy, toPath: current)
        }

        private func expectRefused(_ ring: LocalRing) throws {
            var program = try Dynactl.program()
            program.limit = .seconds(5)
            let node = try program.run(["node", "--config", "\(ring.data(0))/node.json"])
            #expect(node.exitCode == 70, "\(node)")
            for words in ["old copy", "newer copy in its place"] {
                #expect(node.errors.contains(words), "\(node)")
            }
        }

        private func awaitWrites(_ load: Load) throws {
            let isEnough = eventually(within: .seconds(20)) { load.count >= Self.writesMin }
            guard isEnough else {
                throw SetupFailure("only \(load.stop().count) writes were acknowledged in 20 s")
            }
        }

        /// Kills all nodes when there are enough writes and starts them again.
        private func killUnder(_ load: Load, _ ring: LocalRing) throws -> [Load.Write] {
            try awaitWrites(load)
            try ring.kill(0, 1, 2)
            let writes = load.stop()
            try ring.restart()
            return writes
        }

        private func expectStored(_ writes: [Load.Write], _ ring: LocalRing) throws {
            #expect(writes.count >= Self.writesMin)
            let connection = try RedisConnection(port: ring.port + 1)
            var wrong: [String] = []
            for write in writes {
                let reply = try connection.call("DYNA.GET", "load", write.key)
                let siblings = reply.elements.count > 1 ? reply.elements[1].elements : []
                guard siblings.map({ $0.elements.first?.text }) == [write.value] else {
                    wrong.append("\(write.key): \(reply)")
                    continue
                }
            }
            #expect(wrong.isEmpty, "\(wrong.count) of \(writes.count): \(wrong.prefix(3))")
        }

        private func expectSeen(_ writes: [Load.Write], _ ring: LocalRing) throws {
            #expect(writes.count >= Self.writesMin)
            let connection = try RedisConnection(port: ring.port + 2)
            for (key, ofKey) in Dictionary(grouping: writes, by: \.key) {
                let reply = try connection.call("DYNA.GET", "load", key)
                let lost = Set(ofKey.map(\.value)).subtracting(Counter.seen(in: reply))
                #expect(lost.isEmpty, "\(key) has lost \(lost.count) of \(ofKey.count): \(lost)")
            }
        }
    }
}
