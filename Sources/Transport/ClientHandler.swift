import Commands
import DequeModule
import NIOCore
import Primitives
import Quorum
import RESP

/// One client connection: bytes to commands, replies to bytes, in the order of the commands.
///
/// Commands of one connection run side by side unless they touch the same key: a client that
/// pipelines a SET and a GET of one key sees its own write. Reading stops while too many commands
/// are in flight or the client does not take its answers. Confined to the loop.
final class ClientHandler: ChannelInboundHandler, Flushable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The most commands in flight on one connection.
    private static let commandsMax = 512
    /// The most bytes of answers that wait for one client.
    private static let answerBytesMax = 8 << 20

    private let listener: ClientListener
    private var session: CommandSession
    private var parser = RESPParser()
    private var writer = RESPWriter()
    private var unread = ByteBuffer()
    private var context: ChannelHandlerContext?
    private var inFlight = Deque<CommandInFlight>()
    private var keys = KeysInFlight()
    /// A command that was read and must wait for the ones before it.
    private var held: (command: RESPCommand, plan: CommandPlan)?
    private var isDirty = false
    private var isClosing = false
    private var isReading = true
    private var isWorking = false

    init(listener: ClientListener) {
        self.listener = listener
        session = CommandSession(environment: listener.environment, id: 0)
    }

    // MARK: Channel events

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        guard let id = listener.accept(context.channel) else {
            writer.error("ERR max number of clients reached")
            isClosing = true
            flush()
            return
        }
        session = CommandSession(environment: listener.environment, id: id)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        isClosing = true
        inFlight.removeAll()
        held = nil
        listener.closed(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        var bytes = unwrapInboundIn(data)
        if unread.readableBytes == 0 {
            unread = bytes
        } else {
            unread.writeBuffer(&bytes)
        }
        work()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        work()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    // MARK: Commands

    /// Carries out what was read, as far as limits and order allow.
    private func work() {
        guard !isWorking else { return }
        isWorking = true
        while hasRoom, !isClosing, resumeHeld(), let command = nextCommand() {
            begin(command)
        }
        isWorking = false
        regulateReading()
        markDirty()
    }

    private var hasRoom: Bool {
        guard let context else { return false }
        return inFlight.count < ClientHandler.commandsMax && context.channel.isWritable
            && writer.bytes.count < ClientHandler.answerBytesMax
    }

    private func nextCommand() -> RESPCommand? {
        while unread.readableBytes > 0 {
            do {
                let step = try unread.withUnsafeReadableBytes { try parser.parse($0) }
                switch step {
                case .incomplete: return nil
                case .consume(let count): drop(count)
                case .oversized(let oversized, let consumed):
                    drop(consumed)
                    answer { $0.error(oversized.answer) }
                case .command(let command, let consumed):
                    drop(consumed)
                    return command
                }
            } catch {
                answer { $0.error("ERR \(error)") }
                isClosing = true
                return nil
            }
        }
        return nil
    }

    private func drop(_ count: Int) {
        unread.moveReaderIndex(forwardBy: count)
        if unread.readableBytes == 0 {
            unread = ByteBuffer()
        }
    }

    private func begin(_ command: RESPCommand) {
        var plan = CommandPlan.answered
        answer { plan = session.begin(command, at: listener.clock(), into: &$0) }
        switch plan {
        case .answered: return
        case .answeredAndClose: isClosing = true
        case .ask(let requests, let step):
            guard keys.admits(requests) else {
                held = (command, plan)
                return
            }
            ask(requests, step)
        }
    }

    /// Goes on with the command that was held; false while it must still wait.
    private func resumeHeld() -> Bool {
        guard let waiting = held else { return true }
        guard case .ask(let requests, let step) = waiting.plan, keys.admits(requests) else {
            return false
        }
        held = nil
        ask(requests, step)
        return true
    }

    private func ask(_ requests: [ClientRequest], _ step: CommandStep) {
        keys.add(requests)
        let command = CommandInFlight(step, requests)
        inFlight.append(command)
        send(requests, for: command)
    }

    private func send(_ requests: [ClientRequest], for command: CommandInFlight) {
        for (index, request) in requests.enumerated() {
            listener.ask(request) { [weak self] reply in
                self?.take(reply, index, for: command)
            }
        }
    }

    // MARK: Answers

    /// Writes an answer that needs no request, behind those of the commands before it.
    private func answer(_ write: (inout RESPWriter) -> Void) {
        guard !inFlight.isEmpty else {
            write(&writer)
            return
        }
        var own = RESPWriter(version: writer.version)
        write(&own)
        if !own.bytes.isEmpty {
            inFlight.append(CommandInFlight(answer: own.bytes))
        }
        writer.version = own.version
    }

    private func take(_ reply: ClientReply, _ index: Int, for command: CommandInFlight) {
        guard command.take(reply, index), context != nil else { return }
        if inFlight.first === command {
            finish(command, &writer)
            releaseFinished()
        } else {
            var own = RESPWriter(version: writer.version)
            finish(command, &own)
            if command.isFinished {
                command.answer = own.bytes
            }
        }
        markDirty()
        work()
    }

    /// Makes an answer of the replies, or asks what they lead to.
    private func finish(_ command: CommandInFlight, _ writer: inout RESPWriter) {
        guard let step = command.step else { return }
        let plan = session.finish(step, command.takeReplies(), into: &writer)
        guard case .ask(let requests, let next) = plan else {
            keys.remove(command.requests)
            command.isFinished = true
            return
        }
        command.goOn(next, count: requests.count)
        send(requests, for: command)
    }

    private func releaseFinished() {
        while let first = inFlight.first, first.isFinished {
            if let answer = first.answer {
                writer.append(encoded: answer)
            }
            inFlight.removeFirst()
        }
    }

    private func markDirty() {
        guard !isDirty, context != nil else { return }
        guard !writer.bytes.isEmpty || isClosing else { return }
        isDirty = true
        listener.turn.flushAtEnd(self)
    }

    func flush() {
        isDirty = false
        guard let context else { return }
        if !writer.bytes.isEmpty {
            let bytes = context.channel.allocator.buffer(bytes: writer.bytes)
            writer.removeAll()
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }
        if isClosing, inFlight.isEmpty {
            context.close(promise: nil)
        }
    }

    /// Reads from the socket only while there is room to work on what comes.
    private func regulateReading() {
        let wanted = hasRoom && held == nil
        guard wanted != isReading, let context else { return }
        isReading = wanted
        context.channel.setOption(.autoRead, value: wanted).whenComplete { _ in }
        if wanted {
            context.read()
        }
    }
}

extension RESPOversized {
    /// The error for a command that was skipped.
    var answer: String {
        "ERR too large: an argument of \(largestArgumentBytes) bytes in a command of "
            + "\(commandBytes) bytes"
    }
}
