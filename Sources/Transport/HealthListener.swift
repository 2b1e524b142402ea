import NIOCore
import NIOHTTP1
import NIOPosix

/// The HTTP port: `/healthz` says that the process lives, `/readyz` that it serves quorum requests.
///
/// Confined to the loop.
package final class HealthListener {
    private let loop: any EventLoop
    private let isReady: () -> Bool
    private var listener: (any Channel)?

    /// A listener that asks `isReady` on the loop.
    package init(loop: any EventLoop, isReady: @escaping () -> Bool) {
        self.loop = loop
        self.isReady = isReady
    }

    /// Listens; the future fails where the port cannot be bound.
    package func listen(on endpoint: Endpoint) -> EventLoopFuture<Void> {
        let this = NIOLoopBound(self, eventLoop: loop)
        return ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.configureHTTPServerPipeline(withErrorHandling: true)
                    try operations.addHandler(HealthHandler(listener: this.value))
                }
            }
            .bind(host: endpoint.host, port: endpoint.port)
            .map { this.value.listener = $0 }
    }

    /// Takes no more connections.
    package func close() {
        listener?.close(promise: nil)
    }

    fileprivate func answer(to head: HTTPRequestHead) -> (HTTPResponseStatus, String) {
        guard head.method == .GET || head.method == .HEAD else {
            return (.methodNotAllowed, "only GET is offered\n")
        }
        switch head.uri.split(separator: "?").first {
        case "/healthz": return (.ok, "ok\n")
        case "/readyz":
            return isReady() ? (.ok, "ready\n") : (.serviceUnavailable, "not ready\n")
        default: return (.notFound, "try /healthz or /readyz\n")
        }
    }
}

private final class HealthHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let listener: HealthListener
    private var head: HTTPRequestHead?

    init(listener: HealthListener) {
        self.listener = listener
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head else { return }
        self.head = nil
        let (status, text) = listener.answer(to: head)
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: "text/plain; charset=utf-8")
        headers.add(name: "content-length", value: "\(text.utf8.count)")
        if !head.isKeepAlive {
            headers.add(name: "connection", value: "close")
        }
        let response = HTTPResponseHead(version: head.version, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if head.method != .HEAD {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if !head.isKeepAlive {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
