import Commands
import NIOCore
import NIOPosix
import Primitives
import Quorum

/// The port for clients: accepts connections and turns their commands into requests.
///
/// Confined to the loop.
package final class ClientListener {
    /// Hands a request to the node; the reply comes on the loop, once.
    package typealias Ask = (ClientRequest, @escaping (ClientReply) -> Void) -> Void

    /// The most connections at one time.
    package static let connectionsMax = 10_000

    let environment: CommandEnvironment
    let turn: Turn
    let ask: Ask
    let clock: () -> Instant
    private let loop: any EventLoop
    private var listener: (any Channel)?
    private var connections: [ObjectIdentifier: any Channel] = [:]
    private var connectionCount: UInt64 = 0

    /// A listener that asks the node through `ask`.
    package init(
        environment: CommandEnvironment, turn: Turn, loop: any EventLoop,
        clock: @escaping () -> Instant, ask: @escaping Ask
    ) {
        self.environment = environment
        self.turn = turn
        self.loop = loop
        self.clock = clock
        self.ask = ask
    }

    /// Listens; the future fails where the port cannot be bound.
    package func listen(on endpoint: Endpoint) -> EventLoopFuture<Void> {
        let this = NIOLoopBound(self, eventLoop: loop)
        return ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = ClientHandler(listener: this.value)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: endpoint.host, port: endpoint.port)
            .map { this.value.listener = $0 }
    }

    /// Takes no more connections; those that are open stay.
    package func stopAccepting() {
        listener?.close(promise: nil)
        listener = nil
    }

    /// Closes everything.
    package func close() {
        stopAccepting()
        for channel in connections.values {
            channel.close(promise: nil)
        }
    }

    /// The number of the connection, nil where there are too many.
    func accept(_ channel: any Channel) -> UInt64? {
        guard connections.count < ClientListener.connectionsMax else { return nil }
        connections[ObjectIdentifier(channel)] = channel
        connectionCount += 1
        return connectionCount
    }

    func closed(_ channel: any Channel) {
        connections[ObjectIdentifier(channel)] = nil
    }
}
