import Primitives
import Ring
import Staleness

/// Everything that decides a run: the world, what clients ask, and what goes wrong and when.
///
/// A run is a pure function of its plan. A seed is drawn into a plan first, so that replaying is
/// running the plan again, and shrinking is running a smaller one. Only the noise of network and
/// disk is drawn while the run goes on, from streams named after links and disks, so that taking
/// out one fault does not shift the others. Times are true time since the start in nanoseconds.
package struct Plan: Equatable, Sendable {
    /// The scenario's name, or empty.
    package var name = ""
    /// What the plan is about, in protocol words, one line each.
    package var story: [String] = []
    /// The root of all random streams.
    package var seed: UInt64
    /// The profile from which the plan was drawn, or empty.
    package var profile = ""
    /// The cluster and its surroundings.
    package var world: World
    /// Requests that are drawn when the run begins; a shrunk plan lists `operations` instead.
    package var workloads: [Workload] = []
    /// Requests, ascending by time.
    package var operations: [PlannedOperation] = []
    /// What goes wrong, ascending by time.
    package var faults: [PlannedFault] = []
    /// The oracle that the run must trip, by its identifier; nil where it must pass.
    package var expectedViolation: String?

    /// A plan of a world in which nothing happens yet.
    package init(seed: UInt64, world: World = World()) {
        self.seed = seed
        self.world = world
    }
}

/// The kinds of store that a run can have.
package enum StoreKind: String, CaseIterable, Sendable {
    /// A dictionary with the decisions of the real store: fast, for disks without faults.
    case dictionary
    /// The real store on a simulated disk.
    case sqlite
}

/// How messages travel.
package enum TransportKind: String, CaseIterable, Sendable {
    /// As TCP: in order per connection; loss is a stall, then a reset.
    case stream
    /// As it likes: lost, doubled, late, in any order.
    case datagram
}

/// The cluster and its surroundings as they are when a run begins.
package struct World: Equatable, Sendable {
    /// How many nodes, named n1, n2, ….
    package var nodes = 5
    /// How many zones, dealt round robin.
    package var zones = 1
    /// How many partitions; a power of two.
    package var partitions = 16
    /// Copies of every key.
    package var n = 3
    /// Answers that a read waits for.
    package var r = 2
    /// Durable copies that a write waits for.
    package var w = 2
    /// What becomes of concurrent writes.
    package var conflict = ConflictResolution.siblings
    /// When reads repair replicas that know less.
    package var readRepair = ReadRepairMode.async
    /// Whether fallbacks take the place of primaries that cannot be reached.
    package var isSloppy = true
    /// What the nodes store on.
    package var store = StoreKind.dictionary
    /// How messages travel between nodes.
    package var transport = TransportKind.stream
    /// Until when faults may happen; then everything is healed.
    package var safetyNanoseconds: UInt64 = 60_000_000_000
    /// How many keys there are; key 0 is the most popular.
    package var keys = 10
    /// How many clients there are.
    package var clients = 4
    /// How long a client waits for an answer before it gives up and connects anew.
    package var clientPatienceNanoseconds: UInt64 = 8_000_000_000
    /// Seconds between the calendar of the first node and true time, and so on; 0 beyond the end.
    package var clockSkewMilliseconds: [Int64] = []
    /// By how many millionths the clocks of the nodes run fast; 0 beyond the end.
    package var clockDriftPPM: [Int64] = []
    /// The mean time that a node takes for an event; 0 where handling takes no time.
    package var serviceNanosecondsMean: UInt64 = 0
    /// Nodes that may lose or falsify what is durable; fewer than any quorum can spare.
    package var destructible: [Int] = []
    /// Whether more than the quorums can spare may be destroyed; then losses need only be reported.
    package var isOverBudget = false
    /// The network's noise at the start.
    package var network = NetworkNoise()
    /// The disks' noise at the start; anything but latencies needs the real store.
    package var disk = DiskNoise()
    /// Settings of the nodes.
    package var node = NodeKnobs()
    /// How long the messages of requests take; nil where they are like all others.
    ///
    /// W, A, R and S of WARS. Every message draws for itself, and deliberately may overtake earlier
    /// ones, also on streams, as in the model. Until everything is healed stores then take no time,
    /// and every other message a microsecond: heartbeats, exchanges, and puts that are forwarded to
    /// a primary, for which the model has no delay.
    package var delays: DelayFit?
    /// Writes and reads that show how stale reads are.
    package var freshness = FreshnessWorkload()

    /// How far the clients' calendar is ahead of true time: as far as the nodes' median.
    var clientSkewMilliseconds: Int64 {
        let skews = (0..<nodes).map { clockSkewMilliseconds[safe: $0] ?? 0 }
        return skews.sorted()[nodes / 2]
    }

    /// A calm world of five nodes.
    package init() {}
}

/// The network's noise; probabilities are per message.
package struct NetworkNoise: Equatable, Sendable {
    /// The least time between two nodes.
    package var latencyNanoseconds: UInt64 = 200_000
    /// The mean of what is added, exponentially distributed.
    package var jitterNanosecondsMean: UInt64 = 100_000
    /// How often a message is held up.
    package var tailProbability = 0.0
    /// For how long at most.
    package var tailNanosecondsMax: UInt64 = 500_000_000
    /// Messages lost: stalled on a stream, gone on datagrams.
    package var loss = 0.0
    /// Datagrams delivered twice.
    package var duplication = 0.0
    /// Datagrams that overtake earlier ones.
    package var overtaking = 0.0
    /// Connections that break.
    package var resets = 0.0
    /// Of the connections that break, how many after delivering what they carried.
    package var ambiguity = 0.5
    /// Frames of which bits are flipped.
    package var corruption = 0.0
    /// Bytes per second of every link, 0 for no limit.
    package var bytesPerSecond: UInt64 = 0

    /// A quiet local network.
    package init() {}
}

/// The disks' noise; probabilities are per call.
package struct DiskNoise: Equatable, Sendable {
    /// The mean time of reading or writing one page.
    package var pageNanosecondsMean: UInt64 = 50_000
    /// The least time of a sync.
    package var syncNanoseconds: UInt64 = 500_000
    /// The mean of what is added to it.
    package var syncNanosecondsMean: UInt64 = 500_000
    /// Failing reads.
    package var readError = 0.0
    /// Failing writes.
    package var writeError = 0.0
    /// Failing syncs.
    package var syncError = 0.0
    /// Pages whose bits flip when they are read; on destructible nodes only.
    package var rot = 0.0

    /// A good disk.
    package init() {}

    /// Whether it needs the real store.
    package var hasFaults: Bool { readError + writeError + syncError + rot > 0 }
}

/// Settings of the nodes that a run may vary.
package struct NodeKnobs: Equatable, Sendable {
    /// How long a request may take.
    package var timeoutMilliseconds: UInt32 = 5_000
    /// How often heartbeats are sent.
    package var heartbeatMilliseconds: UInt32 = 200
    /// After how long a silence a member is suspected.
    package var suspectMilliseconds: UInt32 = 900
    /// After how long a suspicion it is called down.
    package var downMilliseconds: UInt32 = 5_000
    /// The most siblings of a key.
    package var siblingsMax = 100
    /// The most client requests in flight at a node.
    package var requestsMax = 20_000
    /// How long after an exchange a node begins the next one.
    package var exchangeMilliseconds: UInt32 = 10_000
    /// For how long a node rests between scrubs of what it keeps.
    package var scrubMilliseconds: UInt32 = 3_600_000
    /// The most bytes of hints at a node.
    package var hintBytesMax = 1 << 30
    /// For how long after it was up new hints are kept for a member.
    package var hintWindowMilliseconds: UInt32 = 10_800_000
    /// For how long a record is believed after it was read from a store; alike on all nodes.
    package var messageLifetimeMilliseconds: UInt32 = 300_000
    /// The page cache of the real store, in KiB.
    package var cacheKibibytes = 256
    /// After how many pages in its log the real store moves them into the database.
    package var checkpointPages: Int32 = 40

    /// The defaults of production, with a small cache and frequent checkpoints.
    package init() {}
}

/// What a client does at some time.
package enum OperationKind: String, CaseIterable, Sendable {
    /// Reads with `DYNA.GET` and keeps the context.
    case get
    /// Writes with `DYNA.PUT` without a context.
    case blind
    /// Reads, then writes with the context that came back.
    case update
    /// Writes with the context that the client kept from whenever it last read the key.
    case stale
    /// Reads, then deletes with the context that came back.
    case delete
    /// Deletes without a context; concurrent with everything.
    case blindDelete = "blind-delete"
    /// Plain `SET`: overwrites what its coordinator knows.
    case set
    /// Plain `GET`: the newest value.
    case read
    /// Asks for status, ring or count: changes nothing and must always be answered.
    case admin
    /// Has the key repaired with `DYNA.REPAIR`: read from all its replicas, and stored by each.
    case repair
}

extension OperationKind {
    /// Whether it writes a value, which may be one that expires.
    package var writesValue: Bool {
        switch self {
        case .blind, .update, .stale, .set: true
        case .get, .delete, .blindDelete, .read, .admin, .repair: false
        }
    }
}

/// One thing that a client does; what it takes several requests for is one thing.
package struct PlannedOperation: Equatable, Sendable {
    /// When, or as soon as the client is done with what came before.
    package var at: UInt64
    /// Which client, from 0.
    package var client: Int
    /// What.
    package var kind: OperationKind
    /// Which key, from 0.
    package var key: Int
    /// How long a value.
    package var bytes: Int
    /// Through which node, from 0; nil for the one the client is connected to.
    package var node: Int?
    /// Whether an unknown outcome is tried again under the same operation id.
    package var isRetried: Bool
    /// After how many milliseconds the value expires; nil where it stays.
    package var ttlMilliseconds: UInt64?

    /// One thing that a client does.
    package init(
        at: UInt64, client: Int, _ kind: OperationKind, key: Int, bytes: Int = 16
    ) {
        self.at = at
        self.client = client
        self.kind = kind
        self.key = key
        self.bytes = bytes
        isRetried = false
    }
}

/// Requests that are drawn from the plan's seed when the run begins.
package struct Workload: Equatable, Sendable {
    /// Which mix of operations.
    package enum Mix: String, CaseIterable, Sendable {
        /// Reads, updates with context, blind and stale writes, deletes.
        case causal
        /// Updates only: siblings are merged as they come.
        case set
        /// Creates, deletes and creates again.
        case deletes = "delete-heavy"
        /// One key takes nine of ten operations.
        case hot = "hot-key"
        /// Values of up to 64 KiB.
        case large = "large-values"
        /// Plain Redis commands.
        case plain
        /// Writes that are tried again until their outcome is known.
        case retry
        /// Blind writes only: siblings pile up.
        case blind
        /// Clients that change nodes all the time and carry their contexts along.
        case session
        /// Status, ring and counts, with some reads.
        case admin
    }

    /// The mix.
    package var mix: Mix
    /// Requests per second, all clients together.
    package var rate: Double
    /// From when.
    package var from: UInt64
    /// Until when.
    package var until: UInt64
    /// How many of the values that are written expire, as a share.
    package var ttl = 0.0

    /// Requests of a mix.
    package init(_ mix: Mix, rate: Double, from: UInt64 = 0, until: UInt64) {
        self.mix = mix
        self.rate = rate
        self.from = from
        self.until = until
    }
}
