/// How often a promise that a session might count on was put to the test, and broken.
///
/// The promises are those of Terry et al., "Session Guarantees for Weakly Consistent Replicated
/// Data" (PDIS 1994).
package struct SessionGuarantee: Equatable, Sendable {
    /// The reads that could have broken it.
    package private(set) var reads = 0
    /// Those that did.
    package private(set) var violations = 0

    /// None of either.
    package init() {}

    /// So many reads, of which so many broke it.
    package init(reads: Int, violations: Int) {
        precondition((0...reads).contains(violations), "\(violations) of \(reads) reads")
        self.reads = reads
        self.violations = violations
    }

    /// Counts a read.
    mutating func count(isKept: Bool) {
        reads += 1
        if !isKept { violations += 1 }
    }
}

/// The two promises about reads, judged for one session and one key.
struct SessionJudge {
    private(set) var readYourWrites = SessionGuarantee()
    private(set) var monotonicReads = SessionGuarantee()

    /// Judges what one session did with one key.
    ///
    /// A read is judged by what the session knew when it began: the acknowledged ones of its own
    /// writes, and what those of its reads returned that had ended before.
    init(writes: [ObservedWrite], reads: [ObservedRead]) {
        let own = KeyTimeline(writes)
        let byStart = reads.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
        let byEnd = reads.sorted { $0.end < $1.end }
        var ended = 0
        var seen: Int?
        for read in byStart {
            while ended < byEnd.count, byEnd[ended].end < read.start {
                seen = max(seen ?? 0, byEnd[ended].version)
                ended += 1
            }
            let written = own.newestVersion(at: read.start)
            if written > 0 { readYourWrites.count(isKept: read.version >= written) }
            if let seen { monotonicReads.count(isKept: read.version >= seen) }
        }
    }
}
