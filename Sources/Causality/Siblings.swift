/// The values of one key that no other value replaced, with the context that covers them all.
///
/// This is the one place where causality is decided: a dotted version vector set in the manner of
/// Preguiça, Baquero, Almeida, Fonte, Gonçalves ("Brief Announcement: Efficient Causality
/// Tracking in Distributed Storage Systems With Dotted Version Vectors", PODC 2012). We keep an
/// explicit dot per value instead of a list per actor, so that a merge is a set operation and the
/// encoding canonical.
///
/// Invariant: the context covers the dot of every sibling, and dots are distinct.
package struct Siblings<Value> {
    /// One value with the name of the write that brought it.
    package struct Sibling {
        /// The write.
        package let dot: Dot
        /// What it wrote.
        package let value: Value

        /// A value under the name of its write.
        package init(dot: Dot, value: Value) {
            self.dot = dot
            self.value = value
        }
    }

    /// All writes that were seen here, replaced ones included.
    package private(set) var context: VersionVector
    /// The siblings in ascending order of their dots.
    package private(set) var entries: [Sibling]

    /// No value and an empty context.
    package init() {
        context = VersionVector()
        entries = []
    }

    /// Siblings with their context as they were stored; nil where the invariant does not hold.
    package init?(context: VersionVector, entries: [Sibling]) {
        for (index, entry) in entries.enumerated() {
            guard context.covers(entry.dot) else { return nil }
            guard index == 0 || entries[index - 1].dot < entry.dot else { return nil }
        }
        self.context = context
        self.entries = entries
    }

    /// The values, in no promised order.
    package var values: [Value] { entries.map(\.value) }

    /// Adds a write that saw `seen`: what it saw goes, what it did not see stays beside it.
    ///
    /// Linear in the number of siblings. A dot that is already covered adds nothing.
    package mutating func put(_ value: Value, context seen: VersionVector, dot: Dot) {
        guard !context.covers(dot) else { return }
        entries.removeAll { seen.covers($0.dot) }
        insert(Sibling(dot: dot, value: value))
        context.join(seen)
        context.join(dot)
    }

    /// Takes in what another replica knows; commutative, associative and idempotent.
    ///
    /// A sibling stays if the other has it too, or has never seen it.
    package mutating func merge(_ other: Siblings<Value>) {
        entries.removeAll { sibling in
            other.context.covers(sibling.dot) && !other.contains(sibling.dot)
        }
        for sibling in other.entries where !context.covers(sibling.dot) {
            insert(sibling)
        }
        context.join(other.context)
    }

    /// Drops siblings for which the predicate holds; the context goes on covering them.
    package mutating func discard(where isDropped: (Sibling) -> Bool) {
        entries.removeAll(where: isDropped)
    }

    /// The same with other values under the same names.
    package func mapValues(_ transform: (Value) -> Value) -> Siblings<Value> {
        var mapped = self
        mapped.entries = entries.map { Sibling(dot: $0.dot, value: transform($0.value)) }
        return mapped
    }

    /// Whether a write's value is among the siblings.
    package func contains(_ dot: Dot) -> Bool {
        entries.contains { $0.dot == dot }
    }

    private mutating func insert(_ sibling: Sibling) {
        let index = entries.firstIndex { sibling.dot < $0.dot } ?? entries.endIndex
        entries.insert(sibling, at: index)
    }
}

extension Siblings.Sibling: Sendable where Value: Sendable {}
extension Siblings: Sendable where Value: Sendable {}
extension Siblings.Sibling: Equatable where Value: Equatable {}
extension Siblings: Equatable where Value: Equatable {}
