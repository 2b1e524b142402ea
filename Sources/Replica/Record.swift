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

    /// The versions that hold a value, newest first by timestamp (the greater dot first in a tie).
    package var live: [Siblings<Version>.Sibling] {
        siblings.entries
            .filter { $0.value.value != nil }
            .sorted { ($0.value.timestamp, $0.dot) > ($1.value.timestamp, $1.dot) }
    }

    /// How many versions hold a value.
    package var liveCount: Int {
        siblings.entries.count { $0.value.value != nil }
    }

    /// The sum of the values' sizes, in bytes.
    package var valueBytes: Int {
        siblings.entries.reduce(0) { $0 + ($1.value.value?.count ?? 0) }
    }

    /// Adds a version that saw `seen` under a fresh dot.
    package mutating func put(
        _ version: Version, seen: VersionVector, dot: Dot, conflict: ConflictResolution
    ) {
        siblings.put(version, context: seen, dot: dot)
        resolve(conflict)
    }

    /// Takes in another replica's record; commutative, associative and idempotent.
    package mutating func merge(_ other: Record, conflict: ConflictResolution) {
        siblings.merge(other.siblings)
        resolve(conflict)
    }

    /// The sibling that an operation left, if it is still there.
    package func sibling(of operation: Bytes) -> Siblings<Version>.Sibling? {
        guard !operation.isEmpty else { return nil }
        return siblings.entries.first { $0.value.operation == operation }
    }

    /// One operation is one write: of the siblings that its retries left at different coordinators
    /// the least dot stays.
    ///
    /// In `lastWriteWins` buckets only the newest version stays. Both choices depend on the set of
    /// siblings alone, so that all replicas choose alike.
    private mutating func resolve(_ conflict: ConflictResolution) {
        guard siblings.entries.count > 1 else { return }
        let entries = siblings.entries
        siblings.discard { sibling in
            entries.contains { other in
                other.dot < sibling.dot && !sibling.value.operation.isEmpty
                    && other.value.operation == sibling.value.operation
            }
        }
        guard conflict == .lastWriteWins else { return }
        let newest = siblings.entries.max {
            ($0.value.timestamp, $0.dot) < ($1.value.timestamp, $1.dot)
        }
        siblings.discard { $0.dot != newest?.dot }
    }
}
