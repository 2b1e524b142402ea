import Foundation
import Logging
import NIOCore
import Node
import Primitives
import Quorum
import Replica
import Ring
import Store
import Transport
import Wire

/// Drives one `Node`: hands events in and carries its effects out.
///
/// Confined to the event loop; whatever happens elsewhere comes here as a task of the loop. Events
/// that arise while effects are carried out wait their turn, so that the node is never re-entered.
final class NodeDriver {
    private var node: Node
    private let loop: any EventLoop
    private let turn: Turn
    private let log: NodeLog
    private let stopped: EventLoopPromise<StopReason>

    /// Who waits for a reply.
    private struct WaitingClient {
        /// What is counted of it; nil for what the process asks itself.
        let kind: RequestMetrics.Kind?
        let since: NIODeadline
        let reply: (ClientReply) -> Void
    }

    private var events: [Event] = []
    private var effects: [Effect] = []
    private var isHandling = false
    private var replies: [UInt64: WaitingClient] = [:]
    private var metrics = NodeMetrics()
    private var lastToken: UInt64 = 0
    private var commands: [StoreThread.Waiting] = []
    private var wakeUp: Scheduled<Void>?

    /// The links to the other members; set once, before the node begins.
    var peers: PeerPool?
    /// The store's thread; set once, before the node begins.
    var store: StoreThread?

    init(
        node: Node, loop: any EventLoop, turn: Turn, log: NodeLog,
        stopped: EventLoopPromise<StopReason>
    ) {
        self.node = node
        self.loop = loop
        self.turn = turn
        self.log = log
        self.stopped = stopped
    }

    var isReady: Bool { node.isReady }

    /// One reading of both clocks.
    static func now() -> Instant {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        let microseconds = UInt64(wall.tv_sec) * 1_000_000 + UInt64(wall.tv_nsec) / 1_000
        return Instant(
            nanoseconds: NIODeadline.now().uptimeNanoseconds, wallMicroseconds: microseconds)
    }

    /// Asks the node for a client; the reply comes on the loop, once.
    func ask(_ request: ClientRequest, _ reply: @escaping (ClientReply) -> Void) {
        ask(request, countedAs: RequestMetrics.Kind(request), reply)
    }

    private func ask(
        _ request: ClientRequest, countedAs kind: RequestMetrics.Kind?,
        _ reply: @escaping (ClientReply) -> Void
    ) {
        lastToken += 1
        replies[lastToken] = WaitingClient(kind: kind, since: .now(), reply: reply)
        handle(.client(ClientToken(lastToken), request))
    }

    /// Answers a client.
    private func answer(_ token: ClientToken, _ reply: ClientReply) {
        guard let client = replies.removeValue(forKey: token.raw) else { return }
        if let kind = client.kind {
            let seconds = (NIODeadline.now() - client.since).seconds
            metrics.requests.count(kind, RequestMetrics.Outcome(reply), seconds: seconds)
        }
        client.reply(reply)
    }

    /// Gathers all metrics as text; comes on the loop, once, also where the store does not answer.
    func collectMetrics(_ done: @escaping (String) -> Void) {
        ask(.count, countedAs: nil) { [self] reply in
            var counts: RecordCounts?
            if case .count(let found) = reply { counts = found }
            var text = MetricsText()
            let queued = peers?.queuedBytes ?? []
            metrics.write(node.figures(), counts: counts, queued: queued, to: &text)
            ProcessMetrics.write(to: &text)
            text.family("dyna_build_info", .gauge, "1; the version is a label.") {
                $0.sample(1, [("version", NodeServer.version)])
            }
            done(text.text)
        }
    }

    func take(_ event: PeerEvent) {
        switch event {
        case .connected(let member): handle(.connected(member))
        case .disconnected(let member): handle(.disconnected(member))
        case .greeted(let member, let start): handle(.greeted(member, start))
        case .message(let member, let envelope): handle(.message(from: member, envelope))
        case .undelivered(let member, let request):
            handle(.undelivered(member, request: request))
        case .refused(let member, let reason): log.refused(by: member, reason)
        case .delayInjected(let what, let member): log.delayInjected(what, to: member)
        case .rejected(let address, let reason): log.rejected(address, reason)
        }
    }

    func take(_ phase: StorePhase, _ answers: StoreThread.Answers, _ commit: CommitMeasure?) {
        if let commit { metrics.count(commit) }
        for answer in answers {
            if phase == .durable {
                handle(.stored(answer.ticket, answer.reply))
            } else if case .put(let receipt) = answer.reply {
                handle(.applied(answer.ticket, receipt))
            }
        }
    }

    /// Hands an event in, after those that wait.
    func handle(_ event: Event) {
        events.append(event)
        guard !isHandling else { return }
        isHandling = true
        var next = 0
        while next < events.count {
            let event = events[next]
            next += 1
            node.handle(event, at: NodeDriver.now(), into: &effects)
            carryOutEffects()
        }
        events.removeAll(keepingCapacity: true)
        isHandling = false
    }

    private func carryOutEffects() {
        // Indices, not elements: a copy of the array would be made anew for every event.
        var next = 0
        while next < effects.count {
            let effect = effects[next]
            next += 1
            carryOut(effect)
        }
        effects.removeAll(keepingCapacity: true)
    }

    private func carryOut(_ effect: Effect) {
        switch effect {
        case .send(let member, let envelope):
            peers?.send(envelope, to: member)
        case .reply(let token, let reply):
            answer(token, reply)
        case .store(let command, let ticket):
            if commands.isEmpty {
                turn.runAtEnd { [self] in submitCommands() }
            }
            commands.append((command, ticket))
        case .wake(let nanoseconds):
            wake(at: nanoseconds)
        case .note(let note):
            metrics.repair.count(note)
            log.record(note)
        case .stop(let reason):
            stopped.succeed(reason)
        }
    }

    private func submitCommands() {
        let commands = self.commands
        self.commands = []
        store?.submit(commands)
    }

    private func wake(at nanoseconds: UInt64) {
        wakeUp?.cancel()
        let this = NIOLoopBound(self, eventLoop: loop)
        wakeUp = loop.scheduleTask(deadline: .uptimeNanoseconds(nanoseconds)) {
            this.value.handle(.timer)
        }
    }
}
