/// The values of one key that no other value replaced, with the context that covers them all.
///
/// This is the one place where causality is decided: a dotted version vector set in the manner of
/// Preguiça, Baquero, Almeida, Fonte, Gonçalves ("Brief Announcement: Efficient Causality
/// Tracking in Distributed Storage Systems With Dotted Version Vectors", PODC 2012). We keep an
/// explicit dot per value instead of a list per actor, so that a merge is a set operation and the
/// encoding canonical.
///
/// Invariant: the context covers the dot of every sibling, and dots are distinct.
///
/// Inlinable, so that what is generic here is specialised in the modules that use it.
@usableFromInline
package struct Siblings<Value> {
    /// One value with the name of the write that brought it.
    @usableFromInline
    package struct Sibling {
        /// The write.
        @usableFromInline package let dot: Dot
        /// What it wrote.
        @usableFromInline package let value: Value

        /// A value under the name of its write.
        @inlinable
        package init(dot: Dot, value: Value) {
            self.dot = dot
            self.value = value
        }
    }

    /// All writes that were seen here, replaced ones included.
    @usableFromInline package internal(set) var context: VersionVector
    /// The siblings in ascending order of their dots.
    @usableFromInline package internal(set) var entries: [Sibling]

    /// No value and an empty context.
    @inlinable
    package init() {
        context = VersionVector()
        entries = []
    }

    /// Siblings with their context as they were stored; nil where the invariant does not hold.
    @inlinable
    package init?(context: VersionVector, entries: [Sibling]) {
        for (index, entry) in entries.enumerated() {
            guard context.covers(entry.dot) else { return nil }
            guard index == 0 || entries[index - 1].dot < entry.dot else { return nil }
        }
        self.context = context
        self.entries = entries
    }

    /// The values, in no promised order.
    @inlinable
    package var values: [Value] { entries.map(\.value) }

    /// Adds a write that saw `seen`: what it saw goes, what it did not see stays beside it.
    ///
    /// Linear in the number of siblings. A dot that is already covered adds nothing.
    @inlinable
    package mutating func put(_ value: Value, context seen: VersionVector, dot: Dot) {
        guard !context.covers(dot) else { return }
        discard { seen.covers($0.dot) }
        insert(Sibling(dot: dot, value: value))
        context.join(seen)
        context.join(dot)
    }

    /// Takes in what another replica knows; commutative, associative and idempotent.
    ///
    /// A sibling stays if the other has it too, or has never seen it.
    @inlinable
    package mutating func merge(_ other: Siblings<Value>) {
        discard { sibling in
            other.context.covers(sibling.dot) && !other.contains(sibling.dot)
        }
        for sibling in other.entries where !context.covers(sibling.dot) {
            insert(sibling)
        }
        context.join(other.context)
    }

    /// Drops siblings for which the predicate holds; the context goes on covering them.
    ///
    /// Where none goes, siblings that another value shares are not copied.
    @inlinable
    package mutating func discard(where isDropped: (Sibling) -> Bool) {
        guard entries.contains(where: isDropped) else { return }
        entries.removeAll(where: isDropped)
    }

    /// The same with other values under the same names.
    package func mapValues(_ transform: (Value) -> Value) -> Siblings<Value> {
        var mapped = self
        mapped.entries = entries.map { Sibling(dot: $0.dot, value: transform($0.value)) }
        return mapped
    }

    /// Whether a write's value is among the siblings.
    @inlinable
    package func contains(_ dot: Dot) -> Bool {
        entries.contains { $0.dot == dot }
    }

    @inlinable
    mutating func insert(_ sibling: Sibling) {
        let index = entries.firstIndex { sibling.dot < $0.dot } ?? entries.endIndex
        entries.insert(sibling, at: index)
    }
}

extension Siblings.Sibling: Sendable where Value: Sendable {}
extension Siblings: Sendable where Value: Sendable {}
extension Siblings.Sibling: Equatable where Value: Equatable {}
extension Siblings: Equatable where Value: Equatable {}
