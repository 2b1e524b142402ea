/// An answer in the Redis protocol, version 2.
enum Reply: Equatable {
    case simple(String)
    case failure(String)
    case integer(Int)
    /// Bytes; nil stands for the null of either kind.
    case bytes([UInt8]?)
    case array([Reply])

    var elements: [Reply] {
        if case .array(let elements) = self { elements } else { [] }
    }

    var text: String? {
        switch self {
        case .simple(let text): text
        case .bytes(let bytes?): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }
}

/// A client of one node, for loads for which a process per request is too slow.
final class RedisConnection {
    private let socket: Socket
    private var received: [UInt8] = []
    private var position = 0

    init(port: Int, limit: Duration = .seconds(10)) throws {
        socket = try Socket(port: port, limit: limit)
    }

    /// Sends a command and waits for its answer.
    func call(_ words: String...) throws -> Reply {
        try send([words])
        return try reply()
    }

    /// Sends commands without waiting.
    func send(_ commands: [[String]]) throws {
        var text = ""
        for words in commands {
            text += "*\(words.count)\r\n"
            for word in words { text += "$\(word.utf8.count)\r\n\(word)\r\n" }
        }
        try socket.write(Array(text.utf8))
    }

    /// The next answer.
    func reply() throws -> Reply {
        let line = try line()
        let rest = String(line.dropFirst())
        switch line.first {
        case "+": return .simple(rest)
        case "-": return .failure(rest)
        case ":": return .integer(try number(rest))
        case "$", "*":
            let count = try number(rest)
            guard count >= 0 else { return .bytes(nil) }
            guard line.first == "$" else { return .array(try (0..<count).map { _ in try reply() }) }
            return .bytes(try bytes(count))
        default: throw SetupFailure("no answer starts like '\(line)'")
        }
    }

    private func number(_ text: String) throws -> Int {
        guard let number = Int(text) else { throw SetupFailure("'\(text)' is no number") }
        return number
    }

    private func line() throws -> String {
        while true {
            if let end = received[position...].firstIndex(of: 0x0a) {
                let line = String(decoding: received[position..<(end - 1)], as: UTF8.self)
                position = end + 1
                return line
            }
            try receive()
        }
    }

    private func bytes(_ count: Int) throws -> [UInt8] {
        while received.count - position < count + 2 { try receive() }
        defer { position += count + 2 }
        return Array(received[position..<(position + count)])
    }

    private func receive() throws {
        received.removeFirst(position)
        position = 0
        let bytes = try socket.read()
        guard !bytes.isEmpty else { throw SetupFailure("the node has closed the connection") }
        received += bytes
    }
}
