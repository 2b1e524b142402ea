import Primitives
import Testing

@testable import RESP

@Suite struct RESPReplyParserTests {
    @Test(arguments: [
        ("+OK\r\n", RESPValue.simple("OK")),
        ("+\r\n", .simple("")),
        ("-ERR no\r\n", .error("ERR no")),
        (":0\r\n", .integer(0)),
        (":+7\r\n", .integer(7)),
        (":-9223372036854775808\r\n", .integer(.min)),
        (":9223372036854775807\r\n", .integer(.max)),
        ("$0\r\n\r\n", .bulk([])),
        ("$4\r\na\r\nb\r\n", .bulk(Bytes(text: "a\r\nb"))),
        ("$-1\r\n", .null),
        ("*-1\r\n", .null),
        ("_\r\n", .null),
        ("*0\r\n", .array([])),
        (
            "*3\r\n:1\r\n*1\r\n$1\r\na\r\n_\r\n",
            .array([.integer(1), .array([.bulk(Bytes(text: "a"))]), .null])
        ),
        (
            "%2\r\n+a\r\n:1\r\n+b\r\n*0\r\n",
            .map([
                RESPEntry(key: .simple("a"), value: .integer(1)),
                RESPEntry(key: .simple("b"), value: .array([])),
            ])
        ),
        ("~2\r\n:1\r\n:1\r\n", .set([.integer(1), .integer(1)])),
        (">1\r\n+message\r\n", .push([.simple("message")])),
        (",1.5\r\n", .double(1.5)),
        (",10\r\n", .double(10)),
        (",-1e-3\r\n", .double(-0.001)),
        (",inf\r\n", .double(.infinity)),
        (",-inf\r\n", .double(-.infinity)),
        ("#t\r\n", .boolean(true)),
        ("#f\r\n", .boolean(false)),
        (
            "(-3492890328409238509324850943850943825024385\r\n",
            .bigNumber("-3492890328409238509324850943850943825024385")
        ),
        ("=8\r\ntxt:text\r\n", .verbatim(Bytes(text: "txt:text"))),
        ("!5\r\nSY\r\nN\r\n", .blobError(Bytes(text: "SY\r\nN"))),
    ])
    func `Every type of reply is understood`(stream: String, value: RESPValue) {
        #expect(understood(utf8(stream)) == [.value(value)])
    }

    @Test func `Not a number is understood`() {
        guard case .value(.double(let number)) = understood(utf8(",nan\r\n")).first else {
            Issue.record("no number")
            return
        }
        #expect(number.isNaN)
    }

    @Test(arguments: [
        ("x\r\n", RESPError.unknownReplyType(UInt8(ascii: "x"))),
        ("|1\r\n", .unknownReplyType(UInt8(ascii: "|"))),
        ("+OK\n", .malformedReply),
        ("+\n", .malformedReply),
        (":\r\n", .malformedReply),
        (":1.5\r\n", .malformedReply),
        (":9223372036854775808\r\n", .malformedReply),
        ("$-2\r\n", .malformedReply),
        ("$?\r\n", .malformedReply),
        ("%-1\r\n", .malformedReply),
        ("!-1\r\n", .malformedReply),
        ("$1\r\nab\r\n", .unterminatedBulk),
        ("_x\r\n", .malformedReply),
        ("#x\r\n", .malformedReply),
        (",0x1p3\r\n", .malformedReply),
        (",infinity\r\n", .malformedReply),
        (",\r\n", .malformedReply),
        ("(1e5\r\n", .malformedReply),
        ("(-\r\n", .malformedReply),
        ("=3\r\ntxt\r\n", .malformedReply),
        ("=5\r\ntext:\r\n", .malformedReply),
        ("*1\r\n:x\r\n", .malformedReply),
        ("$67108865\r\n", .replyTooLarge),
        ("*4194305\r\n", .replyTooLarge),
        ("%2097153\r\n", .replyTooLarge),
        ("*2\r\n*4194303\r\n", .replyTooLarge),
    ])
    func `What is no reply is refused`(stream: String, error: RESPError) {
        #expect(understood(utf8("+OK\r\n" + stream)) == [.value(.simple("OK")), .broken(error)])
    }

    @Test func `Replies nest up to the limit`() {
        let open = String(repeating: "*1\r\n", count: 32)
        #expect(understood(utf8(open + ":1\r\n")).count == 1)
        #expect(understood(utf8(open + "*1\r\n")) == [.broken(.replyTooDeep)])
        #expect(understood(utf8(open + "*0\r\n")) == [.broken(.replyTooDeep)])
        let deep = utf8(String(repeating: "*1\r\n", count: 1_000_000))
        #expect(understood(deep) == [.broken(.replyTooDeep)])
    }

    @Test func `Sizes are refused exactly above their limits`() {
        let limits = RESPReplyLimits(
            bulkBytesMax: 8, replyBytesMax: 32, lineBytesMax: 4, elementsMax: 4)
        let fits = ["+1234\r\n", "$8\r\n12345678\r\n", "*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "%2\r\n"]
        for stream in fits + ["+1234\r", "*3\r\n$8\r\n12345678\r\n$8\r\n12345678\r\n"] {
            #expect(!understood(utf8(stream), limits: limits).contains(.broken(.replyTooLarge)))
        }
        let pairs = utf8(String(repeating: "*2\r\n_\r\n_\r\n", count: 10))
        #expect(understood(pairs, limits: limits).count == 10)
        let over = ["+12345\r\n", "+123456", "$9\r\n", "*5\r\n", "%3\r\n", "*2\r\n~3\r\n"]
        for stream in over + ["*4\r\n$8\r\n12345678\r\n$8\r\n12345678\r\n$8\r\n"] {
            #expect(understood(utf8(stream), limits: limits) == [.broken(.replyTooLarge)])
        }
    }

    @Test func `A reply in many pieces is never read again from its start`() throws {
        var writer = RESPWriter(version: .three)
        writer.arrayHeader(10_001)
        for index in 0..<10_000 {
            index.isMultiple(of: 2) ? writer.integer(index) : writer.bulk("value \(index)")
        }
        writer.simple(String(repeating: "x", count: 60_000))
        try expectOnePass(writer.bytes, piece: 1)
        writer.removeAll()
        writer.bulk(Bytes(repeating: 0x61, count: 1 << 20))
        try expectOnePass(writer.bytes, piece: 1024)
    }

    /// Like its namesake for commands: spoils what was handed over before the last 22 bytes.
    private func expectOnePass(_ stream: [UInt8], piece: Int) throws {
        var parser = RESPReplyParser()
        var spoiled = stream
        var seen = 0
        var clean = 0
        while seen + piece < stream.count {
            seen += piece
            let step = try spoiled[..<seen].withUnsafeBytes { try parser.parse($0) }
            try #require(step == .incomplete)
            while clean < seen - 22 {
                spoiled[clean] = 0x0a
                clean += 1
            }
        }
        let step = try stream.withUnsafeBytes { try parser.parse($0) }
        guard case .reply(let value, let consumed) = step else {
            Issue.record("no reply at the last byte")
            return
        }
        #expect(consumed == stream.count)
        #expect([.value(value)] == understood(stream))
    }
}
