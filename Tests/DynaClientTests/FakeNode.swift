import NIOCore
import NIOPosix
import Primitives
import RESP
import Synchronization

/// A node that answers commands as a test wants it to, over a real socket.
final class FakeNode: Sendable {
    /// What to do about a command.
    enum Answer: Sendable {
        /// Send this reply.
        case reply(RESPValue)
        /// Close the connection without a reply.
        case close
    }

    private let received = Mutex<[[String]]>([])
    private let answer: @Sendable ([String]) -> Answer
    private let channel = Mutex<(any Channel)?>(nil)

    init(answer: @escaping @Sendable ([String]) -> Answer) {
        self.answer = answer
    }

    /// The commands that came, those that keep connections alive excepted.
    var commands: [[String]] { received.withLock { $0 } }

    /// Listens on a free port and returns it.
    func start() async throws -> Int {
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeHandler(node: self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
        return bound.localAddress?.port ?? 0
    }

    /// Stops listening.
    func stop() async throws {
        try await channel.withLock { $0 }?.close()
    }

    fileprivate func respond(to command: [String]) -> Answer {
        if command == ["PING"] { return .reply(.simple("PONG")) }
        received.withLock { $0.append(command) }
        return answer(command)
    }
}

private final class FakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let node: FakeNode
    private var parser = RESPParser()
    private var buffer = ByteBuffer()

    init(node: FakeNode) {
        self.node = node
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var incoming = unwrapInboundIn(data)
        buffer.writeBuffer(&incoming)
        while buffer.readableBytes > 0 {
            let step = buffer.withUnsafeReadableBytes { try? parser.parse($0) }
            guard case .command(let command, let consumed)? = step else { return }
            buffer.moveReaderIndex(forwardBy: consumed)
            let words = command.map { String(decoding: $0, as: UTF8.self) }
            guard case .reply(let value) = node.respond(to: words) else {
                context.close(promise: nil)
                return
            }
            var writer = RESPWriter()
            writer.write(value)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: writer.bytes)), promise: nil)
        }
    }
}
