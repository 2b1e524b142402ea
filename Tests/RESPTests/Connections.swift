import Primitives

@testable import RESP

/// Stands for a server's end of a connection: holds what the parser has not consumed.
struct ServerConnection {
    /// What came out of the parser, in order.
    enum Outcome: Equatable {
        case command(RESPCommand)
        case oversized(RESPOversized)
        case broken(RESPError)
    }

    var parser: RESPParser
    var held: [UInt8] = []
    var outcomes: [Outcome] = []
    /// The most bytes that were left with the caller after `.incomplete`.
    var heldMax = 0
    /// How often the parser was called.
    var calls = 0

    init(limits: RESPLimits = RESPLimits()) {
        parser = RESPParser(limits: limits)
    }

    var isBroken: Bool {
        if case .broken = outcomes.last { return true }
        return false
    }

    mutating func receive(_ piece: some Collection<UInt8>) {
        guard !isBroken else { return }
        held.append(contentsOf: piece)
        var consumed = 0
        defer { held.removeFirst(consumed) }
        while let bytes = step(consumed) {
            precondition(bytes <= held.count - consumed, "consumed more than there is")
            consumed += bytes
        }
        heldMax = max(heldMax, isBroken ? 0 : held.count - consumed)
    }

    /// Calls the parser once; nil where it waits for more or is broken.
    private mutating func step(_ offset: Int) -> Int? {
        calls += 1
        do {
            let step = try held.withUnsafeBytes {
                try parser.parse(UnsafeRawBufferPointer(rebasing: $0[offset...]))
            }
            switch step {
            case .incomplete: return nil
            case .consume(let count):
                precondition(count > 0, "a step without progress")
                return count
            case .command(let command, let consumed):
                outcomes.append(.command(command))
                return consumed
            case .oversized(let command, let consumed):
                outcomes.append(.oversized(command))
                return consumed
            }
        } catch let error as RESPError {
            outcomes.append(.broken(error))
            return nil
        } catch {
            preconditionFailure("an error of another type")
        }
    }
}

/// Stands for a client's end of a connection.
struct ClientConnection {
    /// What came out of the parser, in order.
    enum Outcome: Equatable {
        case value(RESPValue)
        case broken(RESPError)
    }

    var parser: RESPReplyParser
    var held: [UInt8] = []
    var outcomes: [Outcome] = []
    /// The most bytes that were left with the caller after `.incomplete`.
    var heldMax = 0

    init(limits: RESPReplyLimits = RESPReplyLimits()) {
        parser = RESPReplyParser(limits: limits)
    }

    var isBroken: Bool {
        if case .broken = outcomes.last { return true }
        return false
    }

    mutating func receive(_ piece: some Collection<UInt8>) {
        guard !isBroken else { return }
        held.append(contentsOf: piece)
        var consumed = 0
        while let bytes = step(consumed) {
            precondition(bytes > 0 && bytes <= held.count - consumed, "an impossible length")
            consumed += bytes
        }
        held.removeFirst(consumed)
        heldMax = max(heldMax, isBroken ? 0 : held.count)
    }

    private mutating func step(_ offset: Int) -> Int? {
        do {
            let step = try held.withUnsafeBytes {
                try parser.parse(UnsafeRawBufferPointer(rebasing: $0[offset...]))
            }
            guard case .reply(let value, let consumed) = step else { return nil }
            outcomes.append(.value(value))
            return consumed
        } catch let error as RESPError {
            outcomes.append(.broken(error))
            return nil
        } catch {
            preconditionFailure("an error of another type")
        }
    }
}

/// What a server makes of a stream that arrives in one piece.
func served(_ stream: [UInt8], limits: RESPLimits = RESPLimits()) -> [ServerConnection.Outcome] {
    var connection = ServerConnection(limits: limits)
    connection.receive(stream)
    return connection.outcomes
}

/// What a client makes of a stream that arrives in one piece.
func understood(
    _ stream: [UInt8], limits: RESPReplyLimits = RESPReplyLimits()
) -> [ClientConnection.Outcome] {
    var connection = ClientConnection(limits: limits)
    connection.receive(stream)
    return connection.outcomes
}

/// A command of texts.
func command(_ arguments: String...) -> ServerConnection.Outcome {
    .command(RESPCommand(arguments.map { Bytes(text: $0) }))
}

/// The bytes of a command as clients send it.
func encoded(_ arguments: [String]) -> [UInt8] {
    var writer = RESPWriter()
    writer.command(arguments.map { Bytes(text: $0) })
    return writer.bytes
}

/// The UTF-8 bytes of a text.
func utf8(_ text: String) -> [UInt8] {
    Array(text.utf8)
}

extension RandomStream {
    /// Cuts a stream into pieces of random lengths between 1 and `longest`.
    mutating func pieces(of stream: [UInt8], longest: Int) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < stream.count {
            let end = Swift.min(stream.count, start + Int.random(in: 1...longest, using: &self))
            pieces.append(stream[start..<end])
            start = end
        }
        return pieces
    }

    /// Random bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}
