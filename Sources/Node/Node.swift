import Causality
import Membership
import Primitives
import Quorum
import Replica
import Ring
import Staleness
import Wire

/// One node as a value: events in, effects out.
///
/// `handle` is the only entry. The node reads no clock, draws no entropy and does no I/O; whoever
/// drives it, a server or a simulator, carries out its effects in order and hands their results
/// back as events. It is an assembly: coordinators, detector and clock are values of their own,
/// and what is written here is only which of them an event is for.
package struct Node: Sendable {
    let settings: NodeSettings
    let cluster: ClusterState
    let ring: Ring
    let local: MemberIndex
    let others: [MemberIndex]
    let start: NodeStart
    let hasCleanRun: Bool

    var clock: HybridClock
    var detector: FailureDetector
    var deadlines = Deadlines()
    var buckets: BucketTable
    /// Properties that are being stored, newest per bucket; the next change starts from them.
    var pendingBuckets: [Bytes: BucketEntry] = [:]
    var load = Load()
    /// The delays that this node sees as a coordinator.
    var delays: DelayTable
    /// How fresh the reads were that it coordinated.
    var freshnessCounts = ReadFreshnessCounts()
    var nextRequest: UInt64
    var gets = RequestTable<OpenGet>()
    var puts = RequestTable<OpenPut>()
    var answered = AnsweredRequests()
    var forwards: [UInt64: OpenForward] = [:]
    /// The latest forwarded puts taken from each member, by index.
    var forwarded: [RecentRequests]
    var statuses: [UInt64: OpenStatus] = [:]
    var lookups: [UInt64: OpenLookup] = [:]
    /// The exchange that this node has begun, one at a time.
    var exchange: OpenExchange?
    /// What other members' exchanges have this node look up, by member and request.
    var comparisons: [PeerRequest: OpenComparison] = [:]
    /// Whom to exchange with next in the background.
    var exchangeTurn = 0
    /// Whether this node's data counts in quorums, and what is missing until it does.
    var refill: Refill
    /// What the others said last about theirs, by index.
    var peers: [PeerState]
    /// How far a repair is that a client asked for.
    var repairRun = RepairRun()
    /// The removal of dead records.
    var reapRun = ReapRun()
    /// The latest time that was given to something read from the store.
    var latestStamp = HybridTimestamp(0)
    /// How far a scrub of this node's store is.
    var scrub = ScrubRun()
    /// What the last complete one found.
    var lastScrub: ScrubSummary?
    /// The deliveries of hints, by the index of the member they go to.
    var handoffs: [HintedHandoff]
    /// Hints on their way: which member's, and which of its page.
    var handedOff: [UInt64: (member: MemberIndex, hint: Int)] = [:]
    /// Puts that wait until the clock's lease is extended.
    var waitingPuts: [WaitingPut] = []
    var isLeaseBeingStored = false
    /// The latest known start of each member's data, by index.
    var starts: [NodeStart?]
    /// The latest start of each member that is durable or about to be, by index.
    var judged: [NodeStart?]
    /// The start that each member announced last, by index.
    var announced: [NodeStart?]
    /// Whether that start was refused: what such a member says is not listened to.
    var isRefused: [Bool]
    /// Members that accepted this start, this node included.
    var acceptances: [MemberIndex] = []
    var storeFailure: StoreFailure?
    var drain = DrainState.serving
    private var wakeAt: UInt64?

    /// A node as its store remembers it.
    ///
    /// - Parameters:
    ///   - name: which member of the cluster it is; it must be one.
    package init?(
        name: String, recovered: Recovered, cluster: ClusterState, settings: NodeSettings,
        at now: Instant
    ) {
        guard let local = cluster.index(of: name) else { return nil }
        var random = RandomStream(seed: settings.seed)
        self.settings = settings
        self.cluster = cluster
        self.local = local
        ring = cluster.placement.ring
        others = cluster.indices.filter { $0 != local }
        start = recovered.start
        hasCleanRun = recovered.cleanRun != nil
        clock = HybridClock(recoveredLease: recovered.lease)
        detector = FailureDetector(members: others, at: now, settings: settings.detector)
        buckets = BucketTable(defaults: cluster.defaults, entries: recovered.buckets)
        nextRequest = random.next() >> 1
        let size = cluster.placement.members.count
        delays = DelayTable(members: size)
        handoffs = Array(repeating: HintedHandoff(settings: settings.handoff), count: size)
        starts = Array(repeating: nil, count: size)
        forwarded = Array(repeating: RecentRequests(), count: size)
        announced = starts
        judged = starts
        isRefused = Array(repeating: false, count: size)
        refill = Refill(state: recovered.refill, members: size)
        peers = Array(repeating: PeerState(), count: size)
        for (name, identities) in recovered.past {
            guard let index = cluster.index(of: name) else { continue }
            peers[Int(index.raw)].past = identities
        }
        for memory in recovered.starts {
            if let index = cluster.index(of: memory.name) {
                starts[Int(index.raw)] = memory.start
            }
        }
        judged = starts
    }

    /// Takes in one event and says what to do about it.
    package mutating func handle(
        _ event: Event, at now: Instant, into effects: inout [Effect]
    ) {
        let first = effects.count
        switch event {
        case .started: begin(now, &effects)
        case .client(let token, let request): take(request, from: token, now, &effects)
        case .connected(let member): linkOpened(to: member, now, &effects)
        case .disconnected(let member): linkBroke(to: member, now, &effects)
        case .greeted(let member, let start): judge(start, of: member, now, &effects)
        case .message(let member, let envelope): take(envelope, from: member, now, &effects)
        case .undelivered(let member, let request):
            takeBack(request, at: member, now, &effects)
        case .applied(let ticket, let receipt):
            if case .put(let request) = ticket {
                advance(put: request, .applied(receipt), now, &effects)
            }
        case .stored(let ticket, let reply): take(reply, for: ticket, now, &effects)
        case .timer: takeDue(now, &effects)
        case .drain: beginDrain(now, &effects)
        }
        limitAnswered(now, &effects)
        finishDrainIfDone(&effects)
        renewWake(&effects)
        for effect in effects[first...] {
            if case .store = effect { load.storeCommands += 1 }
        }
    }

    /// Whether quorum requests can be served: enough members that count are up for the default
    /// bucket, and a majority accepted this start.
    ///
    /// A node that is being refilled serves them too, by the others.
    package var isReady: Bool {
        guard drain == .serving, storeFailure == nil, acceptances.count >= majority else {
            return false
        }
        let up = cluster.indices.count { isReachable($0) && isCounted($0) }
        let properties = cluster.defaults
        let primaries = min(properties.n, others.count + 1)
        let down = others.count + 1 - up
        let quorum = max(properties.readQuorum, properties.writeQuorum)
        // In a sloppy quorum it does not matter which of the members are up.
        let isServed = properties.isSloppy ? up >= quorum : primaries - down >= quorum
        return isServed && primaries - down >= max(properties.pr, properties.pw)
    }

    private mutating func begin(_ now: Instant, _ effects: inout [Effect]) {
        extendLease(now, &effects)
        deadlines.add(.period, at: now.nanoseconds)
        deadlines.add(
            .nextExchange, at: now.nanoseconds + settings.exchange.periodNanoseconds)
        deadlines.add(.reaping, at: now.nanoseconds + reapPeriodNanoseconds)
        deadlines.add(.listDead, at: now.nanoseconds + reapPeriodNanoseconds)
        restFromScrubbing(now)
        accept(by: local, &effects)
        beginRefill(now, &effects)
    }

    private mutating func takeDue(_ now: Instant, _ effects: inout [Effect]) {
        wakeAt = nil
        while let due = deadlines.pop(at: now.nanoseconds) {
            switch due {
            case .period:
                deadlines.add(
                    .period, at: now.nanoseconds + settings.detector.heartbeatNanoseconds)
                detect(.period, now, &effects)
                extendLease(now, &effects)
                countIfNothingIsMissing(now, &effects)
                // Those whose time is up must not pile up while a disk hangs.
                waitingPuts.removeAll { !puts.contains($0.request) }
            case .request(let request): expire(request, now, &effects)
            case .drain: drain = drain == .draining ? .overdue : drain
            case .handoff(let member, let number):
                handOff(.timer(number), to: member, now, &effects)
            case .exchange(let id, let number):
                advance(exchange: id, .timer(number), now, &effects)
            case .nextExchange:
                exchangeInBackground(now, &effects)
            case .refill:
                refill.isWaiting = false
                continueRefill(now, &effects)
            case .reaping: reapInBackground(now, &effects)
            case .listDead: listDead(now, &effects)
            case .scrub(let wake):
                scrubIsDue(wake, now, &effects)
            }
        }
    }

    private mutating func renewWake(_ effects: inout [Effect]) {
        guard let next = deadlines.next, wakeAt.map({ next < $0 }) ?? true else { return }
        wakeAt = next
        effects.append(.wake(at: next))
    }

    /// How many members are more than half.
    var majority: Int { (others.count + 1) / 2 + 1 }

    /// A number for a request, never used before in this run.
    mutating func newRequest() -> UInt64 {
        nextRequest += 1
        return nextRequest
    }

    /// A message to a member, with the clocks that travel along.
    mutating func send(
        _ message: Message, to member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        let envelope = Envelope(clock: clock.reading(now), sentAt: now.wallStamp, message: message)
        effects.append(.send(member, envelope))
    }

    /// The name of a member.
    func name(_ member: MemberIndex) -> String {
        cluster.member(member).name
    }

    /// Whether a member can be asked: this node itself, or one that is up.
    func isReachable(_ member: MemberIndex) -> Bool {
        member == local || detector.status(of: member) == .up
    }
}

/// What a node does about stopping.
enum DrainState: Hashable, Sendable {
    /// Nothing: it serves.
    case serving
    /// New requests are refused, those in flight go on.
    case draining
    /// Requests in flight have had their time.
    case overdue
    /// The clean-shutdown mark is being stored.
    case marking
    /// Nothing is left to do.
    case done
}

/// How much a node has taken on.
struct Load: Hashable, Sendable {
    /// Requests that are open, answered ones among them.
    var requests = 0
    /// Bytes of their values.
    var requestBytes = 0
    /// Bytes of records from other nodes that wait for the store.
    var replicaBytes = 0
    /// Commands that the store has not answered.
    var storeCommands = 0
}
