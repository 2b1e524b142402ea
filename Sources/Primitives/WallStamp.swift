/// A reading of a wall clock in the 32 bits that every message has room for: the low ones of its
/// microseconds, which come round every 71 minutes.
///
/// Only the difference of two of them says something, and only if they lie less than half an hour
/// apart: delays between nodes do, as far as their clocks agree.
package struct WallStamp: Hashable, Sendable {
    /// The low 32 bits of the microseconds since 1970.
    package let raw: UInt32

    /// The longest time between two stamps that is believed, in microseconds: half an hour.
    ///
    /// Stamps that seem further apart belong to clocks that differ by as much, or to a message that
    /// was under way for longer than the stamps can tell.
    package static let elapsedMicrosecondsMax: Int64 = 1_800_000_000

    /// Takes a stamp off the wire.
    package init(raw: UInt32) {
        self.raw = raw
    }

    /// The stamp of a wall reading.
    package init(wallMicroseconds: UInt64) {
        raw = UInt32(truncatingIfNeeded: wallMicroseconds)
    }

    /// How much later another stamp is, in microseconds, modulo 2^32; below 0 where it is earlier.
    package func microseconds(until later: WallStamp) -> Int32 {
        Int32(bitPattern: later.raw &- raw)
    }
}
