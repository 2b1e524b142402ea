import Primitives

/// Which epoch a coordinator may mint a record's next dot under.
///
/// An actor's dots may only be covered by a context of someone who saw all earlier dots of that
/// actor for that key. Whoever lost a write (an unclean end, a restored image, a rolled-back
/// transaction) must therefore not go on under the old epoch: it would mint a dot that a context
/// out there already covers, and the write would vanish as "seen". Riak lost acknowledged writes
/// in this way (basho/riak_kv issue 679).
package struct DotMinter: Sendable {
    /// Why a record got a new epoch.
    package enum Reason: Hashable, Sendable {
        /// The record came into being on this node, or was never coordinated by it.
        case firstWrite
        /// The epoch belongs to a run that may have lost dots.
        case endedRun
        /// A context covered a dot of the record's own epoch that this node does not know.
        case unknownDotCovered
    }

    /// The database whose dots are minted.
    package let node: NodeID
    /// The present run number: random, new at every start and after every failed transaction.
    package private(set) var run: UInt32
    /// How many epochs this run has minted.
    package private(set) var epochs: UInt32 = 0
    /// The run before this one, if it ended cleanly and a majority accepted this start.
    package private(set) var trustedRun: UInt32?
    private var hasEndedRun = false

    /// A minter of a fresh run.
    package init(node: NodeID, run: UInt32) {
        self.node = node
        self.run = run
    }

    /// Lets records be extended under epochs of the previous run: it ended with a durable
    /// clean-shutdown mark, and a majority of the members accepted this start.
    ///
    /// Without effect once a run ended within this start: a dot of an epoch of the previous run may
    /// have been taken back then.
    package mutating func trust(previousRun: UInt32) {
        guard !hasEndedRun else { return }
        trustedRun = previousRun
    }

    /// Ends the run because a transaction failed: what it minted may be known elsewhere and was
    /// taken back here.
    ///
    /// The next run's number must be another one.
    package mutating func endRun(next run: UInt32) {
        precondition(run != self.run, "a run cannot follow itself")
        hasEndedRun = true
        self.run = run
        epochs = 0
        trustedRun = nil
    }

    /// The next dot for a record, and why its epoch is new (nil where it goes on).
    ///
    /// - Parameters:
    ///   - own: the record's own epoch, 0 where it has none.
    ///   - known: the context of the record as stored on this node.
    ///   - seen: the context of the client.
    package mutating func mint(
        own: UInt64, known: VersionVector, seen: VersionVector
    ) -> (dot: Dot, reason: Reason?) {
        let actor = Actor(node: node, epoch: own)
        guard let reason = reasonForNewEpoch(actor, known: known, seen: seen) else {
            return (Dot(actor: actor, counter: known[actor] + 1), nil)
        }
        // A forged context may cover any epoch; a new one must be new to everybody.
        var fresh = Actor(node: node, epoch: nextEpoch())
        while known[fresh] != 0 || seen[fresh] != 0 {
            fresh = Actor(node: node, epoch: nextEpoch())
        }
        return (Dot(actor: fresh, counter: 1), reason)
    }

    private func reasonForNewEpoch(
        _ actor: Actor, known: VersionVector, seen: VersionVector
    ) -> Reason? {
        guard actor.epoch != 0 else { return .firstWrite }
        let epochRun = UInt32(truncatingIfNeeded: actor.epoch >> 32)
        guard epochRun == run || epochRun == trustedRun else { return .endedRun }
        guard known[actor] < UInt64.max else { return .unknownDotCovered }
        return seen[actor] > known[actor] ? .unknownDotCovered : nil
    }

    private mutating func nextEpoch() -> UInt64 {
        precondition(epochs < UInt32.max, "a run minted four billion epochs")
        epochs += 1
        return UInt64(run) << 32 | UInt64(epochs)
    }
}
