import Primitives
import Ring

/// A record that a node keeps for a primary which lacks it.
///
/// A hint is a copy of its own, apart from the node's own records: a fallback that answered a read
/// with it, or coordinates with it, never passes for a replica. It is never dropped by age, and
/// forgotten only where the primary durably has exactly what it holds.
package struct Hint: Hashable, Sendable {
    /// The key of the record.
    package let key: Key
    /// The record's canonical encoding.
    package let record: Bytes

    /// A hint.
    package init(key: Key, record: Bytes) {
        self.key = key
        self.record = record
    }
}

/// A record to keep for primaries that lack it.
package struct HintCommand: Sendable {
    /// What is kept; merged with what is kept under the key already.
    package let hint: Hint
    /// Whom it is kept for.
    package let targets: [MemberIndex]

    /// A record to keep.
    package init(hint: Hint, targets: [MemberIndex]) {
        self.hint = hint
        self.targets = targets
    }
}

/// Which primaries lack what a coordinated write makes of a record.
package enum HintTargets: Hashable, Sendable {
    /// None that is known.
    case none
    /// These; the coordinator, a primary, keeps a hint beside its own record, in the same
    /// transaction, as far as there is room for hints.
    case beside([MemberIndex])
    /// These: the coordinator is a fallback, and all it writes is a hint.
    case instead([MemberIndex])
}

/// Which hints to read.
package struct HintPageCommand: Hashable, Sendable {
    /// Whom they are kept for.
    package let target: MemberIndex
    /// Behind which key the page begins; nil for the first.
    package let after: Key?
    /// The most hints.
    package let countMax: Int
    /// After how many bytes of records a page ends.
    package let bytesMax: Int

    /// A page to read.
    package init(target: MemberIndex, after: Key?, countMax: Int, bytesMax: Int) {
        self.target = target
        self.after = after
        self.countMax = countMax
        self.bytesMax = bytesMax
    }
}

/// Some of the hints for a member.
package struct HintPage: Sendable {
    /// The hints, ascending by key.
    package let hints: [Hint]
    /// Keys whose hints are damaged: nobody can deliver them.
    package let damaged: [Key]
    /// Behind which key the next page begins; nil where this is the last.
    package let next: Key?

    /// Some hints.
    package init(hints: [Hint], damaged: [Key] = [], next: Key?) {
        self.hints = hints
        self.damaged = damaged
        self.next = next
    }
}
