import Primitives
import Testing

@testable import RESP

@Suite struct RESPParserTests {
    @Test func `An array of bulk strings is a command`() {
        #expect(
            served(utf8("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\nb\0\r\n"))
                == [command("SET", "k", "a\r\nb\0")])
        #expect(served(utf8("*1\r\n$0\r\n\r\n")) == [command("")])
    }

    @Test func `Pipelined commands come out in order`() {
        let stream = encoded(["GET", "a"]) + utf8("PING x\r\n\r\n\n*0\r\n*-1\r\n*-7\r\n")
        #expect(
            served(stream + encoded(["DEL", "b", "c"]))
                == [command("GET", "a"), command("PING", "x"), command("DEL", "b", "c")])
    }

    @Test(arguments: [
        ("*x\r\n", RESPError.invalidMultibulkLength),
        ("*\r\n", .invalidMultibulkLength),
        ("*01\r\n", .invalidMultibulkLength),
        ("*-0\r\n", .invalidMultibulkLength),
        ("*+1\r\n", .invalidMultibulkLength),
        ("* 1\r\n", .invalidMultibulkLength),
        ("*1 \r\n", .invalidMultibulkLength),
        ("*1\rx", .invalidMultibulkLength),
        ("*1\n", .invalidMultibulkLength),
        ("*1048577\r\n", .invalidMultibulkLength),
        ("*9223372036854775808\r\n", .invalidMultibulkLength),
        ("*1\r\nPING\r\n", .expectedBulk(found: UInt8(ascii: "P"))),
        ("*1\r\n\r\n", .expectedBulk(found: 13)),
        ("*2\r\n$1\r\na\r\n:1\r\n", .expectedBulk(found: UInt8(ascii: ":"))),
        ("*1\r\n$-1\r\n", .invalidBulkLength),
        ("*1\r\n$\r\n", .invalidBulkLength),
        ("*1\r\n$x\r\n", .invalidBulkLength),
        ("*1\r\n$00\r\n", .invalidBulkLength),
        ("*1\r\n$536870913\r\n", .invalidBulkLength),
        ("*1\r\n$99999999999999999999\r\n", .invalidBulkLength),
        ("*1\r\n$1\r\nab\r\n", .unterminatedBulk),
        ("*1\r\n$2\r\na\r\n\r\n", .unterminatedBulk),
        ("GET \"a\r\n", .unbalancedQuotes),
        ("GET 'a\r\n", .unbalancedQuotes),
        ("GET \"a\"b\r\n", .unbalancedQuotes),
    ])
    func `What breaks the protocol is named`(stream: String, error: RESPError) {
        let before = utf8("PING\r\n")
        #expect(served(before + utf8(stream)) == [command("PING"), .broken(error)])
    }

    @Test func `A message has the words of Redis`() {
        #expect(
            RESPError.expectedBulk(found: UInt8(ascii: "x")).message
                == "Protocol error: expected '$', got 'x'")
        #expect(
            RESPError.expectedBulk(found: 10).message == "Protocol error: expected '$', got '\\x0a'"
        )
        #expect(
            "\(RESPError.invalidMultibulkLength)" == "Protocol error: invalid multibulk length")
    }

    @Test func `A broken parser stays broken`() {
        var parser = RESPParser()
        for stream in ["*x\r\n", "PING\r\n", ""] {
            #expect(throws: RESPError.invalidMultibulkLength) {
                try utf8(stream).withUnsafeBytes { try parser.parse($0) }
            }
        }
    }

    @Test func `Fewer bytes than before are waited out`() throws {
        var parser = RESPParser()
        let stream = encoded(["SET", "key", "value"])
        for count in [stream.count - 1, 0, 3, 9, stream.count - 2] {
            let step = try stream[..<count].withUnsafeBytes { try parser.parse($0) }
            #expect(step == .incomplete)
        }
        let step = try stream.withUnsafeBytes { try parser.parse($0) }
        #expect(
            step
                == .command(
                    RESPCommand(["SET", "key", "value"].map { Bytes(text: $0) }), consumed: 33)
        )
    }

    @Test func `A claimed length reserves nothing`() throws {
        var parser = RESPParser()
        let claims = utf8("*1048576\r\n$4000000\r\n")
        #expect(try claims.withUnsafeBytes { try parser.parse($0) } == .incomplete)
        #expect(parser.ranges.capacity == 0)
    }

    @Test func `A large table of arguments is given back`() {
        var connection = ServerConnection()
        connection.receive(encoded(Array(repeating: "a", count: 5000)))
        #expect(connection.outcomes.count == 1)
        #expect(connection.parser.ranges.capacity == 0)
    }

    @Test func `A command in many pieces is never read again from its start`() throws {
        let arguments = (0..<10_000).map { "argument \($0)" }
        try expectOnePass(encoded(arguments), piece: 1)
        try expectOnePass(
            encoded(["SET", "k", String(repeating: "v", count: 1 << 20)]), piece: 1024)
        try expectOnePass(utf8("ECHO " + String(repeating: "v", count: 60_000) + "\n"), piece: 1)
    }

    /// Feeds a command in pieces and spoils all bytes that were handed over before but for the
    /// last 22, the longest header, until the last piece: a parser that looked back would stumble.
    private func expectOnePass(_ stream: [UInt8], piece: Int) throws {
        var parser = RESPParser()
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
        guard case .command(let command, let consumed) = step else {
            Issue.record("no command at the last byte")
            return
        }
        #expect(consumed == stream.count)
        #expect([.command(command)] == served(stream))
    }
}
