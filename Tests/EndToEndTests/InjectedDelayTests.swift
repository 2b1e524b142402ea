import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct InjectedDelayTests {
        /// The delays that a node saw as a coordinator, of the parts that are needed here.
        struct Delays: Decodable {
            struct Pair: Decodable {
                let to: String
                let write: Histogram
                let acknowledgement: Histogram
                let read: Histogram
                let response: Histogram
            }
            struct Histogram: Decodable {
                let count: Int
                let microseconds: [[Int]]

                /// A value that not more than half of the delays stayed below, in milliseconds.
                var median: Double {
                    var seen = 0
                    for bucket in microseconds {
                        seen += bucket[2]
                        if seen * 2 >= count { return Double(bucket[1]) / 1_000 }
                    }
                    return 0
                }
            }
            let pairs: [Pair]

            subscript(name: String) -> Pair? { pairs.first { $0.to == name } }
        }

        static func text(_ reply: Reply) throws -> String {
            guard let text = reply.text else { throw SetupFailure("\(reply)") }
            return text
        }

        static func delays(_ node: RedisConnection) throws -> Delays {
            let text = try text(node.call("DYNA.DELAYS"))
            return try JSONDecoder().decode(Delays.self, from: Data(text.utf8))
        }

        static func use(_ node: RedisConnection) throws {
            for index in 0..<20 {
                _ = try node.call("DYNA.PUT", "b", "k\(index)", "v", "W", "3")
                _ = try node.call("DYNA.GET", "b", "k\(index)", "R", "3")
            }
        }

        @Test("What is held back shows in the coordinator's delays, and ends by itself")
        func injected() throws {
            try LocalRing.run { ring in
                let node = try RedisConnection(port: ring.port)
                try Self.use(node)
                let before = try #require(try Self.delays(node)["n2"])
                #expect(before.write.count > 0 && before.read.count > 0)
                #expect(before.read.median < 40 && before.response.median < 40)

                for (member, kind, delay) in [("n2", "write", "80ms"), ("n2", "read", "90ms")] {
                    let list = try Self.text(
                        node.call("DYNA.DELAY", "SET", member, kind, delay, "60"))
                    #expect(list.contains(#""to":"n2","kind":"\#(kind)","delay":"\#(delay)""#))
                }
                let other = try RedisConnection(port: ring.port + 1)
                _ = try other.call("DYNA.DELAY", "SET", "n1", "response", "uniform:50ms-60ms", "2")
                try Self.use(node)
                let after = try #require(try Self.delays(node)["n2"])
                let (slow, fast) = (after.write, before.write)
                #expect(slow.count > fast.count)
                // More than half of all are from the second half only where none is fast.
                let held = slow.microseconds.filter { $0[0] >= 80_000 }.reduce(0) { $0 + $1[2] }
                #expect(held == slow.count - fast.count, "every write was held back")
                let read = after.read.microseconds.filter { $0[0] >= 89_000 }
                #expect(read.reduce(0) { $0 + $1[2] } == after.read.count - before.read.count)
                let answers = after.response.microseconds.filter { $0[1] >= 45_000 }
                #expect(answers.reduce(0) { $0 + $1[2] } > 0)

                let isOver = try eventually(within: .seconds(10)) {
                    try Self.text(other.call("DYNA.DELAY", "LIST"))
                        == #"{"allowed":true,"delays":[]}"#
                }
                #expect(isOver, "it ends by itself")
                #expect(
                    try Self.text(node.call("DYNA.DELAY", "CLEAR"))
                        == #"{"allowed":true,"delays":[]}"#)
                #expect(ring.log(0).contains("injected delay"), "the log says so")
                #expect(try ring.status(of: "n2", on: 0) == "up", "nobody is suspected for it")
            }
        }

        @Test("A node whose configuration does not allow it holds nothing back, and says why")
        func forbidden() throws {
            try LocalRing.run(nodes: 1) { ring in
                #expect(try ring.down().exitCode == 0)
                let path = "\(ring.data(0))/node.json"
                let text = try String(contentsOfFile: path, encoding: .utf8)
                #expect(text.contains(#""allowInjectedDelays" : true"#))
                try text.replacing(
                    #""allowInjectedDelays" : true"#, with: #""allowInjectedDelays" : false"#
                )
                .write(toFile: path, atomically: true, encoding: .utf8)
                try ring.restart()
                let node = try RedisConnection(port: ring.port)
                let reply = try node.call("DYNA.DELAY", "SET", "n1", "all", "5ms", "9")
                guard case .failure(let message) = reply else {
                    Issue.record("\(reply)")
                    return
                }
                #expect(message.contains("allowInjectedDelays"))
                for wrong in [
                    ["n1", "all", "5", "9"], ["n1", "none", "5ms", "9"], ["n1", "all", "5ms", "0"],
                ] {
                    guard
                        case .failure = try node.call(
                            "DYNA.DELAY", "SET", wrong[0], wrong[1], wrong[2], wrong[3])
                    else {
                        Issue.record("\(wrong) was taken")
                        continue
                    }
                }
            }
        }
    }
}
