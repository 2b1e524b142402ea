import AntiEntropy
import Causality
import Primitives
import Replica
import Ring
import Wire

/// An exchange that this node has begun.
struct OpenExchange: Sendable {
    /// Tells it apart from earlier ones, whose answers may still come.
    let id: UInt64
    let partner: MemberIndex
    var exchange: Exchange
    /// The request that the partner has not answered.
    var request: UInt64?
    /// Records on their way to the partner, by their requests.
    var pushed: Set<UInt64> = []
    /// When the records that are sent or merged next were read.
    var readAt = HybridTimestamp(0)
    /// Leaves whose keys the store has not listed.
    var leavesLeft = 0
    var entries: [LeafEntry] = []
    /// Records of the partner that this node did not take in.
    var lost = 0
    /// The n of all buckets whose records are compared.
    let copies: [Int]

    /// Whether a request is one of this exchange's.
    func owns(_ request: UInt64) -> Bool {
        self.request == request || pushed.contains(request)
    }
}

/// A request of a member, by the number that the member gave it.
struct PeerRequest: Hashable, Sendable {
    let member: MemberIndex
    let request: UInt64

    init(_ member: MemberIndex, _ request: UInt64) {
        self.member = member
        self.request = request
    }
}

/// What another member's exchange waits for.
enum OpenComparison: Sendable {
    /// The hashes of nodes.
    case trees([TreeHash])
    /// The keys of leaves: those of the other, and this node's as far as they are listed.
    case keys(theirs: [LeafEntry], own: [LeafEntry], leavesLeft: Int)
    /// Records, read at a hybrid time.
    case records(readAt: HybridTimestamp)
}

/// A repair that a client asked for: exchanges with all other members, one after the other.
struct RepairRun: Sendable {
    /// Members still to come.
    var waiting: [MemberIndex] = []
    /// The member whose turn it is.
    var current: MemberIndex?
    /// Members that are done with.
    var done = 0
    /// Members that could not be reached, or broke off.
    var failed: [MemberIndex] = []
    /// What was done so far.
    var counts = Exchange.Counts()

    var isRunning: Bool { current != nil || !waiting.isEmpty }
}

extension Exchange.Counts {
    static func += (left: inout Exchange.Counts, right: Exchange.Counts) {
        left.nodes += right.nodes
        left.leaves += right.leaves
        left.keys += right.keys
        left.sent += right.sent
        left.received += right.received
        left.bytes += right.bytes
        left.refused += right.refused
    }
}
