import Primitives
import Testing

@testable import RESP

@Suite struct RESPOversizedTests {
    private let limits = RESPLimits(
        argumentsMax: 100, bulkBytesMax: 16, commandBytesMax: 128, inlineBytesMax: 64,
        skippedBulkBytesMax: 1000)

    private func oversized(_ arguments: [String]) -> ServerConnection.Outcome {
        let sizes = arguments.map { $0.utf8.count }
        let isNameKept = sizes[0] <= limits.bulkBytesMax
        return .oversized(
            RESPOversized(
                name: isNameKept ? arguments[0].uppercased() : nil,
                largestArgumentBytes: sizes.max() ?? 0, commandBytes: encoded(arguments).count))
    }

    @Test(arguments: [
        ["set", "k", String(repeating: "v", count: 17)],
        ["set", String(repeating: "k", count: 1000), "v", "EX", "1"],
        [String(repeating: "n", count: 17), "k", "v"],
        [String(repeating: "n", count: 17)],
        ["mset"] + Array(repeating: "0123456789abcdef", count: 6),
        ["mset", "0123456789abcdef"] + Array(repeating: "", count: 98),
    ])
    func `A command above a limit is skipped, in order, and the connection lives on`(
        arguments: [String]
    ) {
        let before = encoded(["GET", "a"])
        let stream = before + encoded(arguments) + utf8("PING\r\n") + encoded(arguments)
        let expected = [
            command("GET", "a"), oversized(arguments), command("PING"), oversized(arguments),
        ]
        #expect(served(stream, limits: limits) == expected)
        var connection = ServerConnection(limits: limits)
        for byte in stream {
            connection.receive([byte])
        }
        #expect(connection.outcomes == expected)
        #expect(connection.heldMax <= limits.commandBytesMax + 22)
    }

    @Test func `The limits themselves are delivered`() {
        let longest = ["SET", "k", String(repeating: "v", count: 16)]
        #expect(
            served(encoded(longest), limits: limits)
                == [.command(RESPCommand(longest.map { Bytes(text: $0) }))])
        let whole = Array(repeating: "0123456789", count: 6) + ["0123456789abcde"]
        #expect(encoded(whole).count == 128)
        #expect(
            served(encoded(whole), limits: limits)
                == [.command(RESPCommand(whole.map { Bytes(text: $0) }))])
        let over = Array(repeating: "0123456789", count: 6) + ["0123456789abcdef"]
        #expect(served(encoded(over), limits: limits) == [oversized(over)])
    }

    @Test func `What is skipped is still held to the protocol`() {
        let skipped = "*3\r\n$3\r\nSET\r\n$17\r\n0123456789abcdefg"
        let broken: [(String, RESPError)] = [
            (skipped + "xx", .unterminatedBulk),
            (skipped + "\r\n:1\r\n", .expectedBulk(found: UInt8(ascii: ":"))),
            (skipped + "\r\n$x\r\n", .invalidBulkLength),
            (skipped + "\r\n$1001\r\n", .invalidBulkLength),
        ]
        for (stream, error) in broken {
            #expect(served(utf8(stream), limits: limits) == [.broken(error)])
        }
    }

    @Test func `A value of 512 MiB passes through without being held`() throws {
        var parser = RESPParser()
        let start = utf8("*3\r\n$3\r\nset\r\n$1\r\nk\r\n$536870912\r\n")
        #expect(
            try start.withUnsafeBytes { try parser.parse($0) } == .consume(start.count))
        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
        for _ in 0..<512 {
            #expect(try piece.withUnsafeBytes { try parser.parse($0) } == .consume(1 << 20))
        }
        #expect(try utf8("\r").withUnsafeBytes { try parser.parse($0) } == .incomplete)
        let report = RESPOversized(
            name: "SET", largestArgumentBytes: 512 << 20,
            commandBytes: start.count + (512 << 20) + 2)
        #expect(
            try utf8("\r\n").withUnsafeBytes { try parser.parse($0) }
                == .oversized(report, consumed: 2))
    }

    @Test func `The arguments before the oversized one are dropped at once`() {
        var connection = ServerConnection()
        connection.receive(utf8("*3\r\n$3\r\nSET\r\n$100000\r\n"))
        connection.receive([UInt8](repeating: 0x61, count: 100_000) + [13, 10])
        #expect(connection.held.count > 100_000)
        connection.receive(utf8("$500000000\r\n"))
        #expect(connection.held.isEmpty)
        #expect(connection.parser.ranges.capacity == 0)
    }
}
