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

    private var events: [Event] = []
    private var effects: [Effect] = []
    private var isHandling = false
    private var replies: [UInt64: (ClientReply) -> Void] = [:]
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
        lastToken += 1
        replies[lastToken] = reply
        handle(.client(ClientToken(lastToken), request))
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

    func take(_ phase: StorePhase, _ answers: [(ticket: StoreTicket, reply: ReplicaReply)]) {
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
            replies.removeValue(forKey: token.raw)?(reply)
        case .store(let command, let ticket):
            if commands.isEmpty {
                turn.runAtEnd { [self] in submitCommands() }
            }
            commands.append((command, ticket))
        case .wake(let nanoseconds):
            wake(at: nanoseconds)
        case .note(let note):
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
