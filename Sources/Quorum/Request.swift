import Causality
import Primitives
import Replica

/// How many replicas a request waits for, and how long, where it departs from its bucket.
package struct QuorumOptions: Hashable, Sendable {
    /// How many replicas must have answered or stored: r of a get, w of a put.
    package var quorum: Int?
    /// How many of them must be primaries: pr of a get, pw of a put.
    package var primaries: Int?
    /// How long the client waits, in milliseconds.
    package var timeoutMilliseconds: UInt32?
    /// Whether fallbacks may take the place of primaries that cannot be reached.
    package var isSloppy: Bool?

    /// Everything as the bucket and the node have it.
    package init() {}
}

/// A read of one key.
package struct GetRequest: Sendable {
    /// The key.
    package let key: Key
    /// Quorum and deadline.
    package let options: QuorumOptions

    /// A read.
    package init(key: Key, options: QuorumOptions = QuorumOptions()) {
        self.key = key
        self.options = options
    }
}

/// When a value is to expire, as the writer says it; the coordinator makes a hybrid time of it.
package enum Expiry: Hashable, Sendable {
    /// Nothing is said: the bucket's default holds.
    case none
    /// So many milliseconds after the put.
    case after(milliseconds: UInt64)
    /// At a time in milliseconds since 1970; one that has passed makes a value that nobody sees.
    case at(milliseconds: UInt64)

    /// The last time that can be stated, in milliseconds since 1970.
    package static let timeMillisecondsMax: UInt64 = (1 << 48) - 1

    /// When a value that is put at a hybrid time expires; nil where it stays.
    package func timestamp(
        putAt time: HybridTimestamp, defaultMilliseconds: UInt64?
    ) -> HybridTimestamp? {
        switch self {
        case .none: defaultMilliseconds.map { time.adding(milliseconds: $0) }
        case .after(let milliseconds): time.adding(milliseconds: milliseconds)
        case .at(let milliseconds): HybridTimestamp(milliseconds: milliseconds)
        }
    }
}

/// A write or delete of one key.
package struct PutRequest: Sendable {
    /// The key.
    package let key: Key
    /// The value, or a tombstone.
    package let content: Version.Content
    /// What the client has seen.
    package let basis: PutCommand.Basis
    /// The client's name for the operation, empty where it gave none.
    package let operation: Bytes
    /// Quorum and deadline.
    package let options: QuorumOptions
    /// When the value expires; a tombstone never does.
    package var expiry = Expiry.none

    /// A write.
    package init(
        key: Key, content: Version.Content, basis: PutCommand.Basis,
        operation: Bytes = [], options: QuorumOptions = QuorumOptions()
    ) {
        self.key = key
        self.content = content
        self.basis = basis
        self.operation = operation
        self.options = options
    }
}

/// What a client asks of a node.
package enum ClientRequest: Sendable {
    /// Read a key.
    case get(GetRequest)
    /// Write or delete a key.
    case put(PutRequest)
    /// Read what the asked node itself holds, no other being asked.
    case local(Key)
    /// Count the asked node's own records.
    case count
    /// Say who owns what, or where one key lives.
    case ring(Key?)
    /// Ask every member how it is.
    case status
    /// Tell which delays the asked node saw as a coordinator.
    case delays
    /// Compare this node's records with all other replicas' now, or say how far that is.
    case repair(RepairRequest)
    /// Hold back some of what the asked node sends; nothing that a node decides.
    case injection(DelayInjection)
    /// Verify all that the asked node keeps, or say how far that is.
    case scrub(ScrubRequest)
    /// Read or change the properties of buckets.
    case bucket(BucketRequest)
}

/// What a client asks about repair.
package enum RepairRequest: Hashable, Sendable {
    /// Begin to compare with every other member, one after the other.
    case start
    /// Say how far it is.
    case progress
    /// Read a key from all its replicas and give them all what they know together.
    case key(Key)
}

/// What a client asks about a scrub.
package enum ScrubRequest: Hashable, Sendable {
    /// Begin a pass at once, and do not spare the disk.
    case start
    /// Say how far it is.
    case progress
}

/// What a client asks about buckets.
package enum BucketRequest: Sendable {
    /// All buckets whose properties were set, and the defaults.
    case list
    /// One bucket.
    case show(Bytes)
    /// Set properties by name.
    case set(Bytes, [(name: String, value: String)])
}
