import NIOCore
import NIOPosix
import Primitives
import Ring
import Wire

/// All links of a node: one that it opens to every other member, and those that they open to it.
///
/// Confined to the loop.
package final class PeerPool {
    private let identity: PeerIdentity
    private let members: [(index: MemberIndex, name: String, endpoint: Endpoint)]
    private var links: [PeerLink?]
    private let loop: any EventLoop
    let report: (PeerEvent) -> Void
    /// Whether clients may have messages held back.
    package var allowsInjectedDelays = false
    private var listener: (any Channel)?
    private var accepted: [ObjectIdentifier: any Channel] = [:]

    /// Links to the given other members; what happens on them is reported on the loop.
    package init(
        identity: PeerIdentity,
        members: [(index: MemberIndex, name: String, endpoint: Endpoint)],
        turn: Turn, loop: any EventLoop, report: @escaping (PeerEvent) -> Void
    ) {
        self.identity = identity
        self.members = members
        self.loop = loop
        self.report = report
        let size = members.map { Int($0.index.raw) + 1 }.max() ?? 0
        links = Array(repeating: nil, count: size)
        for member in members {
            links[Int(member.index.raw)] = PeerLink(
                to: member, identity: identity, turn: turn, loop: loop, report: report)
        }
    }

    /// Listens for other members; the future fails where the port cannot be bound.
    package func listen(on endpoint: Endpoint) -> EventLoopFuture<Void> {
        let this = NIOLoopBound(self, eventLoop: loop)
        return ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 1_024, initial: 16_384, maximum: 262_144)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = CalleeHandler(pool: this.value)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: endpoint.host, port: endpoint.port)
            .map { this.value.listener = $0 }
    }

    /// Opens the links.
    package func start() {
        for link in links {
            link?.dial()
        }
    }

    /// Sends a message at the end of the turn, or reports it undelivered.
    package func send(_ envelope: Envelope, to member: MemberIndex) {
        links[Int(member.raw)]?.send(envelope)
    }

    /// The links to all other members, by their index.
    var allLinks: [PeerLink] { links.compactMap { $0 } }

    /// Closes everything.
    package func close() {
        listener?.close(promise: nil)
        for link in links {
            link?.close()
        }
        for channel in accepted.values {
            channel.close(promise: nil)
        }
    }

    fileprivate func accept(_ channel: any Channel) {
        accepted[ObjectIdentifier(channel)] = channel
    }

    fileprivate func closed(_ channel: any Channel) {
        accepted[ObjectIdentifier(channel)] = nil
    }

    /// The caller's index, or why it is refused.
    fileprivate func judge(_ hello: Hello) -> Result<MemberIndex, WireError> {
        if let refusal = hello.refusal(
            cluster: identity.cluster, name: identity.name, ringVersion: identity.ringVersion)
        {
            return .failure(refusal)
        }
        guard let member = members.first(where: { $0.name == hello.name }) else {
            return .failure(.notAMember(hello.name))
        }
        return .success(member.index)
    }

    /// A member called: it can be called back right away.
    fileprivate func greeted(by member: MemberIndex, _ hello: Hello) {
        links[Int(member.raw)]?.dial()
        report(.greeted(member, hello.start))
    }

    fileprivate func received(_ envelope: Envelope, from member: MemberIndex) {
        report(.message(member, envelope))
    }

    fileprivate func rejected(_ channel: any Channel, _ reason: String) {
        let address = channel.remoteAddress.map { "\($0)" } ?? "unknown"
        report(.rejected(address: address, reason: reason))
    }
}

/// The called side of a link: takes the greeting, then messages.
private final class CalleeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let pool: PeerPool
    private var reader = FrameReader()
    private var member: MemberIndex?

    init(pool: PeerPool) {
        self.pool = pool
    }

    func channelActive(context: ChannelHandlerContext) {
        pool.accept(context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        pool.closed(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        reader.append(&bytes)
        do {
            while let content = try reader.next() {
                try take(content, context)
            }
        } catch {
            pool.rejected(context.channel, "\(error)")
            context.close(promise: nil)
        }
    }

    private func take(_ content: FrameContent, _ context: ChannelHandlerContext) throws {
        switch (content, member) {
        case (.message(let envelope), .some(let member)):
            pool.received(envelope, from: member)
        case (.hello(let hello), nil):
            switch pool.judge(hello) {
            case .success(let caller):
                member = caller
                write(.welcome, context)
                pool.greeted(by: caller, hello)
            case .failure(let refusal):
                write(.refused(refusal.description), context)
                throw refusal
            }
        default:
            throw WireError.malformed("order")
        }
    }

    private func write(_ content: FrameContent, _ context: ChannelHandlerContext) {
        let bytes = ByteBuffer(bytes: content.encoded())
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
