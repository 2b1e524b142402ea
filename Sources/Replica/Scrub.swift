import Primitives
import Ring

/// Where a look at all that a store keeps goes on.
package enum ScrubPlace: Hashable, Sendable {
    /// At the records whose keys hash so high or higher; always the first of a leaf.
    case records(from: UInt64)
    /// Behind the hint of a key; nil for the first.
    case hints(after: Key?)
    /// Behind a key under a target in the index of hints; nil for the first.
    case targets(after: HintTarget?)
}

/// A key that is found under a target in the index of hints.
package struct HintTarget: Hashable, Sendable {
    /// Whom the hint is kept for.
    package let member: MemberIndex
    /// The hint's key.
    package let key: Key

    /// An entry of the index.
    package init(member: MemberIndex, key: Key) {
        self.member = member
        self.key = key
    }
}

/// In how many copies buckets are kept, and so in which tree a record is to be filed.
package struct FilingRule: Hashable, Sendable {
    private let defaults: UInt8
    private let copies: [Bytes: UInt8]

    /// A rule: the n of all buckets, and of those that have one of their own.
    package init(defaults: UInt8, copies: [Bytes: UInt8] = [:]) {
        self.defaults = defaults
        self.copies = copies
    }

    /// In how many copies a key is kept.
    package func copies(of key: Key) -> UInt8 { copies[key.bucket] ?? defaults }
}

/// What to verify next.
package struct ScrubCommand: Sendable {
    /// Where to begin.
    package let place: ScrubPlace
    /// After how many records or hints a page ends, with the leaf that it has begun.
    package let countMax: Int
    /// After how many bytes of records a page ends, with the leaf that it has begun.
    package let bytesMax: Int
    /// How records should be filed.
    package let filing: FilingRule

    /// A page to verify.
    package init(place: ScrubPlace, countMax: Int, bytesMax: Int, filing: FilingRule) {
        self.place = place
        self.countMax = countMax
        self.bytesMax = bytesMax
        self.filing = filing
    }
}

/// A leaf in all trees of a partition.
package struct TreeLeaf: Hashable, Comparable, Sendable {
    /// The partition.
    package let partition: Partition
    /// The place among the leaves.
    package let index: UInt16

    /// A leaf.
    package init(partition: Partition, index: UInt16) {
        self.partition = partition
        self.index = index
    }

    /// In the order of hashes.
    package static func < (left: TreeLeaf, right: TreeLeaf) -> Bool {
        (left.partition.raw, left.index) < (right.partition.raw, right.index)
    }
}

/// What a look at some of what a store keeps found.
package struct ScrubPage: Sendable {
    /// Records that are as they were written.
    package var records = 0
    /// Their sizes together.
    package var bytes = 0
    /// Hints that are as they were written, and found under all of their targets.
    package var hints = 0
    /// Keys whose records cannot be read.
    package var unreadable: [Key] = []
    /// Rows of which not even the key can be read.
    package var unnamed = 0
    /// Stretches that cannot be read because the database's own structure is damaged there.
    package var lost = 0
    /// Leaves of trees that do not say what the records do; not those of unreadable records, which
    /// are computed anew with them.
    package var leaves: [TreeLeaf] = []
    /// Keys whose records are filed under another n than their bucket's.
    package var misfiled: [Key] = []
    /// Keys whose hints and the index of hints do not agree.
    package var hintKeys: [Key] = []
    /// Where to go on; nil where this is the end.
    package var next: ScrubPlace?

    /// Nothing looked at.
    package init() {}
}

/// What is to be put right from what a store itself keeps.
package enum MendCommand: Sendable {
    /// Compute leaves of trees anew from the records.
    case leaves([TreeLeaf])
    /// Make the index of hints say what the hints do.
    case hints([Key])
    /// File records in the tree of another replica set; their content stays as it is.
    case refile([(key: Key, copies: UInt8)])
}
