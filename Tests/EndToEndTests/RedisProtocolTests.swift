import Testing

extension EndToEnd {
    @Suite(.serialized) struct RedisProtocolTests {
        @Test("redis-cli works with plain commands, and what one node stores all serve")
        func plainCommands() throws {
            try LocalRing.run { ring in
                let expectations: [(words: [String], answer: String)] = [
                    (["PING"], "PONG"), (["ECHO", "hello"], "hello"),
                    (["SET", "k", "value"], "OK"), (["GET", "k"], "value"),
                    (["STRLEN", "k"], "5"), (["TYPE", "k"], "string"), (["TYPE", "none"], "none"),
                    (["SET", "k", "again"], "OK"), (["GET", "k"], "again"),
                    (["EXISTS", "k", "none"], "1"), (["MSET", "a", "1", "b", "2"], "OK"),
                    (["MGET", "a", "none", "b"], "1\n\n2"), (["DEL", "a", "none"], "1"),
                    (["GET", "a"], ""), (["UNLINK", "b"], "1"), (["SELECT", "0"], "OK"),
                ]
                for (number, expectation) in expectations.enumerated() {
                    let outcome = try redis(expectation.words, on: ring, node: number % 3)
                    #expect(outcome.exitCode == 0, "\(expectation.words): \(outcome)")
                    #expect(outcome.trimmed == expectation.answer, "\(expectation.words)")
                }
                #expect(try ring.run("get", "default/k").text == "again")
                #expect(try redis(["DBSIZE"], on: ring).trimmed == "1")
            }
        }

        @Test("redis-cli learns what it asks about the server")
        func serverCommands() throws {
            try LocalRing.run { ring in
                let time = try redis(["TIME"], on: ring).trimmed.split(separator: "\n")
                #expect(time.count == 2 && time.allSatisfy { Int($0) != nil }, "\(time)")
                #expect(Int(try redis(["COMMAND", "COUNT"], on: ring).trimmed) ?? 0 > 10)
                #expect(try redis(["INFO"], on: ring).text.contains("redis_version"))
                for words in [["HELLO", "3"], ["CONFIG", "GET", "save"], ["COMMAND"]] {
                    let outcome = try redis(words, on: ring)
                    #expect(outcome.exitCode == 0, "\(words): \(outcome)")
                    #expect(!outcome.text.hasPrefix("ERR"), "\(words): \(outcome)")
                }
                #expect(try redis(["HELLO", "3"], on: ring).text.contains("proto"))
                #expect(try redis(["-3", "GET", "none"], on: ring).exitCode == 0)
            }
        }

        @Test("Commands that need a leader answer an error that says so")
        func refusedCommands() throws {
            try LocalRing.run { ring in
                let connection = try RedisConnection(port: ring.port)
                for words in [
                    ["INCR", "k"], ["SETNX", "k", "v"], ["GETSET", "k", "v"], ["MULTI"],
                ] {
                    try connection.send([words])
                    let reply = try connection.reply()
                    guard case .failure(let text) = reply else {
                        Issue.record("\(words): \(reply)")
                        continue
                    }
                    #expect(text.lowercased().contains("leader"), "\(words): \(text)")
                }
                #expect(try connection.call("NOSUCHCOMMAND").isFailure)
                #expect(try connection.call("GET").isFailure)
                #expect(try connection.call("PING") == .simple("PONG"))
            }
        }

        @Test("Commands that are sent at once are answered in order")
        func pipelines() throws {
            try LocalRing.run { ring in
                let connection = try RedisConnection(port: ring.port + 1)
                try connection.send(
                    (0..<200).flatMap {
                        [["SET", "p\($0)", "v\($0)"], ["GET", "p\($0)"], ["ECHO", "\($0)"]]
                    })
                for number in 0..<200 {
                    #expect(try connection.reply() == .simple("OK"))
                    #expect(try connection.reply().text == "v\(number)")
                    #expect(try connection.reply().text == "\(number)")
                }
            }
        }

        @Test("Garbage on any port closes that connection, and the node lives on")
        func garbage() throws {
            let samples: [[UInt8]] = [
                Array("*1\r\n$-5\r\nPING\r\n".utf8), Array("*99999999999\r\n".utf8),
                Array("*1\r\n:1\r\n".utf8), [0xff, 0x00, 0xfe, 0x0d, 0x0a],
                Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
                [UInt8](repeating: 0xff, count: 100_000), [UInt8](repeating: 0x41, count: 200_000),
            ]
            try LocalRing.run { ring in
                let before = (0..<3).map(ring.process)
                let broken = try Socket(port: ring.port, limit: .seconds(5))
                try broken.write(samples[0])
                #expect(String(decoding: try broken.readToEnd(), as: UTF8.self).hasPrefix("-ERR"))
                for port in [ring.port, ring.port + 100, ring.port + 200] {
                    for sample in samples { try? Socket(port: port).write(sample) }
                }
                #expect(try RedisConnection(port: ring.port).call("PING") == .simple("PONG"))
                #expect(Health.code(port: ring.port + 200, "/healthz") == 200)
                #expect(try ring.run("put", "g/k", "v", "--w", "3").exitCode == 0)
                #expect(try ring.members(on: 1).allSatisfy { $0.status == "up" })
                #expect((0..<3).map(ring.process) == before)
            }
        }

        @Test("redis-benchmark runs through")
        func benchmark() throws {
            let program = try #require(
                Program.installed("redis-benchmark"), "install the package redis-tools")
            try LocalRing.run { ring in
                let outcome = try program.run([
                    "-p", "\(ring.port)", "-t", "set,get", "-n", "2000", "-c", "8", "-q",
                ])
                #expect(outcome.exitCode == 0, "\(outcome)")
                #expect(outcome.text.contains("SET") && outcome.text.contains("GET"))
                #expect(!outcome.text.contains("rror"), "\(outcome)")
            }
        }

        private func redis(_ words: [String], on ring: LocalRing, node: Int = 0) throws -> Outcome {
            let program = try #require(
                Program.installed("redis-cli"), "install the package redis-tools")
            return try program.run(["-p", "\(ring.port + node)"] + words)
        }
    }
}

extension Reply {
    fileprivate var isFailure: Bool {
        if case .failure = self { true } else { false }
    }
}
