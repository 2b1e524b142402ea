import Causality
import Primitives
import Ring

/// Everything a replica knows about one key: the siblings with the context that covers them.
///
/// Records are exchanged and compared whole, never as deltas: a delta loses what the context claims
/// to cover. Equal records have equal encodings.
package struct Record: Equatable, Sendable {
    /// The versions that nothing replaced.
    package private(set) var siblings: Siblings<Version>

    /// A record that knows of no write.
    package init() {
        siblings = Siblings()
    }

    /// A record of given siblings.
    package init(siblings: Siblings<Version>) {
        self.siblings = siblings
    }

    /// All writes that were seen.
    package var context: VersionVector { siblings.context }

    /// The versions that hold a value, newest first by timestamp (the greater dot first in a tie);
    /// whether one is expired is for `seen(at:)` to say.
    package var live: [Siblings<Version>.Sibling] {
        siblings.entries
            .filter { $0.value.value != nil }
            .sorted { ($0.value.timestamp, $0.dot) > ($1.value.timestamp, $1.dot) }
    }

    /// How many versions hold a value, expired or not.
    package var liveCount: Int {
        siblings.entries.count { $0.value.value != nil }
    }

    /// The sum of the values' sizes, in bytes.
    package var valueBytes: Int {
        siblings.entries.reduce(0) { $0 + ($1.value.value?.count ?? 0) }
    }

    /// Adds a version that saw `seen` under a fresh dot.
    package mutating func put(_ version: Version, seen: VersionVector, dot: Dot) {
        siblings.put(version, context: seen, dot: dot)
        collapseRetries()
    }

    /// Takes in another replica's record; the order of merges makes no difference in the end.
    package mutating func merge(_ other: Record) {
        siblings.merge(other.siblings)
        collapseRetries()
    }

    /// The record as a reader of a bucket sees it: in `lastWriteWins` buckets only the newest
    /// version, by timestamp and then by dot.
    ///
    /// The older ones are hidden and not dropped: whether a version goes is decided by causality
    /// alone. Dropping by time, under a context that goes on covering what was dropped, would let
    /// two replicas drop each other's survivor.
    package func seen(under conflict: ConflictResolution) -> Record {
        guard conflict == .lastWriteWins, siblings.entries.count > 1 else { return self }
        let newest = siblings.entries.max {
            ($0.value.timestamp, $0.dot) < ($1.value.timestamp, $1.dot)
        }
        var record = self
        record.siblings.discard { $0.dot != newest?.dot }
        return record
    }

    /// The record as a reader sees it at a hybrid time: expired values are tombstones.
    ///
    /// For showing only. What is stored, merged and sent to replicas keeps its values, so that
    /// records never depend on anyone's clock.
    package func seen(at time: HybridTimestamp) -> Record {
        guard siblings.entries.contains(where: { $0.value.isExpired(at: time) }) else {
            return self
        }
        return Record(siblings: siblings.mapValues { $0.seen(at: time) })
    }

    /// The record as a reader of a bucket sees it at a hybrid time.
    ///
    /// In a `lastWriteWins` bucket the newest version decides, also where it is expired: then the
    /// key is absent, and an older value does not come back.
    package func seen(under conflict: ConflictResolution, at time: HybridTimestamp) -> Record {
        seen(under: conflict).seen(at: time)
    }

    /// Whether all that is left are tombstones and values expired by a hybrid time, so that the
    /// record only keeps what was overwritten from coming back.
    package func isDead(at time: HybridTimestamp) -> Bool {
        siblings.entries.allSatisfy { $0.value.value == nil || $0.value.isExpired(at: time) }
    }

    /// The sibling that an operation left, if it is still there.
    package func sibling(of operation: Bytes) -> Siblings<Version>.Sibling? {
        guard !operation.isEmpty else { return nil }
        return siblings.entries.first { $0.value.operation == operation }
    }

    /// One operation is one write: of the siblings that its retries left at different coordinators
    /// the least dot stays.
    ///
    /// The choice depends on the set of siblings alone, so that all replicas choose alike.
    private mutating func collapseRetries() {
        let entries = siblings.entries
        guard entries.count > 1 else { return }
        siblings.discard { sibling in
            !sibling.value.operation.isEmpty
                && entries.contains { other in
                    other.dot < sibling.dot && other.value.operation == sibling.value.operation
                }
        }
    }
}
