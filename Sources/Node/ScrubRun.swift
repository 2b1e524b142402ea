import Primitives
import Replica

/// How fast a node verifies what it keeps, in the background and for a client.
package struct ScrubSettings: Hashable, Sendable {
    /// For how long a pass in the background waits after the one before, and after a start, in
    /// nanoseconds; nil where there is none.
    package var restNanoseconds: UInt64? = 3_600 * 1_000_000_000
    /// The most records per second in the background.
    package var recordsPerSecondMax: UInt64 = 1_000
    /// The most bytes of records per second in the background.
    package var bytesPerSecondMax: UInt64 = 1 << 20
    /// The most records or hints at once, but for the end of a leaf: other commands wait so long.
    package var pageRecordsMax = 256
    /// After how many bytes of records a page ends.
    package var pageBytesMax = 256 << 10
    /// Up to how many commands may wait for the store; where more do, a scrub waits.
    package var storeCommandsMax = 64
    /// How long it waits then, and for what else it waits for, in nanoseconds.
    package var waitNanoseconds: UInt64 = 50_000_000
    /// How long records that cannot be read have to be read from their other owners, in
    /// nanoseconds.
    package var mendNanoseconds: UInt64 = 500_000_000
    /// How often they are tried.
    package var triesMax = 12
    /// Of how many unreadable records a pass keeps the keys; what is more is left to the next.
    package var unreadableMax = 4_096

    /// The defaults.
    package init() {}

    /// How long to wait after a page in the background, in nanoseconds.
    func pause(after page: ScrubPage) -> UInt64 {
        let records = UInt64(page.records + page.hints + page.unreadable.count + page.unnamed)
        let byCount = records * 1_000_000_000 / max(1, recordsPerSecondMax)
        let byBytes = UInt64(page.bytes) * 1_000_000_000 / max(1, bytesPerSecondMax)
        return max(byCount, byBytes, 1_000_000)
    }
}

/// What a pass found and did.
package struct ScrubCounts: Hashable, Sendable {
    /// Records that are as they were written.
    package var records = 0
    /// Their bytes, and those of hints.
    package var bytes = 0
    /// Hints that are as they were written.
    package var hints = 0
    /// Records that could not be read.
    package var unreadable = 0
    /// Records that were read from their other owners and replaced.
    package var mended = 0
    /// Leaves of trees that did not say what the records do, and were computed anew.
    package var leaves = 0
    /// Records that were filed in the tree of another replica set.
    package var refiled = 0
    /// Hints whose index was mended.
    package var hintsMended = 0
    /// Stretches that cannot be read, since the database's own structure is damaged.
    package var lost = 0

    /// Nothing yet.
    package init() {}

    mutating func add(_ page: ScrubPage) {
        records += page.records
        bytes += page.bytes
        hints += page.hints
        unreadable += page.unreadable.count + page.unnamed
        lost += page.lost
    }
}

/// What a scrub of this node's store is doing.
struct ScrubRun: Sendable {
    /// Tells a pass apart from earlier ones, whose answers may still come.
    var pass: UInt64 = 0
    /// The number of the wake-up that counts.
    var wake: UInt64 = 0
    var isRunning = false
    /// Whether a client waits for it: then only the store's queue holds it up.
    var isAsked = false
    /// Whether the store has not answered what it was asked.
    var isReading = false
    /// Where to go on; nil where all has been seen.
    var place: ScrubPlace?
    /// Keys whose records cannot be read, as far as they are remembered.
    var unreadable: [Key] = []
    /// Rows of which not even the key can be read were found.
    var hasUnnamed = false
    /// How often the unreadable ones were looked at again.
    var tries = 0
    /// What the store has not put right yet.
    var mends = 0
    /// Why the pass broke off; empty where it did not.
    var failure = ""
    var startedAt: UInt64 = 0
    var endedAt: UInt64 = 0
    var counts = ScrubCounts()
}
