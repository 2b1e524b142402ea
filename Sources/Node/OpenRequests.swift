import Causality
import Primitives
import Quorum
import Replica
import Ring
import Wire

/// Who wants to know what became of a put.
enum PutOrigin: Sendable {
    /// A client of this node.
    case client(ClientToken)
    /// Another node, which forwarded it for a client of its own.
    case member(MemberIndex, request: UInt64)
}

/// A get that this node coordinates.
struct OpenGet: Sendable {
    /// What is read, and for whom.
    struct Origin: Sendable {
        let key: Key
        /// The client; nil for a read that repairs an unreadable record.
        let client: ClientToken?
        /// Whether the client wants to know that all replicas have it, and not what.
        let isRepair: Bool
    }

    var coordinator: GetCoordinator
    let origin: Origin
    /// When this node's own store was asked, in nanoseconds.
    var ownAskedAt: UInt64 = 0
    /// The hybrid time of the reply.
    var repliedAt = HybridTimestamp(0)
    /// Whether its client has the answer.
    var isAnswered = false
}

/// A put that this node coordinates.
struct OpenPut: Sendable {
    /// What an action needs to know of its put, so that the whole of it need not be copied.
    struct Subject: Sendable {
        let key: Key
        /// When its record was read, or handed to the store.
        let readAt: HybridTimestamp
        let origin: PutOrigin
    }

    var coordinator: PutCoordinator
    /// What was asked; without its value once it is answered, since it may go on for long.
    private(set) var command: PutRequest
    let conflict: ConflictResolution
    /// For whom the coordinator keeps a hint in the same transaction.
    let hints: HintTargets
    let origin: PutOrigin
    /// When its record was sent to the other replicas, in nanoseconds; nil before.
    var sentAt: UInt64?
    /// Whether its client has the answer.
    var isAnswered = false
    /// By when its client has to be answered, also where it is handed over.
    var deadline: UInt64 = 0
    /// The value's size in bytes, 0 once it is answered.
    private(set) var bytes: Int

    init(
        coordinator: PutCoordinator, command: PutRequest, conflict: ConflictResolution,
        hints: HintTargets, origin: PutOrigin
    ) {
        self.coordinator = coordinator
        self.command = command
        self.conflict = conflict
        self.hints = hints
        self.origin = origin
        bytes = command.valueBytes
    }

    /// What an action needs to know of this put.
    var subject: Subject {
        Subject(key: command.key, readAt: coordinator.readAt, origin: origin)
    }

    /// What this node's own store has to do, under a timestamp.
    func replicaCommand(
        at timestamp: HybridTimestamp, _ properties: BucketProperties
    ) -> PutCommand {
        let version = Version(
            content: command.content, timestamp: timestamp, operation: command.operation,
            expiry: command.expiry.timestamp(
                putAt: timestamp, defaultMilliseconds: properties.ttlMilliseconds))
        var put = PutCommand(
            key: command.key, version: version, basis: command.basis, conflict: conflict,
            hints: hints)
        put.copies = UInt8(properties.n)
        return put
    }

    /// Lets go of the value; returns its size in bytes.
    mutating func releaseValue() -> Int {
        defer { bytes = 0 }
        command = PutRequest(
            key: command.key, content: .tombstone, basis: .seen(VersionVector()),
            options: command.options)
        return bytes
    }
}

/// A put that another node coordinates for a client of this one.
struct OpenForward: Sendable {
    /// Who coordinates it.
    var target: MemberIndex
    /// The primaries that can be asked next, should that one write nothing.
    var others: [MemberIndex]
    let put: PutRequest
    let client: ClientToken
    let required: Int

    var bytes: Int { put.valueBytes }
}

/// A put that waits for the clock's lease.
struct WaitingPut: Sendable {
    let request: UInt64
}

/// A client's look at this node's own store.
struct OpenLookup: Sendable {
    let client: ClientToken
    /// The key; nil where the records are to be counted.
    let key: Key?
}

/// A status that is being collected.
struct OpenStatus: Sendable {
    let client: ClientToken
    /// The members that were asked and have not answered.
    var outstanding: [MemberIndex]
    /// The answers so far.
    var answers: [(member: MemberIndex, status: NodeStatus)] = []
}

/// The latest requests taken from a member, so that a message that arrives twice is carried out
/// once.
///
/// A link over TCP delivers once; the protocol does not lean on it. Only forwarded puts need this:
/// merging, reading and answering twice change nothing.
struct RecentRequests: Sendable {
    /// How many are remembered.
    static let countMax = 1_024

    private var known: Set<UInt64> = []
    private var order: [UInt64] = []
    private var oldest = 0

    /// Notes a request; whether it is new.
    mutating func insert(_ request: UInt64) -> Bool {
        guard known.insert(request).inserted else { return false }
        guard order.count == RecentRequests.countMax else {
            order.append(request)
            return true
        }
        known.remove(order[oldest])
        order[oldest] = request
        oldest = (oldest + 1) % RecentRequests.countMax
        return true
    }
}
