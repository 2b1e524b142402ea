/// One reading of a node's two clocks, taken when an event is handed to the core.
///
/// The core never reads a clock: time comes in with every event. Timers and deadlines look at the
/// monotonic reading only; the wall reading reaches nothing but hybrid timestamps and measured
/// delays.
package struct Instant: Hashable, Sendable {
    /// The monotonic clock in nanoseconds; it never goes back within one run of a node.
    package let nanoseconds: UInt64
    /// The wall clock in microseconds since 1970-01-01 00:00 UTC; it may jump either way.
    package let wallMicroseconds: UInt64

    /// Combines the two readings.
    package init(nanoseconds: UInt64, wallMicroseconds: UInt64) {
        self.nanoseconds = nanoseconds
        self.wallMicroseconds = wallMicroseconds
    }

    /// Combines the two readings, with a wall clock that is known to the millisecond.
    package init(nanoseconds: UInt64, wallMilliseconds: UInt64) {
        self.init(nanoseconds: nanoseconds, wallMicroseconds: wallMilliseconds * 1_000)
    }

    /// The wall clock in milliseconds since 1970-01-01 00:00 UTC; it may jump either way.
    package var wallMilliseconds: UInt64 { wallMicroseconds / 1_000 }

    /// The wall reading as it travels with every message.
    package var wallStamp: WallStamp { WallStamp(wallMicroseconds: wallMicroseconds) }
}
