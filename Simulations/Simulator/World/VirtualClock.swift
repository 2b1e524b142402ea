import Primitives

/// A node's two clocks over true time.
///
/// The monotonic clock runs a few millionths fast or slow and never jumps; the calendar is the same
/// clock plus a skew that faults change. Both go on while the process is down.
struct VirtualClock {
    /// The calendar at true time 0: 2023-11-14 22:13:20 UTC.
    static let calendarStart: Int64 = 1_700_000_000_000

    private let driftPPM: Int64
    private let initialSkewMilliseconds: Int64
    private var skewMilliseconds: Int64
    private var frozenAt: UInt64?
    private var strobe: (milliseconds: Int64, period: UInt64, from: UInt64)?

    init(skewMilliseconds: Int64, driftPPM: Int64) {
        initialSkewMilliseconds = skewMilliseconds
        self.skewMilliseconds = skewMilliseconds
        self.driftPPM = driftPPM
    }

    /// Both readings at a true time.
    func reading(at time: UInt64) -> Instant {
        let monotonic = self.monotonic(at: time)
        let shown = frozenAt.map { self.monotonic(at: $0) } ?? monotonic
        var milliseconds = VirtualClock.calendarStart + skewMilliseconds
        if let strobe, ((time - strobe.from) / strobe.period) % 2 == 1 {
            milliseconds += strobe.milliseconds
        }
        let wall = milliseconds * 1_000 + Int64(shown / 1_000)
        return Instant(nanoseconds: monotonic, wallMicroseconds: UInt64(max(wall, 1_000)))
    }

    /// The monotonic clock at a true time.
    func monotonic(at time: UInt64) -> UInt64 {
        UInt64(Int64(time) + Int64(time / 1_000_000) * driftPPM)
    }

    /// The earliest true time at which the monotonic clock shows at least a reading.
    func trueTime(ofMonotonic reading: UInt64) -> UInt64 {
        var time = UInt64(max(0, Int64(reading) - Int64(reading / 1_000_000) * driftPPM))
        while monotonic(at: time) < reading { time += 1_000 }
        return time
    }

    /// How far the calendar is ahead of true time at most, while nothing else happens to it.
    var highestSkewMilliseconds: Int64 { skewMilliseconds + max(strobe?.milliseconds ?? 0, 0) }

    /// The calendar jumps.
    mutating func jump(milliseconds: Int64) {
        skewMilliseconds += milliseconds
    }

    /// The calendar stands still from a true time on.
    mutating func freeze(at time: UInt64) {
        frozenAt = frozenAt ?? time
    }

    /// The calendar jumps forth and back from a true time on.
    mutating func strobe(milliseconds: Int64, period: UInt64, from time: UInt64) {
        strobe = (milliseconds, max(period, 1), time)
    }

    /// The calendar is set right, to where it was at the start.
    mutating func correct() {
        steady()
        skewMilliseconds = initialSkewMilliseconds
    }

    /// The calendar goes on; a frozen one shows the right time again, a skew stays.
    mutating func steady() {
        frozenAt = nil
        strobe = nil
    }
}
