import Causality
import Membership
import Node
import Primitives
import Replica
import Ring

/// What a run puts down besides its verdict.
package struct RunOptions: Sendable {
    /// How much is logged; nil for nothing.
    package var log: LogLevel?
    /// The virtual times in nanoseconds from which and until which is logged.
    package var logged: ClosedRange<UInt64> = 0...UInt64.max
    /// Whether the report has a timeline.
    package var hasTimeline = false
    /// Whether the run ends with its freshness workload, and not with everything healed and judged.
    package var endsWithFreshness = false

    /// Nothing but the verdict.
    package init() {}
}

/// A world in which a plan comes true: the real nodes, stores and messages over virtual time, a
/// network, disks, clocks and processes that fail as planned.
///
/// One event after the other, in one thread; time jumps to the next event. Handling takes no time
/// unless the plan has nodes compute. Every message passes through its real encoding, every request
/// of a client through the real protocol.
package final class Simulation {
    /// The most events in a run.
    static let eventsMax = 50_000_000
    /// The most events at one instant: beyond it nodes keep each other busy without end.
    static let eventsAtOnceMax = 20_000
    /// The most events under way.
    static let pendingMax = 1_000_000

    let plan: Plan
    let world: World
    let options: RunOptions
    let cluster: ClusterState
    let keys: [Key]
    /// Per key the members behind its owners, in the order in which they stand in.
    let fallbacks: [[Int]]

    var now: UInt64 = 0
    var queue: EventQueue<Happening>
    var trace = Trace()
    var judge: Judge
    var coverage = Coverage()
    var processes: [SimulatedProcess] = []
    var links: [SimulatedLink] = []
    var clients: [SimulatedClient] = []
    var noise: NetworkNoise
    var diskNoise: DiskNoise
    /// The cuts that faults made, to be mended by `heal`.
    var cuts: [(from: Int, to: Int)] = []
    /// Nodes that clients cannot reach, and until when.
    var clientCuts: [UInt64]
    /// The nodes that are healed; nil before.
    var core: [Int]?
    /// Whether everything is healed.
    var isHealed = false
    /// From when every request that can be served must succeed.
    var liveFrom: UInt64?
    var healedAt: UInt64 = 0
    /// When the last request ended; nil before.
    var quietAt: UInt64?
    /// Whether the last request has ended, too.
    var isQuiet = false
    /// Since when the replicas agree; nil while they do not.
    var agreedAt: UInt64?
    /// When the nodes were asked to scrub what they keep.
    var scrubbingSince: UInt64 = 0
    /// How many tombstones each node had removed by then.
    var removedBeforeScrub: [Int] = []
    /// How far any calendar ever was ahead of true time, in milliseconds.
    var latestSkew: Int64 = 0
    var isOver = false
    /// Whether it ends although not everything was healed and judged.
    var isCutShort = false
    /// The freshness workload; nil where there is none.
    var freshness: Freshness?
    /// How long the messages of requests take; nil where they are as fast as all others.
    var delays: DelayDraws?
    var eventsAtThisInstant = 0

    /// Effects of the event being handled; kept to spare an allocation each.
    var effects: [Effect] = []
    /// Events that arose while effects were carried out.
    var consequences: [Event] = []
    var log: [LogLine] = []
    /// The names in the log.
    let words: LogWords
    var timeline = TimelineRecorder()
    /// Reads that are left before the replicas are compared again.
    var finalReads: [(key: Int, node: Int)] = []
    var finalRound = 0
    var report: RunReport

    /// A world for a plan; nothing happens before `run`.
    package init(_ plan: Plan, options: RunOptions = RunOptions()) {
        let expanded = plan.expanded()
        self.plan = expanded
        self.options = options
        world = expanded.world
        cluster = Simulation.cluster(of: expanded.world)
        keys = (0..<expanded.world.keys).map(Simulation.key)
        let state = cluster
        fallbacks = keys.map { Simulation.standIns(of: $0, in: state) }
        queue = EventQueue(ties: RandomStream(root: expanded.seed, name: "schedule"))
        noise = expanded.world.network
        diskNoise = expanded.world.disk
        judge = Judge(world: expanded.world, keys: keys)
        words = LogWords(keys: judge.keyIndex)
        clientCuts = Array(repeating: 0, count: expanded.world.nodes)
        report = RunReport(plan: plan)
        delays = DelayDraws(expanded.world, seed: expanded.seed)
        judge.owners = keys.map { Simulation.owners(of: $0, in: cluster) }
        judge.history.reserveCapacity(expanded.operations.count * 2)
        populate()
    }

    /// Lets everything happen; once only.
    package func run() -> RunReport {
        begin()
        while !isOver, !isCutShort, !judge.hasEnough, let time = queue.nextAt {
            let next = queue.removeFirst()
            advance(to: time)
            guard checkLimits() else { break }
            trace.begin(at: time, next.kind, next.target)
            handle(next)
        }
        return finish()
    }

    private func advance(to time: UInt64) {
        eventsAtThisInstant = time > now ? 0 : eventsAtThisInstant + 1
        now = max(now, time)
        judge.now = now
    }

    private func checkLimits() -> Bool {
        if trace.events >= Simulation.eventsMax {
            judge.find(.limit, "\(Simulation.eventsMax) events were handled and it is not over")
        } else if eventsAtThisInstant > Simulation.eventsAtOnceMax {
            judge.find(.limit, "events follow each other without time moving")
        } else if queue.count > Simulation.pendingMax {
            judge.find(.limit, "\(queue.count) events are under way")
        } else {
            return true
        }
        return false
    }

    // MARK: The world

    private static func cluster(of world: World) -> ClusterState {
        let members = (0..<world.nodes).map { index in
            Member(
                name: "n\(index + 1)", zone: "z\(index % world.zones + 1)",
                client: "n\(index + 1):1", peer: "n\(index + 1):2", http: "n\(index + 1):3")
        }
        var defaults = BucketProperties()
        defaults.n = world.n
        defaults.r = .count(world.r)
        defaults.w = .count(world.w)
        defaults.conflict = world.conflict
        defaults.readRepair = world.readRepair
        defaults.isSloppy = world.isSloppy
        guard
            let placement = try? Placement(
                initial: members, partitions: world.partitions, copies: world.n)
        else { preconditionFailure("a plan's cluster is impossible") }
        return ClusterState(
            name: "simulated", version: 1, placement: placement, defaults: defaults,
            messageLifetimeMilliseconds: UInt64(world.node.messageLifetimeMilliseconds))
    }

    /// The name of a key; every seventh is longer than a byte can count.
    static func key(_ index: Int) -> Key {
        let filler = index % 7 == 6 ? String(repeating: "x", count: 300) : ""
        let bytes = Bytes(text: "k\(index + 1)\(filler)")
        guard let key = Key(bucket: Bytes(text: "default"), key: bytes) else {
            preconditionFailure("a simulated key is impossible")
        }
        return key
    }

    /// The owners of a key by the documented rule: the top bits of its hash name the partition, and
    /// the first n members of its list own it.
    private static func owners(of key: Key, in cluster: ClusterState) -> [Int] {
        let partitions = UInt64(cluster.placement.ring.partitionCount)
        let partition = key.hash.high.multipliedFullWidth(by: partitions).high
        let list = cluster.placement.preferenceList(
            for: Partition(UInt32(partition)), n: cluster.defaults.n)
        return list.primaries.map { Int($0.raw) }
    }

    private func populate() {
        let seed = plan.seed
        for index in 0..<world.nodes {
            let clock = VirtualClock(
                skewMilliseconds: world.clockSkewMilliseconds[safe: index] ?? 0,
                driftPPM: world.clockDriftPPM[safe: index] ?? 0)
            processes.append(
                SimulatedProcess(
                    index: index, medium: medium(of: index), clock: clock, seed: seed,
                    clients: world.clients + 1))
        }
        for from in 0..<world.nodes {
            for to in 0..<world.nodes {
                links.append(SimulatedLink(from: from, to: to, seed: seed))
            }
        }
        // One client more than planned: whoever reads everything in the end.
        for index in 0...world.clients {
            let operations = plan.operations.filter { $0.client == index }
            clients.append(
                SimulatedClient(index: index, operations: operations, world: world, seed: seed))
        }
    }

    private func begin() {
        checkPlacement()
        for process in processes { start(process) }
        rememberCalendars()
        for index in plan.faults.indices {
            queue.add(.fault(index), at: plan.faults[index].at)
        }
        for client in clients where !client.operations.isEmpty {
            queue.add(.operation(client: client.index), at: client.operations[0].at)
        }
        queue.add(.phase(.heal), at: world.safetyNanoseconds)
        beginFreshness()
        if options.hasTimeline { queue.add(.sample, at: 0) }
    }

    private func checkPlacement() {
        judge.check(.ring, times: keys.count)
        for (key, owners) in judge.owners.enumerated() {
            let distinct = Set(owners).count
            let expected = min(world.n, world.nodes)
            if distinct != owners.count || distinct != expected {
                judge.find(
                    .ring, key: key, "a key has \(distinct) distinct owners, not \(expected)")
            }
            let zones = Set(owners.map { $0 % world.zones }).count
            if zones < min(world.zones, expected) {
                judge.find(.ring, key: key, "the owners of a key lie in only \(zones) zones")
            }
        }
    }

    func link(_ from: Int, _ to: Int) -> SimulatedLink { links[from * world.nodes + to] }
}

extension Array {
    /// The element at an index, nil beyond the end.
    subscript(safe index: Int) -> Element? {
        indices.contains(index) ? self[index] : nil
    }
}
