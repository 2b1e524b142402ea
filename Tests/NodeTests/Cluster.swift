import Causality
import Membership
import Primitives
import Quorum
import Replica
import Ring
import Wire

@testable import Node

/// Several nodes in one deterministic world: a virtual clock, links that deliver in order and can
/// be cut or go silent, stores with a delay; the seed decides how long everything takes.
///
/// Every message passes through its real encoding.
final class Cluster {
    /// One member: its node, its store, and what a test may do to it.
    struct Process {
        var node: Node
        var store: MemoryStore
        /// Goes up with every start; what was under way for an earlier one is dropped.
        var incarnation = 0
        var isUp = true
        /// Whether batches wait before they become durable.
        var holdsCommits = false
        /// Whether the next batches fail.
        var failure: StoreFailure?
        var wallOffsetMilliseconds: Int64 = 0
        var wakeAt: UInt64?
    }

    /// Something that will happen.
    struct Pending {
        enum Kind {
            case event(Event)
            case frame(from: Int, [UInt8])
            case batch
            case commit
            case wake
        }

        let at: UInt64
        let sequence: UInt64
        let target: Int
        let incarnation: Int
        /// The generation of the link it travels on.
        let link: (from: Int, generation: Int)?
        let kind: Kind
    }

    static let wallStart: UInt64 = 1_700_000_000_000

    let state: ClusterState
    let settings: NodeSettings
    var random: RandomStream
    var processes: [Process] = []
    /// The virtual time in nanoseconds.
    private(set) var now: UInt64 = 1_000_000_000
    private var sequence: UInt64 = 0
    /// What will happen, latest first.
    private var pending: [Pending] = []
    var links: [Link] = []
    private var lastToken: UInt64 = 0
    /// All replies to every token, in order.
    private(set) var replies: [ClientToken: [ClientReply]] = [:]
    private(set) var notes: [(member: Int, note: Note)] = []
    private(set) var stops: [(member: Int, reason: StopReason)] = []
    /// Every message that was sent, whether or not it arrived.
    private(set) var sent: [(from: Int, to: Int, message: Message)] = []
    private var clocks: [(from: Int, clock: HybridTimestamp)] = []
    /// How often every frame is delivered.
    var copiesOfFrames = 1

    init(
        members count: Int, seed: UInt64 = 1, settings: NodeSettings = NodeSettings(),
        defaults: BucketProperties = BucketProperties(),
        messageLifetimeMilliseconds: UInt64 = ClusterState.defaultMessageLifetimeMilliseconds
    ) throws {
        let members = (0..<count).map { index in
            Member(
                name: "n\(index)", zone: "z\(index)", client: "c\(index):1",
                peer: "p\(index):1", http: "h\(index):1")
        }
        let placement = try Placement(initial: members, partitions: 16)
        state = ClusterState(
            name: "test", version: 1, placement: placement, defaults: defaults,
            messageLifetimeMilliseconds: messageLifetimeMilliseconds)
        self.settings = settings
        random = RandomStream(seed: seed)
        links = Array(repeating: Link(), count: count * count)
        for index in 0..<count {
            let node = NodeID(UInt64(index) + 100)
            let store = MemoryStore(node: node, run: drawRun())
            processes.append(try process(index, store))
        }
        for index in 0..<count { handle(.started, at: index) }
        for left in 0..<count {
            for right in 0..<left { open(left, right) }
        }
        run(milliseconds: 500)
    }

    var count: Int { processes.count }

    func drawRun() -> UInt32 { UInt32(truncatingIfNeeded: random.next() >> 33) + 1 }

    struct NoSuchMember: Error {}

    func process(_ index: Int, _ store: MemoryStore) throws -> Process {
        var settings = settings
        settings.seed = random.next()
        let node = Node(
            name: "n\(index)", recovered: store.recovered, cluster: state,
            settings: settings, at: instant(wallOffset: 0))
        guard let node else { throw NoSuchMember() }
        return Process(node: node, store: store)
    }

    private func instant(wallOffset: Int64) -> Instant {
        let wall = (Int64(Cluster.wallStart) + wallOffset) * 1_000 + Int64(now / 1_000)
        return Instant(nanoseconds: now, wallMicroseconds: UInt64(wall))
    }

    // MARK: Time

    func schedule(
        _ kind: Pending.Kind, at time: UInt64, on target: Int,
        link: (from: Int, generation: Int)? = nil
    ) {
        sequence += 1
        let entry = Pending(
            at: time, sequence: sequence, target: target,
            incarnation: processes[target].incarnation, link: link, kind: kind)
        var low = 0
        var high = pending.count
        while low < high {
            let middle = (low + high) / 2
            if (pending[middle].at, pending[middle].sequence) > (time, sequence) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        pending.insert(entry, at: low)
    }

    /// Lets time pass.
    func run(milliseconds: UInt64) {
        let end = now + milliseconds * 1_000_000
        while let next = pending.last, next.at <= end { step() }
        now = end
    }

    /// Lets time pass until there is a reply, at most for so long; the first reply.
    func reply(to token: ClientToken, within milliseconds: UInt64 = 120_000) -> ClientReply? {
        let end = now + milliseconds * 1_000_000
        while replies[token] == nil, let next = pending.last, next.at <= end { step() }
        return replies[token]?.first
    }

    private func step() {
        guard let next = pending.popLast() else { return }
        now = max(now, next.at)
        let process = processes[next.target]
        guard process.isUp, process.incarnation == next.incarnation else { return }
        if let link = next.link {
            let current = self[link.from, next.target]
            guard current.generation == link.generation else { return }
        }
        carryOut(next)
    }

    private func carryOut(_ next: Pending) {
        switch next.kind {
        case .event(let event): handle(event, at: next.target)
        case .frame(let from, let bytes): receive(bytes, from: from, at: next.target)
        case .batch: beginBatch(next.target)
        case .commit: commit(next.target)
        case .wake:
            guard processes[next.target].wakeAt == next.at else { return }
            processes[next.target].wakeAt = nil
            handle(.timer, at: next.target)
        }
    }

    func delay(_ microseconds: ClosedRange<UInt64>) -> UInt64 {
        UInt64.random(in: microseconds, using: &random) * 1_000
    }

    // MARK: Nodes

    /// Asks a node for a client.
    func ask(_ request: ClientRequest, at member: Int) -> ClientToken {
        lastToken += 1
        let token = ClientToken(lastToken)
        handle(.client(token, request), at: member)
        return token
    }

    func handle(_ event: Event, at member: Int) {
        guard processes[member].isUp else { return }
        var effects: [Effect] = []
        let instant = instant(wallOffset: processes[member].wallOffsetMilliseconds)
        processes[member].node.handle(event, at: instant, into: &effects)
        for effect in effects { carryOut(effect, of: member) }
    }

    private func carryOut(_ effect: Effect, of member: Int) {
        switch effect {
        case .send(let target, let envelope):
            sent.append((member, Int(target.raw), envelope.message))
            clocks.append((member, envelope.clock))
            transmit(FrameContent.message(envelope).encoded(), from: member, to: Int(target.raw))
        case .reply(let token, let reply): replies[token, default: []].append(reply)
        case .store(let command, let ticket): store(command, ticket, member)
        case .wake(let time):
            processes[member].wakeAt = time
            schedule(.wake, at: max(time, now), on: member)
        case .note(let note): notes.append((member, note))
        case .stop(let reason): stops.append((member, reason))
        }
    }

    /// The clock readings that a member sent, in order.
    func clocksSent(by member: Int) -> [HybridTimestamp] {
        clocks.filter { $0.from == member }.map(\.clock)
    }

    private func receive(_ bytes: [UInt8], from: Int, at member: Int) {
        guard case .message(let envelope)? = try? Frame.decode(bytes[...]) else {
            preconditionFailure("a frame that was sent cannot be decoded")
        }
        handle(.message(from: MemberIndex(UInt16(from)), envelope), at: member)
    }

    // MARK: Stores

    private func store(_ command: ReplicaCommand, _ ticket: StoreTicket, _ member: Int) {
        processes[member].store.waiting.append((command, ticket))
        guard processes[member].store.waiting.count == 1 else { return }
        if !processes[member].store.isCommitting {
            schedule(.batch, at: now + delay(1...300), on: member)
        }
    }

    private func beginBatch(_ member: Int) {
        guard !processes[member].store.isCommitting else { return }
        let (reads, applied) = processes[member].store.beginBatch()
        for read in reads { handle(.stored(read.ticket, read.reply), at: member) }
        for (ticket, receipt) in applied { handle(.applied(ticket, receipt), at: member) }
        guard processes[member].store.isCommitting else { return beginNext(member) }
        if !processes[member].holdsCommits {
            schedule(.commit, at: now + delay(500...4_000), on: member)
        }
    }

    func commit(_ member: Int) {
        guard processes[member].store.isCommitting, !processes[member].holdsCommits else { return }
        let answers = processes[member].store.endBatch(
            failure: processes[member].failure, nextRun: drawRun())
        for answer in answers { handle(.stored(answer.ticket, answer.reply), at: member) }
        beginNext(member)
    }

    private func beginNext(_ member: Int) {
        guard !processes[member].store.waiting.isEmpty else { return }
        schedule(.batch, at: now + delay(1...300), on: member)
    }
}
