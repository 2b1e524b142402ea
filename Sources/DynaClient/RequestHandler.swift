import NIOCore

/// One command on its way to a node, with the promise of its reply.
struct Request: Sendable {
    /// The command and its arguments.
    let arguments: [[UInt8]]
    /// Kept when the reply has come, broken when the connection has ended.
    let reply: EventLoopPromise<DynaReply>
}

/// Writes commands and hands each reply to the oldest command that waits for one.
///
/// The protocol answers in order, so a queue of promises is all that pipelining needs.
final class RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Request
    typealias OutboundOut = ByteBuffer

    private let endpoint: Endpoint
    private var waiting = CircularBuffer<EventLoopPromise<DynaReply>>()
    private var decoder = ReplyDecoder()
    private var received = ByteBuffer()

    init(endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        waiting.append(request.reply)
        let buffer = ReplyDecoder.encode(request.arguments, allocator: context.channel.allocator)
        context.write(wrapOutboundOut(buffer), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var incoming = unwrapInboundIn(data)
        received.writeBuffer(&incoming)
        do {
            while let reply = try decoder.next(in: &received) {
                waiting.popFirst()?.succeed(reply)
            }
            received.discardReadBytes()
        } catch {
            fail(with: .unexpectedReply("\(endpoint): \(error)"))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(with: .connectionLost("\(endpoint) closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(with: .connectionLost("\(endpoint): \(error)"))
        context.close(promise: nil)
    }

    private func fail(with error: DynaError) {
        while let promise = waiting.popFirst() {
            promise.fail(error)
        }
    }
}
