import NIOCore
import NIOHTTP1
import NIOPosix

/// The HTTP port: `/healthz` says that the process lives, `/readyz` that it serves quorum
/// requests, and `/metrics` tells Prometheus what it does.
///
/// Confined to the loop.
package final class HealthListener {
    private let loop: any EventLoop
    private let isReady: () -> Bool
    private let metrics: (@escaping (String) -> Void) -> Void
    private var listener: (any Channel)?

    /// A listener that asks `isReady` and `metrics` on the loop; the text of the latter comes
    /// there, once.
    package init(
        loop: any EventLoop, isReady: @escaping () -> Bool,
        metrics: @escaping (@escaping (String) -> Void) -> Void
    ) {
        self.loop = loop
        self.isReady = isReady
        self.metrics = metrics
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

    fileprivate func answer(
        to head: HTTPRequestHead, _ reply: @escaping (HealthAnswer) -> Void
    ) {
        guard head.method == .GET || head.method == .HEAD else {
            return reply(HealthAnswer(.methodNotAllowed, "only GET is offered\n"))
        }
        switch head.uri.split(separator: "?").first {
        case "/healthz": reply(HealthAnswer(.ok, "ok\n"))
        case "/readyz":
            let isReady = isReady()
            reply(
                isReady
                    ? HealthAnswer(.ok, "ready\n")
                    : HealthAnswer(.serviceUnavailable, "not ready\n"))
        case "/metrics":
            metrics { reply(HealthAnswer(.ok, $0, version: "0.0.4")) }
        default: reply(HealthAnswer(.notFound, "try /healthz, /readyz or /metrics\n"))
        }
    }
}

/// What is answered on the HTTP port.
private struct HealthAnswer {
    let status: HTTPResponseStatus
    let text: String
    let contentType: String

    /// Text; of a version of its format, where it has one.
    init(_ status: HTTPResponseStatus, _ text: String, version: String? = nil) {
        self.status = status
        self.text = text
        let parameter = version.map { "version=\($0); " } ?? ""
        contentType = "text/plain; \(parameter)charset=utf-8"
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
        listener.answer(to: head) { self.write($0, to: head, context) }
    }

    private func write(
        _ answer: HealthAnswer, to head: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: answer.contentType)
        headers.add(name: "content-length", value: "\(answer.text.utf8.count)")
        if !head.isKeepAlive {
            headers.add(name: "connection", value: "close")
        }
        let response = HTTPResponseHead(
            version: head.version, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if head.method != .HEAD {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.text)))), promise: nil)
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
