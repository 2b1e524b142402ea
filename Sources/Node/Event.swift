import AntiEntropy
import Causality
import Membership
import Primitives
import Quorum
import Replica
import Ring
import Wire

/// The shell's name for a client's request; the answer carries it back.
///
/// Never used twice.
package struct ClientToken: Hashable, Sendable {
    /// The number.
    package let raw: UInt64

    /// Wraps a number.
    package init(_ raw: UInt64) {
        self.raw = raw
    }
}

/// Everything that can happen to a node.
package enum Event: Sendable {
    /// The process began; comes first and once.
    case started
    /// A client asks something.
    case client(ClientToken, ClientRequest)
    /// The link to a member is open: what is sent from now on reaches it in order.
    case connected(MemberIndex)
    /// The link to a member broke; what was sent may or may not have arrived.
    case disconnected(MemberIndex)
    /// A member opened its link to this node and told which start it is.
    case greeted(MemberIndex, NodeStart)
    /// A message came from a member.
    case message(from: MemberIndex, Envelope)
    /// A request could not be handed to the link: its queue is full, or it is not open.
    case undelivered(MemberIndex, request: UInt64)
    /// The store formed the record of a put; it is not durable yet.
    case applied(StoreTicket, PutReceipt)
    /// The store's final word on a command; what it wrote is durable.
    case stored(StoreTicket, ReplicaReply)
    /// The time asked for by the latest `.wake` has come.
    case timer
    /// Finish what is under way, leave the clean-shutdown mark and stop.
    case drain
}

/// What a store command was for; comes back with its reply.
package enum StoreTicket: Sendable {
    /// The local write of a coordinated put.
    case put(UInt64)
    /// The record of a coordinated put, read again since a member refused it for its age.
    case reread(UInt64, readAt: HybridTimestamp)
    /// The local read of a coordinated get.
    case get(UInt64, readAt: HybridTimestamp)
    /// A record that a coordinator sent, when it did, and its size in bytes.
    case replicate(MemberIndex, request: UInt64, sentAt: WallStamp, bytes: Int)
    /// A read for a coordinator elsewhere, and when that asked for it.
    case fetch(MemberIndex, request: UInt64, sentAt: WallStamp, readAt: HybridTimestamp)
    /// A record sent by read repair, with its size in bytes.
    case repair(bytes: Int)
    /// The merged record of a read that this node coordinates and that waits for it.
    case awaitedRepair(UInt64, bytes: Int)
    /// A record that a coordinator sent to be kept for a primary, with its size in bytes.
    case hint(MemberIndex, request: UInt64, target: MemberIndex, bytes: Int)
    /// A hint that this node keeps for members that did not confirm its write, with its size.
    case ownHint([MemberIndex], bytes: Int)
    /// This node's record, read again to keep it for members that did not confirm its write.
    case unhinted([MemberIndex], Key, readAt: HybridTimestamp)
    /// The next hints for a member.
    case hintPage(MemberIndex, readAt: HybridTimestamp)
    /// What this node's own exchange asked the store for, by the exchange's number.
    case exchange(UInt64)
    /// A record that this node's exchange brought, by the exchange's number, with its size.
    case exchanged(UInt64, Key, bytes: Int)
    /// What another member's exchange asked for.
    case compare(MemberIndex, request: UInt64)
    /// The keys of one of the leaves that another member compares.
    case compareKeys(MemberIndex, request: UInt64)
    /// The next dead records.
    case deadList
    /// A step of the removal of dead records, which a member asked for.
    case reap(MemberIndex, request: UInt64, ReapQuestion)
    /// Hints that a member confirmed.
    case settledHints(MemberIndex)
    /// The next page of a scrub, by the number of its pass.
    case scrub(UInt64)
    /// What a scrub could not read, looked at again.
    case rescrub(UInt64)
    /// What a scrub has put right, and what is done then.
    case mended(UInt64, ScrubCounts)
    /// A client's look at what this node holds.
    case local(UInt64)
    /// A client's count of this node's records.
    case count(UInt64)
    /// The counts for a status that this node collects.
    case status(UInt64)
    /// The counts for a status that another member collects.
    case peerStatus(MemberIndex, request: UInt64)
    /// An extension of the clock's lease.
    case lease(HybridTimestamp)
    /// The memory of a member's start.
    case start(MemberIndex, NodeStart)
    /// A bucket's properties, set by a client or learnt from a member.
    case bucket(ClientToken?, BucketEntry)
    /// The permission to extend the previous run's epochs.
    case trust
    /// The mark that this data is an old copy.
    case stale(StopReason)
    /// Whether this node's data counts in quorums.
    case refill(RefillState)
    /// The clean-shutdown mark.
    case clean
}

/// What a node wants done.
///
/// Effects are carried out in order; an acknowledgement is only ever among the effects of a
/// `stored` event.
package enum Effect: Sendable {
    /// Send a message to a member.
    case send(MemberIndex, Envelope)
    /// Answer a client.
    case reply(ClientToken, ClientReply)
    /// Have the store carry out a command.
    case store(ReplicaCommand, StoreTicket)
    /// Hand in a `.timer` event at this monotonic time in nanoseconds; replaces the time before.
    case wake(at: UInt64)
    /// Tell whoever watches; never changes what the node does.
    case note(Note)
    /// Stop the process: drained, or refused by the others.
    case stop(StopReason)
}

/// Why a node stops.
package enum StopReason: Hashable, Sendable {
    /// It was drained; whether it left the clean-shutdown mark.
    case drained(isClean: Bool)
    /// Member `by` knows a later start of this data, so that it is an old copy, or of other data
    /// that took its place.
    case staleData(by: String, own: NodeStart, known: NodeStart)
}

/// Facts for logs and metrics.
package enum Note: Sendable {
    /// A member's status changed.
    case status(name: String, MemberStatus)
    /// A member came with new data under its old name.
    case identityChanged(name: String, old: NodeID, new: NodeID)
    /// This node's data took the place of lost data: it does not count before it is refilled.
    case refilling
    /// This node's data counts from now on; whether it had to be refilled.
    case counted(isRefilled: Bool)
    /// A member stored a record and does not count before it is refilled.
    case notCounted(name: String)
    /// A member started from data of which a later start is known, or which was replaced.
    case staleStart(name: String, NodeStart, known: NodeStart)
    /// A majority of the members accepted this start.
    case startAccepted
    /// A message was refused: its clock is too far ahead.
    case clockAhead(name: String, milliseconds: UInt64)
    /// A context covered a dot of this node that it does not know: it once lost a write.
    case unknownDotCovered(Key)
    /// A record is unreadable; it will be repaired from the other replicas.
    case unreadable(Key)
    /// A replica that knew less got the merged record.
    case readRepair(name: String)
    /// Too many requests that were answered waited for slower replicas: the oldest was ended.
    case answeredRequestEnded
    /// A client's read is over; by its request number.
    case readJudged(request: UInt64, ReadFreshness)
    /// An exchange with a member is over.
    case exchanged(name: String, Exchange.Counts, isComplete: Bool)
    /// A scrub is over; whether it saw everything.
    case scrubbed(ScrubCounts, isComplete: Bool)
    /// A hint is kept for a member.
    case hintKept(name: String)
    /// A record was refused: a store read it longer ago than messages live. By its sender's name.
    case recordTooOld(name: String)
    /// A record was read again from this node's store, since it had grown too old on its way.
    case recordReread(Key)
    /// So many dead records were removed, or were gone already.
    case reaped(count: Int)
    /// There is no room for further hints.
    case hintRefused
    /// So many hints were delivered to a member and forgotten.
    case hintsDelivered(name: String, count: Int)
    /// A hint was damaged and is forgotten: its copy of the record is lost.
    case hintDamaged(Key)
    /// The store takes no writes.
    case storeFailed(StoreFailure)
    /// The store takes writes again.
    case storeRecovered
    /// A bucket's properties changed.
    case bucketChanged(BucketEntry)
}
