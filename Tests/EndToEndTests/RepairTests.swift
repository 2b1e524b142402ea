import Foundation
import Synchronization
import Testing

extension EndToEnd {
    /// What comes back together on real processes, by itself.
    @Suite(.serialized) struct RepairTests {
        @Test("A node killed during 1,500 writes gets every record it owns after its return")
        func killedDuringWrites() throws {
            try LocalRing.run(nodes: 5) { ring in
                let (writes, away) = (1_500, 4)
                let writer = RetryingWriter(ports: (0..<4).map { ring.port + $0 }, first: 0)
                for number in 0..<writes {
                    if number == writes / 5 { try ring.kill(away) }
                    if number == writes * 4 / 5 { try ring.restart() }
                    try writer.put("k\(number)", "\(number)", id: "op-\(number)")
                }
                try expectHeld(by: away, ring, (0..<writes).map { ("k\($0)", "\($0)") })
            }
        }

        @Test("A node whose database was deleted gets every record it owns")
        func deletedDatabase() throws {
            try LocalRing.run(nodes: 4) { ring in
                let (writes, lost) = (1_000, 1)
                let writer = RetryingWriter(ports: [ring.port, ring.port + 2], first: 0)
                for number in 0..<writes {
                    try writer.put("k\(number)", "\(number)", id: "op-\(number)")
                }
                try ring.kill(lost)
                for suffix in ["", "-wal", "-shm"] {
                    unlink("\(ring.data(lost))/dyna.db\(suffix)")
                }
                try ring.restart()
                try expectHeld(by: lost, ring, (0..<writes).map { ("k\($0)", "\($0)") })
            }
        }

        @Test("Sixty seconds of random kills and stops lose nothing and leave no false siblings")
        func disturbances() throws {
            try LocalRing.run(nodes: 5) { ring in
                let complaints = Mutex<[String]>([])
                let ports = (0..<5).map { ring.port + $0 }
                let load = Load.retrying(clients: 8, through: ports) { complaint in
                    complaints.withLock { $0.append(complaint) }
                }
                let counts = try disturb(ring, for: .seconds(60))
                let writes = load.stop()
                #expect(complaints.withLock { $0 }.isEmpty, "\(complaints.withLock { $0 })")
                #expect(counts.kills > 5 && counts.stops > 5, "\(counts)")
                #expect(writes.count > 1_000)
                let newest = Dictionary(writes.map { ($0.key, $0.value) }) { _, last in last }
                try expectAlone(newest, ring)
            }
        }

        /// Kills and stops one or two of five nodes at a time, and has them return.
        private func disturb(
            _ ring: LocalRing, for time: Duration
        ) throws -> (kills: Int, stops: Int) {
            var counts = (kills: 0, stops: 0)
            let end = ContinuousClock.now + time
            while ContinuousClock.now < end {
                let nodes = (0..<5).shuffled().prefix(.random(in: 1...2))
                let stopped = nodes.filter { _ in Int.random(in: 0..<5) < 2 }
                for node in stopped { try ring.signal(node, SIGSTOP) }
                for node in nodes where !stopped.contains(node) { try ring.kill(node) }
                counts.stops += stopped.count
                counts.kills += nodes.count - stopped.count
                usleep(.random(in: 200_000...3_000_000))
                for node in stopped { try ring.signal(node, SIGCONT) }
                try ring.restart()
                usleep(.random(in: 100_000...1_000_000))
            }
            return counts
        }

        /// Every key has exactly the value that was acknowledged last.
        private func expectAlone(_ values: [String: String], _ ring: LocalRing) throws {
            let connection = try RedisConnection(port: ring.port + 3)
            var wrong: [String] = []
            for (key, value) in values {
                let reply = try connection.call("DYNA.GET", "load", key, "R", "3")
                let siblings = reply.elements.count > 1 ? reply.elements[1].elements : []
                guard siblings.map({ $0.elements.first?.text }) == [value] else {
                    wrong.append("\(key) should be \(value): \(reply)")
                    continue
                }
            }
            #expect(wrong.isEmpty, "\(wrong.count) of \(values.count): \(wrong.prefix(3))")
        }

        /// A node holds, by itself, every one of these values whose primary it is.
        private func expectHeld(
            by node: Int, _ ring: LocalRing, _ values: [(key: String, value: String)]
        ) throws {
            let connection = try RedisConnection(port: ring.port + node)
            var missing = try values.filter { key, _ in
                let text = try connection.call("DYNA.RING", "load", key).text ?? ""
                let document = try JSONDecoder().decode(KeyDocument.self, from: Data(text.utf8))
                return document.primaries.contains("n\(node + 1)")
            }
            #expect(missing.count > values.count / 3, "n\(node + 1) owns \(missing.count) keys")
            let isComplete = try eventually(within: .seconds(30)) {
                missing = try missing.filter { key, value in
                    let reply = try connection.call("DYNA.LOCAL", "load", key)
                    let siblings = reply.elements.count > 1 ? reply.elements[1].elements : []
                    return siblings.map { $0.elements.first?.text } != [value]
                }
                return missing.isEmpty
            }
            #expect(isComplete, "\(missing.count) are missing: \(missing.prefix(3))")
        }
    }
}
