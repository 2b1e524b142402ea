import Causality
import Primitives

/// What became of a replica command.
package enum ReplicaReply: Sendable {
    /// The record's canonical encoding; nil where the key has none.
    case record(Bytes?)
    /// The record cannot be read: never "absent", never data.
    case unreadable
    /// A write was coordinated.
    case put(PutReceipt)
    /// A record was taken in; whether it brought anything new.
    case merged(changed: Bool)
    /// The put was refused and changed nothing.
    case refused(PutRefusal)
    /// Some of the hints for a member.
    case hints(HintPage)
    /// There is no room for another hint: nothing was written.
    case hintRefused
    /// How many records there are.
    case counts(RecordCounts)
    /// The hashes of trees' nodes, in the order in which they were asked for; zero where there is
    /// no such node.
    case treeHashes([Hash128])
    /// Keys below a tree's node, ascending by hash; whether there is none behind them. Rows that
    /// cannot be read are left out.
    case leafKeys([LeafEntry], isComplete: Bool)
    /// Records with their keys, in the order of the hashes that were asked for; what is absent or
    /// cannot be read is left out.
    case records([(key: Key, record: Bytes)])
    /// Dead records; behind which place more of them may follow, nil where none does.
    case dead([DeadRecord], next: DeathPlace?)
    /// The digests of records in the order of their keys; nil where there is none, or it cannot be
    /// read.
    case digests([Hash128?])
    /// What is kept under keys, in their order.
    case copies([FoundCopies])
    /// The places of those records, among the named ones, that are not there any more.
    case reaped([Int])
    /// A record was not taken in, since exactly this one was reaped.
    case alreadyReaped(DeadRecord)
    /// What a scrub found.
    case scrubbed(ScrubPage)
    /// Done, for commands without a result.
    case done
    /// The store could not do it; what was not acknowledged may or may not be there.
    case failed(StoreFailure)
}

/// What a coordinated write left behind.
package struct PutReceipt: Sendable {
    /// The whole resulting record, for the other replicas.
    package let record: Bytes
    /// Its context.
    package let context: VersionVector
    /// How many values the key has now; those expired by the time of the put are none.
    package let liveCount: Int
    /// Whether the new version is the only sibling: only then may the client get the context.
    package let isOnly: Bool
    /// Whether the operation had been taken in before, so that nothing was written now.
    package let isRepeated: Bool
    /// Why the record got a new epoch, nil where its epoch goes on.
    package let newEpoch: DotMinter.Reason?
}

/// Why a put was refused.
package enum PutRefusal: Hashable, Sendable {
    /// The key would have more siblings than allowed.
    case tooManySiblings(max: Int)
    /// The siblings together would be larger than allowed.
    case recordTooLarge(bytesMax: Int)
}

/// Why the store could not carry out a command.
package enum StoreFailure: Error, Hashable, Sendable {
    /// The disk is full: nothing was written, reads go on, and writes will once there is room.
    case full
    /// A write or sync failed; the store takes no writes until it is opened anew.
    case failed(String)
}

/// How many records a store holds.
package struct RecordCounts: Hashable, Sendable {
    /// All records, those of deleted keys included.
    package var records: UInt64
    /// Records with at least one value; an expired one counts until it is overwritten, since a
    /// count that is kept with the records cannot follow the time.
    package var live: UInt64
    /// Hints for other members: a record that is kept for two counts twice.
    package var hints: UInt64 = 0
    /// The bytes that hints take.
    package var hintBytes: UInt64 = 0

    /// Counts of a store.
    package init(records: UInt64, live: UInt64) {
        self.records = records
        self.live = live
    }
}

/// What a store remembers from earlier runs when it is opened.
package struct Recovered: Sendable {
    /// This start.
    package let start: NodeStart
    /// Whether the database was created by this start.
    package let isNew: Bool
    /// The run before this one, if it ended with a clean-shutdown mark.
    package let cleanRun: UInt32?
    /// No timestamp at or above this bound was given out before.
    package let lease: HybridTimestamp
    /// The latest known start per member name, ascending by name.
    package let starts: [(name: String, start: NodeStart)]
    /// The buckets' properties, ascending by name.
    package let buckets: [BucketEntry]
    /// The encoding of the cluster state: placement is stored once and never computed again.
    package let clusterState: Bytes
    /// How many Merkle trees were computed anew from the records, because what was kept of them is
    /// damaged.
    package var rebuiltTrees = 0
    /// Whether the data counts in quorums.
    package var refill = RefillState.done
    /// What other databases the members' names had before their present ones, where they had any.
    package var past: [(name: String, identities: PastIdentities)] = []

    /// What an opened store remembers of its own runs, and of the cluster.
    package init(
        own: (start: NodeStart, isNew: Bool, cleanRun: UInt32?, lease: HybridTimestamp),
        cluster: (starts: [(name: String, start: NodeStart)], buckets: [BucketEntry], state: Bytes)
    ) {
        start = own.start
        isNew = own.isNew
        cleanRun = own.cleanRun
        lease = own.lease
        starts = cluster.starts
        buckets = cluster.buckets
        clusterState = cluster.state
    }
}

extension StoreFailure: CustomStringConvertible {
    /// What happened, for an error message.
    package var description: String {
        switch self {
        case .full: "the disk is full: free some space, writes go on by themselves then"
        case .failed(let reason): "the store takes no writes: \(reason)"
        }
    }
}
