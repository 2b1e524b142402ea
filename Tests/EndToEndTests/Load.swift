import Dispatch
import Foundation
import Synchronization

/// Clients that write from threads of their own until they are told to stop or lose their node.
final class Load: Sendable {
    /// A write that a node has acknowledged.
    struct Write: Sendable {
        let key: String
        let value: String
    }

    private let acknowledged = Mutex<[Write]>([])
    private let isStopped = Mutex(false)
    private let threads = DispatchGroup()

    var count: Int { acknowledged.withLock { $0.count } }

    /// Starts a thread; `step` makes one write and returns what was acknowledged, or throws.
    func start(_ client: @escaping @Sendable () throws -> (() throws -> Write?)) {
        threads.enter()
        let thread = Thread { [self] in
            defer { threads.leave() }
            guard let step = try? client() else { return }
            while !isStopped.withLock({ $0 }), let write = try? step() {
                acknowledged.withLock { $0.append(write) }
            }
        }
        thread.start()
    }

    /// Lets the writes that are under way end and returns all that were acknowledged.
    func stop() -> [Write] {
        isStopped.withLock { $0 = true }
        threads.wait()
        return acknowledged.withLock { $0 }
    }
}

extension Load {
    /// Clients, dealt to the nodes round robin, each of whose writes has a key of its own.
    static func uniqueKeys(clients: Int, on ring: LocalRing, round: Int) -> Load {
        let load = Load()
        for client in 0..<clients {
            let port = ring.port + client % ring.nodes
            load.start {
                let connection = try RedisConnection(port: port)
                var number = 0
                return {
                    number += 1
                    let key = "r\(round)-c\(client)-\(number)"
                    let reply = try connection.call(
                        "DYNA.PUT", "load", key, "value of \(key)", "OPID", "op-\(key)")
                    guard case .array = reply else { return nil }
                    return Write(key: key, value: "value of \(key)")
                }
            }
        }
        return load
    }

    /// Clients that read one of a few keys and write it with what they have seen and an id.
    static func hotKeys(_ keys: Int, clients: Int, on ring: LocalRing, round: Int) -> Load {
        let load = Load()
        for client in 0..<clients {
            let port = ring.port + client % ring.nodes
            load.start {
                let connection = try RedisConnection(port: port)
                var number = 0
                return {
                    number += 1
                    let id = "r\(round)c\(client)n\(number)"
                    let key = "hot-\(number % keys)"
                    return try Counter.add(id, to: key, over: connection)
                        ? Write(key: key, value: id) : nil
                }
            }
        }
        return load
    }
}

/// A key whose value lists the ids of all writes that it has seen.
enum Counter {
    /// Reads the siblings and writes their union and `id` over them; whether it is acknowledged.
    static func add(_ id: String, to key: String, over connection: RedisConnection) throws -> Bool {
        let found = try connection.call("DYNA.GET", "load", key)
        if case .failure = found { return false }
        var words = [seen(in: found).union([id]).sorted().joined(separator: " ")]
        if let context = found.elements.first?.text { words += ["CONTEXT", context] }
        try connection.send([["DYNA.PUT", "load", key] + words])
        guard case .array = try connection.reply() else { return false }
        return true
    }

    /// The ids in all siblings of an answer to `DYNA.GET`.
    static func seen(in reply: Reply) -> Set<String> {
        guard reply.elements.count > 1 else { return [] }
        let values = reply.elements[1].elements.compactMap { $0.elements.first?.text }
        return Set(values.flatMap { $0.split(separator: " ").map(String.init) })
    }
}
