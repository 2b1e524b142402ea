import Causality
import Primitives

/// The operations of a record that left no sibling of their own, so that a late retry of one is
/// known for what it is.
///
/// *Overwritten*: some write saw a version of the operation; no version of it counts any more.
/// *Twins*: versions of an operation of which a sibling with a lesser dot stands; they are kept by
/// their dots, since a context that covers them says nothing about who saw them.
package struct PastOperations: Equatable, Sendable {
    /// An operation that was overwritten.
    package struct Overwritten: Hashable, Sendable {
        /// Its id.
        package let operation: Bytes
        /// The greatest timestamp of its versions that are known.
        package var timestamp: HybridTimestamp

        /// Whether operation and timestamp are equal.
        package static func == (left: Overwritten, right: Overwritten) -> Bool {
            left.timestamp == right.timestamp && left.operation.isSame(as: right.operation)
        }
    }

    /// A version that stepped back behind the one with the least dot.
    package struct Twin: Hashable, Sendable {
        /// Its operation.
        package let operation: Bytes
        /// Its dot.
        package let dot: Dot
        /// Its timestamp.
        package let timestamp: HybridTimestamp
    }

    /// The most overwritten operations that are remembered; beyond it the oldest are forgotten.
    package static let overwrittenMax = 32
    /// How much older than the newest one an overwritten operation may be, in milliseconds: as long
    /// as messages live at most.
    package static let lifetimeMilliseconds: UInt64 = 300_000

    /// What was overwritten, ascending by id.
    package private(set) var overwritten: [Overwritten] = []
    /// What stepped back, ascending by dot.
    package private(set) var twins: [Twin] = []

    /// Nothing.
    package init() {}

    /// Operations as they were stored; nil where they are not in order, or too many.
    package init?(overwritten: [Overwritten], twins: [Twin]) {
        for index in overwritten.indices.dropFirst() {
            let (left, right) = (overwritten[index - 1].operation, overwritten[index].operation)
            guard left.precedes(right) else { return nil }
        }
        for index in twins.indices.dropFirst() where twins[index].dot <= twins[index - 1].dot {
            return nil
        }
        self.overwritten = overwritten
        self.twins = twins
        forget()
        guard self.overwritten.count == overwritten.count else { return nil }
    }

    /// Whether there is nothing to remember.
    package var isEmpty: Bool { overwritten.isEmpty && twins.isEmpty }

    /// Whether an operation was overwritten.
    package func isOverwritten(_ operation: Bytes) -> Bool {
        !operation.isEmpty && position(of: operation).isFound
    }

    /// Whether a dot belongs to a version that stepped back.
    package func isTwin(_ dot: Dot) -> Bool {
        twins.contains { $0.dot == dot }
    }

    /// Notes that an operation was overwritten.
    mutating func overwrite(_ operation: Bytes, _ timestamp: HybridTimestamp) {
        guard !operation.isEmpty else { return }
        let (index, isFound) = position(of: operation)
        if isFound {
            overwritten[index].timestamp = max(overwritten[index].timestamp, timestamp)
        } else {
            let entry = Overwritten(operation: operation, timestamp: timestamp)
            overwritten.insert(entry, at: index)
        }
    }

    /// Notes a version that steps back.
    mutating func stepBack(_ twin: Twin) {
        let index = twins.firstIndex { twin.dot <= $0.dot } ?? twins.endIndex
        if index < twins.endIndex, twins[index].dot == twin.dot { return }
        twins.insert(twin, at: index)
    }

    /// Takes in what another record remembers.
    mutating func join(_ other: PastOperations) {
        // Most merges are of records that remember the same.
        if other.overwritten != overwritten {
            overwritten = PastOperations.union(overwritten, other.overwritten)
        }
        for twin in other.twins { stepBack(twin) }
    }

    /// All that two lists have, both ascending by id.
    private static func union(_ left: [Overwritten], _ right: [Overwritten]) -> [Overwritten] {
        var union: [Overwritten] = []
        union.reserveCapacity(left.count + right.count)
        var (own, other) = (0, 0)
        while own < left.count, other < right.count {
            if left[own].operation.precedes(right[other].operation) {
                union.append(left[own])
                own += 1
            } else if left[own].operation.isSame(as: right[other].operation) {
                let isLater = left[own].timestamp < right[other].timestamp
                union.append(isLater ? right[other] : left[own])
                own += 1
                other += 1
            } else {
                union.append(right[other])
                other += 1
            }
        }
        union += left[own...]
        union += right[other...]
        return union
    }

    /// Lets twins of what was overwritten be overwritten with it, and forgets what is too old.
    mutating func settle() {
        for twin in twins where isOverwritten(twin.operation) {
            overwrite(twin.operation, twin.timestamp)
        }
        forget()
    }

    /// Keeps only twins behind a sibling that stands, and forgets what is too old.
    mutating func keepTwins(whereStands isStanding: (Bytes) -> Bool) {
        if !twins.isEmpty { twins.removeAll { !isStanding($0.operation) } }
        forget()
    }

    /// Forgets what is too old, or too much.
    ///
    /// A function of what is remembered alone, and one that forgets the same in every order: what
    /// is forgotten early would be forgotten late too.
    private mutating func forget() {
        var (newest, oldest) = (HybridTimestamp(0), HybridTimestamp(.max))
        for entry in overwritten {
            newest = max(newest, entry.timestamp)
            oldest = min(oldest, entry.timestamp)
        }
        let lifetime = PastOperations.lifetimeMilliseconds
        if oldest.adding(milliseconds: lifetime) < newest {
            overwritten.removeAll { $0.timestamp.adding(milliseconds: lifetime) < newest }
        }
        while overwritten.count > PastOperations.overwrittenMax {
            // Of several that are equally old the one with the least id goes: it stands first.
            let oldest = overwritten.indices.min {
                overwritten[$0].timestamp < overwritten[$1].timestamp
            }
            overwritten.remove(at: oldest ?? 0)
        }
    }

    private func position(of operation: Bytes) -> (index: Int, isFound: Bool) {
        var (low, high) = (0, overwritten.count)
        while low < high {
            let middle = (low + high) / 2
            if overwritten[middle].operation.precedes(operation) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return (low, low < overwritten.count && overwritten[low].operation.isSame(as: operation))
    }
}
