import DynaClient

/// A client with a connection of its own to every node, which makes one request at a time.
///
/// Replies of one connection come in the order of the requests, so that a request that shared one
/// would wait for those before it, and its latency would be theirs.
struct MeasuringClient: Sendable {
    private let connections: [DynaClient]

    /// A client of the nodes at these endpoints.
    init(_ endpoints: [Endpoint]) {
        connections = endpoints.map { DynaClient(endpoints: [$0]) }
    }

    /// The connection to a node.
    subscript(node: Int) -> DynaClient { connections[node] }

    /// Connects to all nodes, so that no request has to; nodes that do not answer show later.
    func connect() async {
        for connection in connections {
            _ = try? await connection.connect()
        }
    }

    /// Ends the connections.
    func close() async {
        for connection in connections {
            await connection.close()
        }
    }
}

/// The clients that read: each read takes one that is free, or the next one that becomes so.
actor ReaderPool {
    private let clients: [MeasuringClient]
    private var free: [MeasuringClient]
    private var waiting: [CheckedContinuation<MeasuringClient, Never>] = []

    /// A pool of so many clients.
    init(_ count: Int, _ endpoints: [Endpoint]) {
        clients = (0..<count).map { _ in MeasuringClient(endpoints) }
        free = clients
    }

    /// Connects all clients.
    func connect() async {
        for client in clients { await client.connect() }
    }

    /// Ends all connections.
    func close() async {
        for client in clients { await client.close() }
    }

    /// Takes a client, and tells whether it had to be waited for.
    func take() async -> (client: MeasuringClient, isLate: Bool) {
        if let client = free.popLast() { return (client, false) }
        return (await withCheckedContinuation { waiting.append($0) }, true)
    }

    /// Gives a client back.
    func give(_ client: MeasuringClient) {
        if waiting.isEmpty {
            free.append(client)
        } else {
            waiting.removeFirst().resume(returning: client)
        }
    }
}
