import Glibc
import NIOCore
import NIOPosix

/// A connection to one node; commands sent before earlier ones are answered are pipelined.
final class Connection: Sendable {
    /// The node at the other end.
    let endpoint: Endpoint
    private let channel: any Channel

    /// Whether commands can still be sent.
    var isOpen: Bool { channel.isActive }

    private init(endpoint: Endpoint, channel: any Channel) {
        self.endpoint = endpoint
        self.channel = channel
    }

    /// Connects and waits for the answer to a `PING`, both within `limit`.
    static func open(_ endpoint: Endpoint, limit: Duration) async throws(DynaError) -> Connection {
        let deadline = ContinuousClock.now + limit
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(limit))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        RequestHandler(endpoint: endpoint))
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: endpoint.host, port: endpoint.port).get()
        } catch {
            throw .connectionLost("\(endpoint): \(Connection.reason(error))")
        }
        let connection = Connection(endpoint: endpoint, channel: channel)
        do throws(DynaError) {
            let rest = max(.milliseconds(1), deadline - ContinuousClock.now)
            _ = try await connection.send([Array("PING".utf8)], limit: rest)
        } catch {
            connection.close()
            guard case .timedOut = error else { throw error }
            throw .connectionLost("\(endpoint): no answer within \(limit.wholeMilliseconds) ms")
        }
        return connection
    }

    /// Sends a command and waits at most `limit` for its reply.
    ///
    /// Replies come in order, so one that is late holds up all that follow it: the connection is
    /// closed then.
    func send(_ arguments: [[UInt8]], limit: Duration) async throws(DynaError) -> DynaReply {
        let promise = channel.eventLoop.makePromise(of: DynaReply.self)
        let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(limit)) {
            [channel, endpoint] in
            promise.fail(
                DynaError.timedOut(
                    "\(endpoint) has not answered for \(limit.wholeMilliseconds) ms; "
                        + "a write may have been done"))
            channel.close(promise: nil)
        }
        channel.writeAndFlush(Request(arguments: arguments, reply: promise))
            .cascadeFailure(to: promise)
        let reply: DynaReply
        do {
            reply = try await promise.futureResult.get()
        } catch let error as DynaError {
            deadline.cancel()
            throw error
        } catch {
            deadline.cancel()
            throw .connectionLost("\(endpoint): \(Connection.reason(error))")
        }
        deadline.cancel()
        if case .failure(let error) = reply { throw error }
        return reply
    }

    /// Closes the connection; commands that wait for a reply fail.
    func close() {
        channel.close(promise: nil)
    }

    /// What a person wants to know of an error of the network.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason($0.error) }
                ?? "the host \(error.host) is not known"
        case let error as IOError:
            String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout(let limit):
            "no connection within \(limit.nanoseconds / 1_000_000) ms"
        case ChannelError.ioOnClosedChannel:
            "the connection is closed"
        default:
            "\(error)"
        }
    }
}
