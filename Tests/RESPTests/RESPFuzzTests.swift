import Primitives
import Testing

@testable import RESP

/// Whatever arrives, there is a value or an error, and the caller never holds more than promised.
@Suite struct RESPFuzzTests {
    private let limits = RESPLimits(
        argumentsMax: 1000, bulkBytesMax: 64, commandBytesMax: 256, inlineBytesMax: 200,
        skippedBulkBytesMax: 100_000)
    private let replyLimits = RESPReplyLimits(
        bulkBytesMax: 64, replyBytesMax: 256, lineBytesMax: 100, elementsMax: 50, nestingMax: 6)

    /// Bytes of which many mean something to a parser.
    private func noise(_ random: inout RandomStream) -> [UInt8] {
        let words = Array("*$+-:_%~>,#(=!0123456789\r\n\r\n\r\n\"'\\ ax".utf8)
        return (0..<Int.random(in: 1...400, using: &random)).map { _ in
            Int.random(in: 0..<10, using: &random) == 0
                ? UInt8.random(in: 0...255, using: &random)
                : words.randomElement(using: &random) ?? 0
        }
    }

    /// Feeds a stream in pieces and whole, and holds the parser to its promises.
    private func serve(_ stream: [UInt8], _ random: inout RandomStream) -> Bool {
        var connection = ServerConnection(limits: limits)
        for piece in random.pieces(of: stream, longest: 60) {
            connection.receive(piece)
        }
        #expect(connection.heldMax <= limits.commandBytesMax + 22)
        #expect(connection.calls <= 3 * stream.count)
        #expect(connection.outcomes == served(stream, limits: limits))
        return connection.isBroken
    }

    private func understand(_ stream: [UInt8], _ random: inout RandomStream) -> Bool {
        var connection = ClientConnection(limits: replyLimits)
        for piece in random.pieces(of: stream, longest: 60) {
            connection.receive(piece)
        }
        #expect(connection.heldMax <= replyLimits.replyBytesMax + replyLimits.lineBytesMax + 22)
        #expect(connection.outcomes == understood(stream, limits: replyLimits))
        return connection.isBroken
    }

    @Test func `Noise is served as a value or an error`() {
        var random = RandomStream(root: 2, name: "noise")
        var broken = 0
        for round in 0..<15_000 {
            let stream = round.isMultiple(of: 3) ? random.bytes(200) : noise(&random)
            broken += serve(stream, &random) ? 1 : 0
            broken += understand(stream, &random) ? 1 : 0
        }
        print("noise: 30000 cases, \(broken) broke the protocol")
        #expect(broken > 1000 && broken < 30_000)
    }

    @Test func `Damaged commands are served as commands or an error`() {
        var random = RandomStream(root: 2, name: "damaged commands")
        var broken = 0
        for _ in 0..<25_000 {
            let stream = Samples.damage(Samples.commands(&random), &random)
            broken += serve(stream, &random) ? 1 : 0
        }
        print("damaged commands: 25000 cases, \(broken) broke the protocol")
        #expect(broken > 1000 && broken < 25_000)
    }

    @Test func `Damaged replies are understood as values or an error`() {
        var random = RandomStream(root: 2, name: "damaged replies")
        var broken = 0
        for _ in 0..<25_000 {
            let stream = Samples.damage(Samples.replies(&random), &random)
            broken += understand(stream, &random) ? 1 : 0
        }
        print("damaged replies: 25000 cases, \(broken) broke the protocol")
        #expect(broken > 1000 && broken < 25_000)
    }

    @Test func `What is held stays bounded over long streams`() {
        var random = RandomStream(root: 2, name: "long streams")
        for _ in 0..<20 {
            var connection = ServerConnection(limits: limits)
            var expected = 0
            while connection.calls < 2000, !connection.isBroken {
                let size = Int.random(in: 0...2000, using: &random)
                let stream = encoded(["SET", "k", String(repeating: "v", count: size)])
                expected += 1
                for piece in random.pieces(of: stream, longest: 100) {
                    connection.receive(piece)
                }
            }
            #expect(connection.outcomes.count == expected && !connection.isBroken)
            #expect(connection.heldMax <= limits.commandBytesMax + 22)
        }
    }
}
