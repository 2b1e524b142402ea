/// One reading of a node's two clocks, taken when an event is handed to the core.
///
/// The core never reads a clock: time comes in with every event. Timers and deadlines look at the
/// monotonic reading only; the wall reading reaches nothing but hybrid timestamps.
package struct Instant: Hashable, Sendable {
    /// The monotonic clock in nanoseconds; it never goes back within one run of a node.
    package let nanoseconds: UInt64
    /// The wall clock in milliseconds since 1970-01-01 00:00 UTC; it may jump either way.
    package let wallMilliseconds: UInt64

    /// Combines the two readings.
    package init(nanoseconds: UInt64, wallMilliseconds: UInt64) {
        self.nanoseconds = nanoseconds
        self.wallMilliseconds = wallMilliseconds
    }
}
