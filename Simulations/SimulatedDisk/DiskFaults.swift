/// How often calls to a disk fail by chance, and whether its syncs lie.
///
/// Each probability has a stream of its own, which is drawn from only while it is above zero:
/// turning one fault off does not shift the others.
package struct DiskFaults: Hashable, Sendable {
    /// The probability that a read fails.
    package var readError = 0.0
    /// The probability that a write fails; any part of it may have landed.
    package var writeError = 0.0
    /// The probability that a sync fails.
    package var syncError = 0.0
    /// The probability that a read finds 1 to 8 bits of a durable page flipped, for good.
    package var rotPerRead = 0.0
    /// Whether rot hits the log too, by chance or when it is told to.
    ///
    /// SQLite takes the first damaged frame of a log for its end: everything committed after it is
    /// gone without a word at the next start.
    package var isLogRotting = true
    /// Whether a sync answers that all is well and does nothing: what was written stays unsynced
    /// until an honest sync.
    package var isLyingAboutSync = false

    /// Whether calls may fail.
    package var hasErrors: Bool { readError + writeError + syncError > 0 }

    /// A disk that does what it says.
    package init() {}
}

/// An operation that can be told to fail.
package enum DiskOperation: Int, CaseIterable, Sendable {
    /// Reading from a file.
    case read
    /// Writing to a file.
    case write
    /// Syncing a file.
    case sync
}

/// What a disk can do to those who use it.
package enum DiskFaultKind: Int, CaseIterable, Sendable {
    /// A read failed.
    case readError
    /// A write failed.
    case writeError
    /// A sync failed.
    case syncError
    /// Bits of a durable page were flipped.
    case rot
    /// A sync claimed what it had not done.
    case lyingSync
    /// A sync succeeded without the pages that a failed sync had left.
    case forgetfulSync
    /// A write was refused for want of space.
    case full
    /// The process died in the middle of its calls.
    case death
    /// The process was killed.
    case processLoss
    /// The power went.
    case powerLoss
    /// An unsynced page survived the power loss.
    case keptPage
    /// An unsynced page went with the power.
    case droppedPage
    /// An unsynced page was torn by the power loss.
    case tornPage
    /// A file's new length went with the power, or part of it.
    case droppedLength
    /// The log was cut.
    case truncatedLog
    /// A page was written to another place.
    case misdirectedWrite
    /// A page kept its content when it was overwritten.
    case staleWrite

    /// The name, for reports.
    package var name: String { String(describing: self) }
}

/// How often each fault happened.
package struct DiskFaultCounts: Hashable, Sendable {
    private var counts = [Int](repeating: 0, count: DiskFaultKind.allCases.count)

    /// No fault yet.
    package init() {}

    /// How often one fault happened.
    package subscript(kind: DiskFaultKind) -> Int {
        get { counts[kind.rawValue] }
        set { counts[kind.rawValue] = newValue }
    }

    /// All faults with their counts, always in the same order.
    package var all: [(kind: DiskFaultKind, count: Int)] {
        DiskFaultKind.allCases.map { ($0, self[$0]) }
    }

    /// Adds the counts of another disk.
    package mutating func add(_ other: DiskFaultCounts) {
        for (kind, count) in other.all {
            self[kind] += count
        }
    }
}

/// What a disk was asked to do, from which latencies are made.
package struct DiskUsage: Hashable, Sendable {
    /// Calls that read.
    package var reads = 0
    /// Calls that write or change a file's length.
    package var writes = 0
    /// Calls that sync.
    package var syncs = 0
    /// Bytes that were asked for.
    package var bytesRead = 0
    /// Bytes that were handed over.
    package var bytesWritten = 0

    /// Nothing yet.
    package init() {}
}
