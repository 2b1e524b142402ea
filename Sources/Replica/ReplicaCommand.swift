import Causality
import Primitives
import Ring

/// What a node asks its store to do.
///
/// All commands that wait are carried out in one transaction; reading, merging and writing a record
/// is one step of it.
package enum ReplicaCommand: Sendable {
    /// Read a record as it is on stable storage.
    case get(Key)
    /// Coordinate a write: mint a dot and put a version into the record.
    case put(PutCommand)
    /// Take in a record that another node sent.
    case merge(MergeCommand)
    /// Count the records.
    case count
    /// Keep a record for primaries that lack it.
    case keepHint(HintCommand)
    /// Read what is kept under a key for primaries that lack it.
    case getHint(Key)
    /// Read the next hints for a member, in the order of their keys.
    case pageHints(HintPageCommand)
    /// Forget hints for a member which durably has what they hold.
    case settleHints(MemberIndex, [Hint])
    /// Read the hashes of trees' nodes, as of the last commit.
    case treeHashes([TreeNode])
    /// List the keys below a tree's node, ascending by hash, from behind a hash on.
    case leafKeys(TreeNode, after: Hash128?, limit: Int)
    /// Read records by the hashes of their keys, in that order; none behind the one with which so
    /// many bytes are reached.
    case getAll([Hash128], bytesMax: Int)
    /// List the next records that are dead by a time, in the order of their deaths.
    case listDead(after: DeathPlace?, until: HybridTimestamp, limit: Int)
    /// Read the digests of records as they are on stable storage.
    case digests([Key])
    /// Look for anything that is kept under keys, behind all that waits to be written.
    case findCopies([Key])
    /// Remove those records that still are exactly the ones named, and dead at a time.
    case reap([DeadRecord], at: HybridTimestamp)
    /// Verify some of what is kept.
    case scrub(ScrubCommand)
    /// Look again which of these keys' records cannot be read.
    case recheck([Key])
    /// Put right from what is kept here what a scrub found.
    case mend(MendCommand)
    /// Promise never to give out a timestamp below the bound after a restart.
    case leaseClock(HybridTimestamp)
    /// Remember the latest start of a member, and which databases had its name before.
    case rememberStart(
        name: String, start: NodeStart, past: PastIdentities = PastIdentities())
    /// Remember whether this data counts in quorums.
    case setRefill(RefillState)
    /// Keep a bucket's properties.
    case setBucket(BucketEntry)
    /// Allow records to be extended under epochs of the previous, cleanly ended run.
    case trustPreviousRun
    /// Remember that this data is an old copy, of which a member knows a later start: it must never
    /// be started again, since its own count of starts would catch up one day.
    case markStale(by: String, known: NodeStart)
    /// Leave the clean-shutdown mark; nothing else is written afterwards. The clock's lease
    /// becomes the given bound.
    case markClean(clock: HybridTimestamp)
}

extension ReplicaCommand {
    /// Whether it changes nothing: it is carried out before the writes of its batch.
    package var isRead: Bool {
        switch self {
        case .get, .getHint, .pageHints, .count, .treeHashes, .leafKeys, .getAll, .listDead,
            .digests, .scrub, .recheck:
            true
        case .put, .merge, .keepHint, .settleHints, .leaseClock, .rememberStart, .setRefill,
            .setBucket, .trustPreviousRun, .markStale, .markClean, .findCopies, .reap,
            .mend:
            false
        }
    }
}

/// A write to coordinate.
package struct PutCommand: Sendable {
    /// What the writer says to have seen.
    package enum Basis: Hashable, Sendable {
        /// Exactly this; empty for a blind write.
        case seen(VersionVector)
        /// This and everything that the coordinator's replica knows: a plain overwrite.
        case overwrite(VersionVector)
    }

    /// The key to write.
    package let key: Key
    /// The new version.
    package let version: Version
    /// What the writer has seen.
    package let basis: Basis
    /// How the bucket treats concurrent versions.
    package let conflict: ConflictResolution
    /// Which primaries the result is a hint for.
    package let hints: HintTargets
    /// The bucket's n: in the tree of that replica set the record is filed; 0 for none.
    package var copies: UInt8 = 0

    /// A write to coordinate.
    package init(
        key: Key, version: Version, basis: Basis, conflict: ConflictResolution,
        hints: HintTargets = .none
    ) {
        self.key = key
        self.version = version
        self.basis = basis
        self.conflict = conflict
        self.hints = hints
    }
}

/// A record to take in.
package struct MergeCommand: Sendable {
    /// The key of the record.
    package let key: Key
    /// The record's canonical encoding.
    package let record: Bytes
    /// Whether the record was merged from *all* other replicas: only then may it take the place of
    /// one that is unreadable here, which may have held an acknowledged write.
    package let isComplete: Bool
    /// The bucket's n as the receiver knows it, never as the sender does: in the tree of that
    /// replica set the record is filed; 0 for none.
    package var copies: UInt8
    /// The hybrid time at which the record was read from a store, the least of those from which it
    /// was merged; not the time at which it was sent.
    ///
    /// Whoever takes records in refuses one that was read longer ago than messages live: it may
    /// have been deleted since, and the tombstone reaped. A store does not look at it.
    package let readAt: HybridTimestamp

    /// A record to take in.
    package init(
        key: Key, record: Bytes, isComplete: Bool, readAt: HybridTimestamp, copies: UInt8 = 0
    ) {
        self.key = key
        self.record = record
        self.isComplete = isComplete
        self.readAt = readAt
        self.copies = copies
    }
}

extension Hint {
    /// How a store adds it to what it keeps already; its age was judged before it came there.
    package var merge: MergeCommand {
        MergeCommand(key: key, record: record, isComplete: false, readAt: HybridTimestamp(.max))
    }
}

/// One start of a node: which data it started from, and how often that data was started before.
package struct NodeStart: Hashable, Sendable {
    /// The database.
    package let node: NodeID
    /// The start counter of the database; every start takes the next one.
    package let number: UInt64
    /// The random run number drawn for the start.
    package let run: UInt32

    /// One start.
    package init(node: NodeID, number: UInt64, run: UInt32) {
        self.node = node
        self.number = number
        self.run = run
    }
}

/// Whether a database counts in quorums.
///
/// One that is created does not: data under the same name may have been lost, and writes that it
/// confirmed with it. It counts once nobody knows of such data, or the others have refilled it.
package enum RefillState: UInt64, Sendable {
    /// It counts.
    case done = 0
    /// It was created, and not all members have said yet whether they knew data before it.
    case new = 1
    /// It took the place of data that is lost: what the others hold is being copied.
    case refilling = 2
}

/// A bucket's properties with the time at which they were set; the newest wins everywhere.
package struct BucketEntry: Hashable, Sendable {
    /// The bucket's name.
    package let name: Bytes
    /// When the properties were set.
    package let timestamp: HybridTimestamp
    /// The encoding of its `BucketProperties`.
    package let properties: Bytes

    /// Properties of a bucket.
    package init(name: Bytes, timestamp: HybridTimestamp, properties: Bytes) {
        self.name = name
        self.timestamp = timestamp
        self.properties = properties
    }

    /// Whether this entry takes the other's place; the bytes decide between equal timestamps.
    package func isNewer(than other: BucketEntry) -> Bool {
        guard timestamp == other.timestamp else { return timestamp > other.timestamp }
        return other.properties.lexicographicallyPrecedes(properties)
    }
}
