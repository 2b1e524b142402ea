import Causality
import Primitives
import Quorum
import Replica
import Ring

/// What nodes say to each other once a link is open.
///
/// A `request` number names the sender's request; the answer carries it back. Numbers are never
/// used twice within a run.
package enum Message: Sendable {
    /// A sign of life, with a digest of the sender's bucket properties, whether the sender heard
    /// of the receiver lately (a link may carry one way only), whether it counts in quorums, and
    /// how long the fastest of the receiver's messages seems to have taken lately, in microseconds:
    /// nil where none came.
    case heartbeat(
        bucketsDigest: UInt64, hearsYou: Bool, isCounted: Bool = true, fastest: Int32? = nil)
    /// Store this record (merge it with what you have): as a replica or, in the place of a primary
    /// that cannot be reached, as a hint for it.
    case replicate(request: UInt64, MergeCommand, hintFor: MemberIndex?)
    /// What became of a `replicate`; and how many microseconds after it was sent a read finds what
    /// it brought, by the two nodes' wall clocks: nil where it was not stored as a replica's.
    case replicated(request: UInt64, ReplicateOutcome, after: Int32? = nil)
    /// Send me your record of a key, or what you keep under it for primaries that lack it.
    case fetch(request: UInt64, Key, isHint: Bool)
    /// What a `fetch` found; and how many microseconds after it was sent the store had looked, by
    /// the two nodes' wall clocks: nil where it did not look.
    case fetched(request: UInt64, FetchOutcome, after: Int32? = nil)
    /// Take in this record; no answer is wanted (read repair).
    case repair(MergeCommand)
    /// Coordinate this write for me; you are a primary of its key.
    case forward(request: UInt64, PutRequest)
    /// What became of a `forward`.
    case forwarded(request: UInt64, Result<PutResult, RequestFailure>)
    /// Your start is the latest known of your data, and remembered durably; and whether another
    /// database was known under your name before yours.
    case startAccepted(NodeStart, isReplacement: Bool = false)
    /// This start of yours is refused: a later one of your data is known, so that yours is an old
    /// copy, or other data took its place and count.
    case startRefused(NodeStart, known: NodeStart)
    /// Properties of buckets; the newest per bucket wins.
    case buckets([BucketEntry])
    /// Compare these hashes of trees' nodes with yours.
    case compareTrees(request: UInt64, [TreeHash])
    /// Which of them differ, by their place.
    case treesCompared(request: UInt64, [UInt32])
    /// Compare the keys that the sender has below nodes of trees, ascending by hash, with yours.
    case compareKeys(request: UInt64, [TreeNode], [LeafEntry])
    /// Keys whose records the receiver of `compareKeys` lacks or has otherwise, and keys whose
    /// records its sender lacks or has otherwise.
    case keysCompared(request: UInt64, wanted: [Hash128], offered: [Hash128])
    /// Send me your records of keys with these hashes, as many as fit.
    case fetchAll(request: UInt64, [Hash128])
    /// The records, in the order in which they were asked for, and the hybrid time at which they
    /// were read.
    case fetchedAll(request: UInt64, [Hint], readAt: HybridTimestamp)
    /// The sender could not do what an exchange asked for.
    case exchangeFailed(request: UInt64)
    /// A step of the removal of dead records.
    case reap(request: UInt64, ReapQuestion)
    /// The places of those records for which the answer is yes, and the sender's clock, which never
    /// goes back behind it.
    case reaped(request: UInt64, [UInt32], at: HybridTimestamp)
    /// How are you?
    case statusRequest(request: UInt64)
    /// How the sender is.
    case status(request: UInt64, NodeStatus)
}

/// A node of a tree with the sum over its records.
package struct TreeHash: Hashable, Sendable {
    /// The node.
    package let node: TreeNode
    /// The sum over what lies below it.
    package let hash: Hash128

    /// A node's hash.
    package init(node: TreeNode, hash: Hash128) {
        self.node = node
        self.hash = hash
    }
}

/// What became of a record sent to a replica.
package enum ReplicateOutcome: UInt8, Sendable {
    /// It is stored durably.
    case stored = 0
    /// The replica's own record is unreadable, so that it must not vote.
    case unreadable = 1
    /// The replica has too much to do.
    case overloaded = 2
    /// The replica's store takes no writes.
    case failed = 3
    /// It was read longer ago than messages live: read it again, and send it anew.
    case tooOld = 4
    /// It is stored durably, by a replica that does not count in quorums before it is refilled.
    case storedUncounted = 5
}

/// What a replica found under a key.
package enum FetchOutcome: Sendable {
    /// The record's canonical encoding, nil where there is none; and the hybrid time at which it
    /// was read.
    case record(Bytes?, readAt: HybridTimestamp)
    /// Something that cannot be read.
    case unreadable
    /// The replica could not look.
    case failed
    /// The replica does not count in quorums before it is refilled.
    case refilling
}

/// How a node is, as it says itself.
package struct NodeStatus: Hashable, Sendable {
    /// Its database.
    package let id: NodeID
    /// Its process.
    package let process: UInt32
    /// What its store holds.
    package let counts: RecordCounts
    /// Requests that wait for an answer.
    package let requests: UInt32
    /// Why its store takes no writes; empty where it does.
    package let storeFailure: String
    /// Whether its data counts in quorums.
    package var refill = RefillState.done
    /// Members that have to answer, or to be compared with, before it does.
    package var waitsFor: [MemberIndex] = []
    /// Members that it cannot reach, where that delays the removal of dead records that it keeps.
    package var reapingWaitsFor: [MemberIndex] = []
    /// What its last complete scrub found; nil where there was none since its start.
    package var scrub: ScrubSummary?
    /// How many of the reads that it coordinated could be judged for freshness.
    package var readsJudged: UInt64 = 0
    /// How many of them told what was outdated.
    package var staleReads: UInt64 = 0
    /// For how long, at most, that had been outdated, for 99 of 100 of them, in milliseconds.
    package var staleAgeP99Milliseconds: UInt64 = 0

    /// How a node is.
    package init(
        id: NodeID, process: UInt32, counts: RecordCounts, requests: UInt32, storeFailure: String
    ) {
        self.id = id
        self.process = process
        self.counts = counts
        self.requests = requests
        self.storeFailure = storeFailure
    }
}

/// What a complete scrub found.
package struct ScrubSummary: Hashable, Sendable {
    /// When it ended by its node's calendar, in milliseconds since 1970.
    package let finishedAtMilliseconds: UInt64
    /// The records that are as they were written.
    package let records: UInt64
    /// The records that could not be read, whether or not they were mended.
    package let unreadable: UInt64

    /// A summary.
    package init(finishedAtMilliseconds: UInt64, records: UInt64, unreadable: UInt64) {
        self.finishedAtMilliseconds = finishedAtMilliseconds
        self.records = records
        self.unreadable = unreadable
    }
}

/// A message with the sender's clocks at the time of sending.
package struct Envelope: Sendable {
    /// The sender's hybrid clock.
    package let clock: HybridTimestamp
    /// The sender's wall clock, by which delays are measured; it decides nothing.
    package let sentAt: WallStamp
    /// What it says.
    package let message: Message

    /// A message about to be sent.
    package init(
        clock: HybridTimestamp, sentAt: WallStamp = WallStamp(raw: 0), message: Message
    ) {
        self.clock = clock
        self.sentAt = sentAt
        self.message = message
    }
}
