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
    /// The operations that left no sibling, as far as they are remembered.
    package private(set) var past: PastOperations

    /// A record that knows of no write.
    package init() {
        self.init(siblings: Siblings())
    }

    /// A record of given siblings.
    package init(siblings: Siblings<Version>) {
        self.siblings = siblings
        past = PastOperations()
    }

    /// A record of given siblings and past operations; nil where they contradict each other.
    package init?(siblings: Siblings<Version>, past: PastOperations) {
        for twin in past.twins {
            guard siblings.context.covers(twin.dot), !siblings.contains(twin.dot) else {
                return nil
            }
        }
        for sibling in siblings.entries where past.isOverwritten(sibling.value.operation) {
            return nil
        }
        self.siblings = siblings
        self.past = past
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
        overwriteOperations { seen.covers($0) }
        siblings.put(version, context: seen, dot: dot)
        settleOperations()
    }

    /// Takes in another replica's record; the order of merges makes no difference in the end.
    package mutating func merge(_ other: Record) {
        var other = other
        let own = self
        overwriteOperations { other.hasReplaced($0) }
        other.overwriteOperations { own.hasReplaced($0) }
        past.join(other.past)
        siblings.merge(other.siblings)
        settleOperations()
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

    // MARK: Operations

    /// Whether some write that saw a version is known here.
    ///
    /// A context also covers versions that stepped back behind a twin, which nobody needs to have
    /// seen.
    private func hasReplaced(_ dot: Dot) -> Bool {
        context.covers(dot) && !siblings.contains(dot) && !past.isTwin(dot)
    }

    /// Notes which operations were overwritten: those of which someone saw a version.
    private mutating func overwriteOperations(where isReplaced: (Dot) -> Bool) {
        for sibling in siblings.entries
        where !sibling.value.operation.isEmpty && isReplaced(sibling.dot) {
            past.overwrite(sibling.value.operation, sibling.value.timestamp)
        }
        for twin in past.twins where isReplaced(twin.dot) {
            past.overwrite(twin.operation, twin.timestamp)
        }
    }

    /// One operation is one write: no sibling stays of what was overwritten, and of those that its
    /// retries left at different coordinators the one with the least dot.
    ///
    /// What stays depends on what is known alone, so that all replicas choose alike. What is to be
    /// forgotten is so first: a late retry that stands because its operation was forgotten must not
    /// fall when an old copy, taken in already, comes once more.
    private mutating func settleOperations() {
        past.settle()
        if !past.overwritten.isEmpty {
            dropOverwritten()
        }
        collapseRetries()
        let siblings = siblings
        past.keepTwins { operation in
            siblings.entries.contains { $0.value.operation == operation }
        }
    }

    private mutating func dropOverwritten() {
        for sibling in siblings.entries where past.isOverwritten(sibling.value.operation) {
            past.overwrite(sibling.value.operation, sibling.value.timestamp)
        }
        let past = past
        siblings.discard { past.isOverwritten($0.value.operation) }
    }

    private mutating func collapseRetries() {
        let entries = siblings.entries
        guard entries.count > 1 else { return }
        siblings.discard { sibling in
            let operation = sibling.value.operation
            let isTwin =
                !operation.isEmpty
                && entries.contains { $0.dot < sibling.dot && $0.value.operation == operation }
            guard isTwin else { return false }
            past.stepBack(
                PastOperations.Twin(
                    operation: operation, dot: sibling.dot, timestamp: sibling.value.timestamp))
            return true
        }
    }
}
