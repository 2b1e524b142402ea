import NIOCore
import NIOPosix
import Primitives
import Quorum
import Ring
import Wire

/// The outgoing connection to one member: dialled again and again until it stands.
///
/// Messages to a member always leave on the link that this node opened; its answers come on the
/// link that it opened to here. What does not fit into the queue is refused at once and reported
/// as undelivered: the queue never grows beyond `queueBytesMax`. Confined to the loop.
final class PeerLink: Flushable {
    /// The most bytes that wait for one member: as much as a node takes in from clients, so that a
    /// member that keeps up never finds its queue full.
    static let queueBytesMax = 96 << 20
    private static let dialTimeout = TimeAmount.seconds(1)
    private static let greetingTimeout = TimeAmount.seconds(2)
    private static let pauseMillisecondsMax: Int64 = 1_000

    private enum State {
        case idle
        case dialling
        case greeting(any Channel)
        case open(any Channel)
        case closed
    }

    let member: MemberIndex
    let name: String
    private let endpoint: Endpoint
    private let identity: PeerIdentity
    private let turn: Turn
    private let loop: any EventLoop
    private let report: (PeerEvent) -> Void

    private var state = State.idle
    private var pending = ByteBuffer()
    private var queuedBytes = 0
    private var isDirty = false
    private var pauseMilliseconds: Int64 = 25
    private var redial: Scheduled<Void>?
    /// What is held back, and for how long.
    var injected = InjectedDelays()

    init(
        to member: (index: MemberIndex, name: String, endpoint: Endpoint),
        identity: PeerIdentity, turn: Turn, loop: any EventLoop,
        report: @escaping (PeerEvent) -> Void
    ) {
        self.member = member.index
        name = member.name
        endpoint = member.endpoint
        self.identity = identity
        self.turn = turn
        self.loop = loop
        self.report = report
    }

    // MARK: Sending

    func send(_ envelope: Envelope) {
        guard !injected.isEmpty,
            let pause = injected.hold(envelope.message, at: .now())
        else { return sendNow(envelope) }
        hold(envelope, for: pause)
    }

    /// Sends a message later; what is held back takes room in the queue.
    private func hold(_ envelope: Envelope, for pause: TimeAmount) {
        let size = FrameContent.message(envelope).frameSize
        guard case .open = state, queuedBytes + size <= PeerLink.queueBytesMax else {
            return sendNow(envelope)
        }
        queuedBytes += size
        let this = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: pause) {
            this.value.queuedBytes -= size
            this.value.sendNow(envelope)
        }
    }

    /// Holds back some kinds of messages from now on, until a time.
    func inject(_ delay: InjectedDelay, into kinds: [DelayedKind], until end: NIODeadline) {
        injected.set(kinds, delay, until: end)
        let this = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(deadline: end) {
            let (link, now) = (this.value, NIODeadline.now())
            for ended in link.injected.removeEnded(at: now) {
                link.report(.delayInjected("\(ended) has ended", to: link.member))
            }
        }
    }

    private func sendNow(_ envelope: Envelope) {
        let content = FrameContent.message(envelope)
        let size = content.frameSize
        guard case .open = state, queuedBytes + size <= PeerLink.queueBytesMax else {
            if envelope.message.isRequest, let request = envelope.message.request {
                report(.undelivered(member, request: request))
            }
            return
        }
        queuedBytes += size
        pending.writeWithUnsafeMutableBytes(minimumWritableBytes: size) {
            content.encode(into: $0)
        }
        if !isDirty {
            isDirty = true
            turn.flushAtEnd(self)
        }
    }

    func flush() {
        isDirty = false
        guard case .open(let channel) = state, pending.readableBytes > 0 else { return }
        let bytes = pending
        pending = ByteBuffer()
        let this = NIOLoopBound(self, eventLoop: loop)
        channel.writeAndFlush(bytes).whenComplete { _ in
            this.value.queuedBytes -= bytes.readableBytes
        }
    }

    // MARK: Connecting

    /// Dials now; also when a pause was going on, since the member was just heard of.
    func dial() {
        guard case .idle = state else { return }
        redial?.cancel()
        state = .dialling
        let this = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(PeerLink.dialTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = CallerHandler(link: this.value)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .whenComplete { this.value.dialled($0) }
    }

    private func dialled(_ result: Result<any Channel, any Error>) {
        guard case .dialling = state else {
            if case .success(let channel) = result { channel.close(promise: nil) }
            return
        }
        switch result {
        case .success(let channel): greet(channel)
        case .failure: pauseAndRedial()
        }
    }

    private func greet(_ channel: any Channel) {
        state = .greeting(channel)
        let frame = FrameContent.hello(identity.hello(to: name)).encoded()
        channel.writeAndFlush(ByteBuffer(bytes: frame), promise: nil)
        let this = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: PeerLink.greetingTimeout) {
            if case .greeting = this.value.state { channel.close(promise: nil) }
        }
    }

    fileprivate func received(_ content: FrameContent) {
        switch (content, state) {
        case (.welcome, .greeting(let channel)):
            state = .open(channel)
            pauseMilliseconds = 25
            report(.connected(member))
        case (.refused(let reason), _):
            pauseMilliseconds = PeerLink.pauseMillisecondsMax
            report(.refused(member, reason))
        default:
            break
        }
    }

    fileprivate func closedByPeer() {
        let wasOpen = if case .open = state { true } else { false }
        if case .closed = state { return }
        pauseAndRedial()
        if wasOpen {
            report(.disconnected(member))
        }
    }

    private func pauseAndRedial() {
        state = .idle
        queuedBytes -= pending.readableBytes
        pending = ByteBuffer()
        let jitter = Int64.random(in: 0...pauseMilliseconds / 2)
        let pause = TimeAmount.milliseconds(pauseMilliseconds + jitter)
        pauseMilliseconds = min(pauseMilliseconds * 2, PeerLink.pauseMillisecondsMax)
        let this = NIOLoopBound(self, eventLoop: loop)
        redial = loop.scheduleTask(in: pause) { this.value.dial() }
    }

    func close() {
        redial?.cancel()
        let old = state
        state = .closed
        switch old {
        case .greeting(let channel), .open(let channel): channel.close(promise: nil)
        case .idle, .dialling, .closed: break
        }
    }
}

/// The calling side of a link: greets, and reads nothing but the answer to that.
private final class CallerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: PeerLink
    private var reader = FrameReader()

    init(link: PeerLink) {
        self.link = link
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        reader.append(&bytes)
        do {
            while let content = try reader.next() {
                link.received(content)
            }
        } catch {
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        link.closedByPeer()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
