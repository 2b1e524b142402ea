/// How far another member's wall clock is ahead of this node's, as far as messages tell.
///
/// What was sent at one clock and came at another seems to have taken its delay plus the difference
/// of the clocks; what went the other way, its delay minus the difference. The fastest messages
/// each way are taken to have taken equally long, so that half of what lies between them is the
/// difference (Mills, "Network Time Protocol", RFC 5905, section 8). The error is half of how much
/// the two ways' least delays differ. Both ways are judged by the messages of the last 10 to 20
/// seconds, so that a clock that is set, or drifts, is followed.
///
/// The difference decides nothing; it corrects measured delays, so that each can be read by
/// itself. In the sum of the two delays of one request and its answer, and in what a prediction of
/// staleness compares (when a write is visible at a replica, against when a read reaches that same
/// replica), the clocks cancel: predictions do not depend on this estimate.
package struct ClockOffset: Hashable, Sendable {
    /// How long the fastest message is remembered at least, in nanoseconds.
    private static let windowNanoseconds: UInt64 = 10_000_000_000

    /// The least of the current window, and of the one before.
    private var current: Int32?
    private var previous: Int32?
    private var windowEnd: UInt64 = 0
    /// What the member says of this node's messages.
    private var told: Int32?

    /// Nothing is known.
    package init() {}

    /// How far the member's clock is ahead, in microseconds; nil while nothing is known.
    package var microseconds: Int64? {
        guard let forth = told, let back = seen else { return nil }
        return (Int64(forth) - Int64(back)) / 2
    }

    /// How long the fastest of the member's messages seems to have taken, in microseconds.
    ///
    /// It is what the member is told, and may be below 0. Nil where none came.
    package var seen: Int32? {
        guard let current else { return previous }
        return min(current, previous ?? current)
    }

    /// A message of the member's came and seems to have taken so long, in microseconds.
    package mutating func see(_ microseconds: Int32, at nanoseconds: UInt64) {
        if nanoseconds >= windowEnd {
            let isRecent = nanoseconds < windowEnd + ClockOffset.windowNanoseconds
            previous = isRecent ? current : nil
            current = nil
            windowEnd = nanoseconds + ClockOffset.windowNanoseconds
        }
        current = min(current ?? microseconds, microseconds)
    }

    /// The member says how long the fastest of this node's messages seems to have taken, in
    /// microseconds; nil where it knows of none.
    package mutating func learn(_ microseconds: Int32?) {
        told = microseconds
    }
}
