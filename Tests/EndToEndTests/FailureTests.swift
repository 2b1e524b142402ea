import Glibc
import Testing

extension EndToEnd {
    @Suite(.serialized) struct FailureTests {
        /// What a request may take while a node is missing.
        static let requestLimit = Duration.milliseconds(1_500)

        @Test("With one of three nodes killed, requests go on, and it comes back")
        func oneNodeKilled() throws {
            try LocalRing.run { ring in
                #expect(try ring.run("put", "f/before", "v", "--w", "3").exitCode == 0)
                try ring.kill(0)
                try expectRequests(count: 12, through: [1, 2], ring)
                let isNoticed = try eventually(within: .seconds(2)) {
                    try [1, 2].allSatisfy { node in
                        ["suspect", "down"].contains(try ring.status(of: "n1", on: node))
                    }
                }
                #expect(isNoticed)
                #expect(try ring.members(on: 1).map(\.name) == ["n1", "n2", "n3"])
                try ring.restart()
                try expectAllUp(ring)
                #expect(try ring.run("get", "f/before", on: 0).text == "v")
                #expect(try ring.run("get", "f/k3", on: 0).text == "3")
            }
        }

        @Test("With two of three nodes killed, requests fail in time and say why")
        func twoNodesKilled() throws {
            try LocalRing.run { ring in
                #expect(try ring.run("put", "f/k", "v", "--w", "3").exitCode == 0)
                try ring.kill(1, 2)
                for arguments in [["put", "f/k", "new"], ["get", "f/k"]] {
                    let outcome = try Dynactl.program().run(
                        arguments + ["--timeout", "5s", "--endpoint", ring.endpoint(0)])
                    #expect(outcome.exitCode == 69, "\(arguments): \(outcome)")
                    #expect(outcome.output.isEmpty)
                    #expect(outcome.errors.lowercased().contains("unavailable"), "\(outcome)")
                    #expect(outcome.duration < .seconds(6), "\(arguments): \(outcome)")
                }
                let connection = try RedisConnection(port: ring.port)
                for words in [["SET", "k", "v"], ["DYNA.GET", "f", "k"]] {
                    try connection.send([words])
                    guard case .failure(let text) = try connection.reply() else {
                        Issue.record("\(words) was not refused")
                        continue
                    }
                    #expect(text.hasPrefix("UNAVAILABLE"), "\(words): \(text)")
                }
                #expect(try ring.run("get", "f/k", "--local").text == "v")
                #expect(try ring.members().map(\.name) == ["n1", "n2", "n3"])
                try ring.restart()
                #expect(try ring.run("get", "f/k", "--r", "3", on: 2).text == "v")
            }
        }

        @Test("With one node stopped, requests go on, and it heals when it continues")
        func oneNodeStopped() throws {
            try LocalRing.run { ring in
                #expect(try ring.run("put", "f/before", "v", "--w", "3").exitCode == 0)
                try ring.signal(0, SIGSTOP)
                try expectRequests(count: 12, through: [1, 2], ring)
                let passedOn = try Dynactl.run(
                    "get", "f/before", "--endpoint", ring.endpoint(0),
                    "--endpoint", ring.endpoint(1))
                #expect(passedOn.exitCode == 0 && passedOn.text == "v", "\(passedOn)")
                #expect(passedOn.duration < .seconds(3), "\(passedOn)")
                #expect(try ["suspect", "down"].contains(ring.status(of: "n1", on: 1)))
                try ring.signal(0, SIGCONT)
                try expectAllUp(ring)
                #expect(try ring.run("get", "f/k3", on: 0).text == "3")
            }
        }

        @Test("A ring with a stopped node starts what is missing and names the stopped one")
        func startingBesideAStoppedNode() throws {
            try LocalRing.run { ring in
                try ring.signal(0, SIGSTOP)
                let nothing = try ring.up()
                #expect(nothing.exitCode == 0, "\(nothing)")
                #expect(nothing.errors.contains("n1"), "\(nothing)")
                #expect(!nothing.errors.contains("n2"), "\(nothing)")
                try ring.kill(2)
                let one = try ring.up()
                #expect(one.exitCode == 0, "\(one)")
                #expect(one.errors.contains("n1"), "\(one)")
                #expect(try ring.run("put", "f/k", "v", on: 2).exitCode == 0)
                try ring.signal(0, SIGCONT)
                try expectAllUp(ring)
            }
        }

        @Test("A node that is alive but has lost its quorum is not ready")
        func readiness() throws {
            try LocalRing.run { ring in
                for node in 0..<3 {
                    #expect(Health.code(port: ring.port + 200 + node, "/healthz") == 200)
                    #expect(Health.code(port: ring.port + 200 + node, "/readyz") == 200)
                    #expect(Health.code(port: ring.port + 200 + node, "/nothing") == 404)
                }
                try ring.kill(0, 1)
                let http = ring.port + 202
                let isNotReady = eventually(within: .seconds(3)) {
                    Health.code(port: http, "/readyz") == 503
                }
                #expect(isNotReady)
                #expect(Health.code(port: http, "/healthz") == 200)
                try ring.restart()
                #expect(
                    eventually(within: .seconds(3)) { Health.code(port: http, "/readyz") == 200 })
            }
        }

        @Test("A node that lost its data is refilled, and counts again")
        func lostData() throws {
            try LocalRing.run { ring in
                for number in 0..<10 {
                    let put = try ring.run("put", "f/k\(number)", "\(number)", "--w", "2")
                    #expect(put.exitCode == 0, "\(put)")
                }
                #expect(try ring.members().allSatisfy { $0.counted == true })
                try ring.kill(1)
                for suffix in ["", "-wal"] { unlink("\(ring.data(1))/dyna.db\(suffix)") }
                try ring.restart()
                let isCounted = try eventually(within: .seconds(10)) {
                    try ring.members().allSatisfy { $0.counted == true }
                }
                #expect(isCounted)
                #expect(ring.log(1).contains("this node's data was lost"))
                #expect(ring.log(1).contains("refilled: this node counts"))
                try ring.kill(0)
                for number in 0..<10 {
                    let get = try ring.run("get", "f/k\(number)", "--r", "2", on: 1)
                    #expect(get.text == "\(number)", "\(get)")
                }
            }
        }

        /// Puts and gets through each of these nodes; all succeed and none takes long.
        private func expectRequests(count: Int, through nodes: [Int], _ ring: LocalRing) throws {
            for number in 0..<count {
                for node in nodes {
                    let path = "f/k\(number)"
                    let write =
                        node == nodes[0]
                        ? ["put", path, "\(number)"] : ["put", "\(path)-\(node)", "\(number)"]
                    for arguments in [write, ["get", path]] {
                        let outcome = try Dynactl.program().run(
                            arguments + ["--endpoint", ring.endpoint(node)])
                        #expect(outcome.exitCode == 0, "\(arguments): \(outcome)")
                        #expect(outcome.duration < Self.requestLimit, "\(arguments): \(outcome)")
                    }
                }
            }
        }

        private func expectAllUp(_ ring: LocalRing) throws {
            let isHealed = try eventually(within: .seconds(5)) {
                try (0..<3).allSatisfy { node in
                    try ring.members(on: node).allSatisfy { $0.status == "up" }
                }
            }
            #expect(isHealed)
        }
    }
}
