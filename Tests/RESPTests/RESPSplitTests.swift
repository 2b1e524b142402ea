import Primitives
import Testing

@testable import RESP

/// However a stream is cut into pieces, the same comes out of it.
@Suite struct RESPSplitTests {
    private let limits = RESPLimits(
        argumentsMax: 40, bulkBytesMax: 64, commandBytesMax: 256, inlineBytesMax: 80,
        skippedBulkBytesMax: 1000)

    private func expectSame(
        _ stream: [UInt8], _ pieces: [ArraySlice<UInt8>], _ expected: [ServerConnection.Outcome]
    ) {
        var connection = ServerConnection(limits: limits)
        for piece in pieces {
            connection.receive(piece)
        }
        #expect(connection.outcomes == expected)
        #expect(connection.heldMax <= limits.commandBytesMax + 22)
    }

    private func expectSame(
        _ stream: [UInt8], _ pieces: [ArraySlice<UInt8>], _ expected: [ClientConnection.Outcome]
    ) {
        var connection = ClientConnection()
        for piece in pieces {
            connection.receive(piece)
        }
        #expect(connection.outcomes == expected)
    }

    @Test func `Commands cut at every position are the same`() {
        var random = RandomStream(root: 1, name: "commands")
        var streams = Samples.brokenCommands.map { utf8("PING\r\n" + $0) }
        for _ in 0..<150 {
            streams.append(Samples.commands(&random))
        }
        var cases = 0
        for stream in streams {
            let expected = served(stream, limits: limits)
            #expect(!expected.isEmpty)
            for cut in 0...stream.count {
                expectSame(stream, [stream[..<cut], stream[cut...]], expected)
            }
            for longest in [1, 2, 7, 30] {
                expectSame(stream, random.pieces(of: stream, longest: longest), expected)
            }
            cases += stream.count + 5
        }
        print("commands: \(cases) ways to cut \(streams.count) streams")
    }

    @Test func `Replies cut at every position are the same`() {
        var random = RandomStream(root: 1, name: "replies")
        var cases = 0
        for _ in 0..<200 {
            let stream = Samples.replies(&random)
            let expected = understood(stream)
            #expect(!expected.isEmpty)
            for cut in 0...stream.count {
                expectSame(stream, [stream[..<cut], stream[cut...]], expected)
            }
            for longest in [1, 2, 7, 30] {
                expectSame(stream, random.pieces(of: stream, longest: longest), expected)
            }
            cases += stream.count + 5
        }
        print("replies: \(cases) ways to cut 200 streams")
    }

    @Test func `A random value survives writing and parsing`() {
        var random = RandomStream(root: 1, name: "values")
        for _ in 0..<5000 {
            let value = Samples.value(&random, depth: 4)
            var writer = RESPWriter(version: .three)
            writer.write(value)
            #expect(understood(writer.bytes) == [.value(value)])
            writer = RESPWriter(version: .two)
            writer.write(value)
            #expect(understood(writer.bytes).count == 1)
        }
    }
}
