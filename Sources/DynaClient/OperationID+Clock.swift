import Glibc

extension OperationID {
    /// The time of the machine in milliseconds since 1970.
    static func millisecondsNow() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(max(0, now.tv_sec)) * 1_000 + UInt64(now.tv_nsec) / 1_000_000
    }
}
