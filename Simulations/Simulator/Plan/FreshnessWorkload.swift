/// Writes and reads that show how stale reads are; see `Freshness`.
///
/// Unlike a `Workload` it answers to what happens: every key has one writer, who begins the next
/// write only after the former ended, and reads follow an acknowledgement at given distances.
package struct FreshnessWorkload: Equatable, Sendable {
    /// How many writes, all keys together; 0 for none.
    package var writes = 0
    /// How many reads follow each acknowledgement of a patient writer.
    package var probes = 8
    /// The greatest distance of a read from the acknowledgement.
    package var spanNanoseconds: UInt64 = 100_000_000
    /// How long a patient writer waits, once all reads have ended, before it writes again.
    package var pauseNanoseconds: UInt64 = 0

    /// When the first writes begin: nodes know each other by then.
    static let startNanoseconds: UInt64 = 3_000_000_000

    /// How many distances there are.
    package static let distances = 25

    /// The distances from an acknowledgement at which reads may begin, ascending: 0, and from a
    /// thousandth of the span to all of it in equal ratios.
    ///
    /// Fixed distances, and not any between, so that reads at the same distance can be counted
    /// together without smoothing over a bin.
    package var distancesNanoseconds: [UInt64] {
        // 1000 to the power of 1/23.
        let ratio = 1.350314
        var distance = Double(spanNanoseconds)
        var descending: [UInt64] = []
        for _ in 1..<FreshnessWorkload.distances {
            descending.append(UInt64(distance))
            distance /= ratio
        }
        return [0] + descending.reversed()
    }

    /// No writes.
    package init() {}
}
