import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ExpiryTests {
        @Test("A value with a time to live is there, then absent on every node")
        func timeToLive() throws {
            try LocalRing.run { ring in
                let put = try ring.run("put", "t/k", "v", "--ttl", "2s", "--json", on: 1)
                #expect(put.exitCode == 0, "\(put)")
                let document = try ring.read("t/k", on: 2)
                let sibling = try #require(document.siblings.first)
                #expect(sibling.value == "v")
                #expect(sibling.expires == sibling.timestamp + 2_000)
                let isAbsent = try eventually(within: .seconds(10)) {
                    try (0..<3).allSatisfy { try ring.run("get", "t/k", on: $0).exitCode == 1 }
                }
                #expect(isAbsent)
                let now = Int(Date().timeIntervalSince1970 * 1_000)
                #expect(now >= sibling.timestamp + 1_900, "not before its time")
                for node in 0..<3 {
                    let after = try ring.read("t/k", on: node)
                    #expect(after.siblings.isEmpty && after.context != nil)
                    let local = try ring.run("get", "t/k", "--local", "--json", on: node)
                    #expect(try local.decoded(GetDocument.self).siblings.isEmpty)
                }
                #expect(try ring.run("put", "t/k", "w").exitCode == 0)
                #expect(try ring.run("get", "t/k", on: 2).text == "w")
            }
        }

        @Test("redis-cli sets values that expire and asks for the rest of their time")
        func plainCommands() throws {
            try LocalRing.run { ring in
                #expect(try redis(["SET", "k", "v", "EX", "100"], on: ring) == "OK")
                let rest = Int(try redis(["TTL", "k"], on: ring, node: 1)) ?? 0
                #expect((95...100).contains(rest), "\(rest)")
                let precise = Int(try redis(["PTTL", "k"], on: ring, node: 2)) ?? 0
                #expect((95_000...100_000).contains(precise), "\(precise)")
                #expect(try redis(["SET", "k", "v"], on: ring) == "OK")
                #expect(try redis(["TTL", "k"], on: ring) == "-1")
                #expect(try redis(["TTL", "none"], on: ring) == "-2")
                #expect(try redis(["PSETEX", "k", "300", "w"], on: ring) == "OK")
                let isGone = try eventually(within: .seconds(10)) {
                    try (0..<3).allSatisfy { try redis(["GET", "k"], on: ring, node: $0) == "" }
                }
                #expect(isGone)
                #expect(try redis(["EXISTS", "k"], on: ring, node: 1) == "0")
                #expect(try redis(["SET", "k", "v", "PXAT", "1"], on: ring) == "OK")
                #expect(try redis(["TTL", "k"], on: ring, node: 1) == "-2")
                let refusals = [
                    ["EXPIRE", "k", "5"], ["SET", "k", "v", "EX", "0"],
                    ["SET", "k", "v", "KEEPTTL"],
                ]
                for words in refusals {
                    #expect(try redis(words, on: ring).hasPrefix("ERR"), "\(words)")
                }
            }
        }

        @Test("A bucket's ttl holds for values without one of their own, and can be taken away")
        func bucketProperty() throws {
            try LocalRing.run { ring in
                let set = try ring.run("bucket", "set", "s", "ttl=1h", "--json")
                #expect(set.exitCode == 0 && set.text.contains("\"ttl\":3600000"), "\(set)")
                let isEverywhere = try eventually(within: .seconds(5)) {
                    try (0..<3).allSatisfy { node in
                        try ring.run("bucket", "show", "s", "--json", on: node).text
                            .contains("\"ttl\":3600000")
                    }
                }
                #expect(isEverywhere)
                #expect(try ring.run("put", "s/a", "v", on: 1).exitCode == 0)
                let sibling = try #require(try ring.read("s/a", on: 2).siblings.first)
                #expect(sibling.expires == sibling.timestamp + 3_600_000)
                let back = try ring.run("bucket", "set", "s", "ttl=none", "--json")
                #expect(back.text.contains("\"ttl\":\"none\""))
                #expect(try ring.run("put", "s/b", "v").exitCode == 0)
                #expect(try ring.read("s/b").siblings.first?.expires == nil)
                #expect(try ring.run("bucket", "set", "s", "ttl=soon").exitCode == 64)
                #expect(try ring.run("put", "s/c", "v", "--ttl", "0s").exitCode == 64)
            }
        }

        private func redis(_ words: [String], on ring: LocalRing, node: Int = 0) throws -> String {
            let program = try #require(
                Program.installed("redis-cli"), "install the package redis-tools")
            return try program.run(["-p", "\(ring.port + node)"] + words).trimmed
        }
    }
}
