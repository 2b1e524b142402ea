import Primitives

/// Which writes a record or a client has seen: for every actor the highest counter, with all the
/// lower ones.
///
/// Kept as one array sorted by actor, so that equal vectors have equal bytes. It is never pruned: a
/// pruned vector takes back what it once covered.
@usableFromInline
package struct VersionVector: Hashable, Sendable {
    /// One actor with the highest counter seen of it.
    package struct Entry: Hashable, Sendable {
        /// The actor.
        package let actor: Actor
        /// The highest counter, at least 1.
        package var counter: UInt64

        /// An entry of a vector.
        package init(actor: Actor, counter: UInt64) {
            self.actor = actor
            self.counter = counter
        }
    }

    /// The entries in the order of their actors, none with counter 0.
    package private(set) var entries: [Entry]

    /// The vector that covers nothing.
    @usableFromInline
    package init() {
        entries = []
    }

    /// A vector from entries in ascending order of actors; nil where they are not, or one is 0.
    package init?(ascending entries: [Entry]) {
        for (index, entry) in entries.enumerated() {
            guard entry.counter > 0 else { return nil }
            guard index == 0 || entries[index - 1].actor < entry.actor else { return nil }
        }
        self.entries = entries
    }

    /// The highest counter seen of an actor, 0 where none was.
    package subscript(actor: Actor) -> UInt64 {
        let index = position(of: actor)
        guard index < entries.count, entries[index].actor == actor else { return 0 }
        return entries[index].counter
    }

    /// Whether the write named by the dot was seen.
    @usableFromInline
    package func covers(_ dot: Dot) -> Bool {
        dot.counter <= self[dot.actor]
    }

    /// Whether everything that the other vector covers is covered.
    package func covers(_ other: VersionVector) -> Bool {
        other.entries.allSatisfy { $0.counter <= self[$0.actor] }
    }

    /// Covers a dot and everything before it by the same actor.
    @usableFromInline
    package mutating func join(_ dot: Dot) {
        guard dot.counter > 0 else { return }
        let index = position(of: dot.actor)
        if index < entries.count, entries[index].actor == dot.actor {
            entries[index].counter = max(entries[index].counter, dot.counter)
        } else {
            entries.insert(Entry(actor: dot.actor, counter: dot.counter), at: index)
        }
    }

    /// Covers everything that either vector covers.
    @usableFromInline
    package mutating func join(_ other: VersionVector) {
        guard !other.entries.isEmpty else { return }
        guard !entries.isEmpty else {
            entries = other.entries
            return
        }
        for entry in other.entries {
            join(Dot(actor: entry.actor, counter: entry.counter))
        }
    }

    /// Where the actor's entry is, or where it would be inserted.
    package func position(of actor: Actor) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].actor < actor {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
