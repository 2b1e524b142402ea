import Causality
import Commands
import Primitives
import Quorum
import RESP
import Replica
import Ring
import Testing

@Suite struct ExpiryCommandTests {
    /// What a command asks to put; nil where it asks for something else.
    static func put(_ text: String) -> PutRequest? {
        let words = text.split(separator: " ").map(String.init)
        guard case .put(let request)? = CommandSessionTests.plan(words)?.requests.first else {
            return nil
        }
        return request
    }

    /// What a command that is refused is answered.
    static func refusal(_ text: String) -> String {
        var session = CommandSessionTests.session()
        var writer = RESPWriter()
        let command = RESPCommand(text.split(separator: " ").map { Bytes(text: String($0)) })
        _ = session.begin(command, at: CommandSessionTests.now, into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// A read of one value that expires so, at a time.
    static func found(expiry: UInt64?, at time: UInt64) -> ClientReply {
        var record = Record()
        let value = Version(
            content: .value(Bytes(text: "v")), timestamp: HybridTimestamp(milliseconds: 1_000),
            expiry: expiry.map { HybridTimestamp(milliseconds: $0) })
        let dot = Dot(actor: Actor(node: NodeID(1), epoch: 1), counter: 1)
        record.put(value, seen: VersionVector(), dot: dot)
        let result = GetResult(record: record, answers: 2, required: 2)
        return .got(result.seen(at: HybridTimestamp(milliseconds: time)))
    }

    static func answer(
        _ text: String, _ reply: ClientReply, version: RESPVersion = .two
    ) -> String {
        guard let plan = CommandSessionTests.plan(text.split(separator: " ").map(String.init))
        else { return "asked nothing" }
        var writer = RESPWriter()
        writer.version = version
        _ = CommandSessionTests.session().finish(plan.step, [reply], into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("SET k v", Expiry.none), ("SET k v EX 10", .after(milliseconds: 10_000)),
        ("set k v px 10", .after(milliseconds: 10)),
        ("SET k v EXAT 2000", .at(milliseconds: 2_000_000)),
        ("SET k v PXAT 1", .at(milliseconds: 1)),
        ("SETEX k 7 v", .after(milliseconds: 7_000)), ("PSETEX k 7 v", .after(milliseconds: 7)),
        ("DYNA.PUT b k v TTL 250", .after(milliseconds: 250)), ("DYNA.PUT b k v", .none),
        ("SET k v PX 3153600000000", .after(milliseconds: 3_153_600_000_000)),
    ])
    func `A write says when its value expires`(text: String, expected: Expiry) throws {
        let put = try #require(Self.put(text))
        #expect(put.expiry == expected && put.content == .value(Bytes(text: "v")))
    }

    @Test(arguments: [
        ("SET k v EX 0", "-ERR invalid expire time in 'set' command\r\n"),
        ("SET k v PX -5", "-ERR invalid expire time in 'set' command\r\n"),
        ("SET k v EXAT 0", "-ERR invalid expire time in 'set' command\r\n"),
        ("SETEX k 0 v", "-ERR invalid expire time in 'setex' command\r\n"),
        ("PSETEX k -1 v", "-ERR invalid expire time in 'psetex' command\r\n"),
        ("SET k v EX ten", "-ERR value is not an integer or out of range\r\n"),
        ("SET k v EX 99999999999999999999", "-ERR value is not an integer or out of range\r\n"),
        ("SETEX k 1.5 v", "-ERR value is not an integer or out of range\r\n"),
        ("SET k v EX", "-ERR syntax error\r\n"),
        ("SET k v EX 1 PX 1", "-ERR syntax error\r\n"),
        ("SETEX k 1", "-ERR wrong number of arguments for 'setex' command\r\n"),
        ("TTL", "-ERR wrong number of arguments for 'ttl' command\r\n"),
        ("DYNA.PUT b k v TTL 0", "-ERR TTL must be a number from 1 to 3153600000000\r\n"),
        ("DYNA.PUT b k v TTL x", "-ERR TTL must be a number from 1 to 3153600000000\r\n"),
    ])
    func `A time that makes no sense is refused in the words of Redis`(
        text: String, expected: String
    ) {
        #expect(Self.refusal(text) == expected)
    }

    @Test(arguments: [
        "SET k v PX 3153600000001", "SET k v EX 9223372036854775807",
        "SET k v EXAT 9223372036854775807", "SET k v PXAT 3153601234568",
    ])
    func `A time beyond the limit is refused with the rule`(text: String) {
        let refusal = Self.refusal(text)
        #expect(refusal.hasPrefix("-ERR invalid expire time in 'set' command: "))
        #expect(refusal.contains("100 years"))
    }

    @Test func `What would have to be read first is refused with the reason`() {
        #expect(Self.refusal("SET k v KEEPTTL").contains("read first"))
        #expect(Self.refusal("SET k v EX 5 NX").contains("without a leader"))
        for text in ["EXPIRE k 5", "PEXPIRE k 5", "EXPIREAT k 5", "PERSIST k", "GETEX k"] {
            #expect(Self.refusal(text).contains("without a leader"), "\(text)")
        }
        #expect(Self.refusal("DYNA.DEL b k TTL 5").contains("unknown option 'TTL'"))
    }

    @Test(arguments: [RESPVersion.two, .three])
    func `The rest of a value's time is told in seconds and in milliseconds`(
        version: RESPVersion
    ) {
        func answer(_ text: String, _ expiry: UInt64?, _ time: UInt64) -> String {
            Self.answer(text, Self.found(expiry: expiry, at: time), version: version)
        }
        #expect(answer("PTTL k", 9_000, 2_500) == ":6500\r\n")
        #expect(answer("TTL k", 9_000, 2_500) == ":7\r\n", "rounded as Redis does")
        #expect(answer("TTL k", 9_000, 2_501) == ":6\r\n")
        #expect(answer("TTL k", nil, 2_500) == ":-1\r\n" && answer("PTTL k", nil, 1) == ":-1\r\n")
        #expect(answer("TTL k", 9_000, 9_000) == ":-2\r\n")
        #expect(answer("PTTL k", 9_000, 9_001) == ":-2\r\n")
        #expect(answer("PTTL k", 9_000, 8_999) == ":1\r\n")
    }

    @Test func `An expired value is absent for every plain read`() {
        let expired = Self.found(expiry: 5_000, at: 5_000)
        #expect(Self.answer("GET k", expired) == "$-1\r\n")
        #expect(Self.answer("GET k", expired, version: .three) == "_\r\n")
        #expect(Self.answer("EXISTS k", expired) == ":0\r\n")
        #expect(Self.answer("STRLEN k", expired) == ":0\r\n")
        #expect(Self.answer("TYPE k", expired) == "+none\r\n")
        #expect(Self.answer("DEL k", expired) == ":0\r\n")
        #expect(Self.answer("GET k", Self.found(expiry: 5_000, at: 4_999)) == "$1\r\nv\r\n")
    }

    @Test func `A sibling that expires has a fourth field, an expired one is not listed`() {
        let alive = Self.answer("DYNA.GET b k", Self.found(expiry: 5_000, at: 4_999))
        #expect(alive.contains("*4\r\n$1\r\nv\r\n:1000\r\n") && alive.contains("\r\n:5000\r\n"))
        let staying = Self.answer("DYNA.GET b k", Self.found(expiry: nil, at: 4_999))
        #expect(staying.contains("*3\r\n$1\r\nv\r\n:1000\r\n"))
        let expired = Self.answer("DYNA.GET b k", Self.found(expiry: 5_000, at: 5_000))
        #expect(expired.hasPrefix("*4\r\n$"), "the context is there")
        #expect(expired.hasSuffix("*0\r\n:2\r\n:2\r\n"), "and no sibling")
    }
}
