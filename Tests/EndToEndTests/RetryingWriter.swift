import Foundation

/// A client that brings every write home: a request that fails is sent again, with the same
/// operation id, through the next node.
final class RetryingWriter {
    /// How long one write may take, with all its attempts.
    private static let limit = Duration.seconds(60)

    private let ports: [Int]
    private var current: Int
    private var connection: RedisConnection?
    private var contexts: [String: String] = [:]
    private(set) var retries = 0

    /// A client of these ports that begins with the one at `first`.
    init(ports: [Int], first: Int) {
        self.ports = ports
        current = first % ports.count
    }

    /// Writes over what this client wrote before under the key, until a node acknowledges it.
    func put(_ key: String, _ value: String, id: String) throws {
        var words = ["DYNA.PUT", "load", key, value, "OPID", id, "TIMEOUT", "2000"]
        if let context = contexts[key] { words += ["CONTEXT", context] }
        let deadline = ContinuousClock.now + Self.limit
        var last: Reply?
        while ContinuousClock.now < deadline {
            last = try? attempt(words)
            if case .array(let fields) = last {
                contexts[key] = try fields.first?.text ?? read(key)
                return
            }
            retries += 1
            connection = nil
            current = (current + 1) % ports.count
            usleep(20_000)
        }
        throw SetupFailure("\(key) could not be written in \(Self.limit): \(last as Any)")
    }

    private func attempt(_ words: [String]) throws -> Reply {
        let open = try connection ?? RedisConnection(port: ports[current], limit: .seconds(3))
        connection = open
        try open.send([words])
        return try open.reply()
    }

    /// The context of all that is there, where the answer to a write has none.
    private func read(_ key: String) throws -> String? {
        try attempt(["DYNA.GET", "load", key]).elements.first?.text
    }
}

extension Load {
    /// Clients that write until all is acknowledged, half of it to keys of a write each and half to
    /// two keys that the client writes over, sixteen times each before it takes two others; what
    /// goes wrong is told to `complain`.
    ///
    /// A record remembers its newest 32 overwritten operations: a try that hangs for longer than it
    /// takes to write a key so often may leave a sibling, as docs/causality.md says.
    static func retrying(
        clients: Int, through ports: [Int], complain: @escaping @Sendable (String) -> Void
    ) -> Load {
        let load = Load()
        for client in 0..<clients {
            load.start {
                let writer = RetryingWriter(ports: ports, first: client)
                var number = 0
                return {
                    number += 1
                    let (id, round) = ("c\(client)-\(number)", number / 64 * 2 + number / 2 % 2)
                    let key = number % 2 == 0 ? "hot-\(client)-\(round)" : "once-\(id)"
                    do {
                        try writer.put(key, id, id: "op-\(id)")
                    } catch {
                        complain("client \(client): \(error)")
                        return nil
                    }
                    return Write(key: key, value: id)
                }
            }
        }
        return load
    }
}
