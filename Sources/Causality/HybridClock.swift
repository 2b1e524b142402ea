import Primitives

/// A hybrid logical timestamp (Kulkarni et al., "Logical Physical Clocks", OPODIS 2014): 48 bits of
/// milliseconds since 1970 and 16 bits that tell apart what happened within one.
///
/// Timestamps order siblings for display, for `lastWriteWins` buckets and for expiry, never for
/// causality.
package struct HybridTimestamp: Hashable, Comparable, Sendable {
    /// Milliseconds in the upper 48 bits, the logical count in the lower 16.
    package let raw: UInt64

    /// Wraps the 64 bits.
    package init(_ raw: UInt64) {
        self.raw = raw
    }

    /// The first timestamp of a millisecond.
    package init(milliseconds: UInt64) {
        raw = milliseconds << 16
    }

    /// Milliseconds since 1970-01-01 00:00 UTC.
    package var milliseconds: UInt64 { raw >> 16 }

    /// The timestamp so many milliseconds later; the last one there is where that lies beyond.
    package func adding(milliseconds: UInt64) -> HybridTimestamp {
        guard milliseconds < 1 << 48 else { return HybridTimestamp(.max) }
        let (sum, isBeyond) = raw.addingReportingOverflow(milliseconds << 16)
        return HybridTimestamp(isBeyond ? .max : sum)
    }

    /// Orders by time, then by the logical count.
    package static func < (left: HybridTimestamp, right: HybridTimestamp) -> Bool {
        left.raw < right.raw
    }
}

/// A node's hybrid logical clock with a durable lease.
///
/// Every timestamp given out lies below a bound that was stored durably before (the *lease*), and
/// a start begins at the bound of the run before: the clock never goes back over a restart,
/// whatever the wall clock does. While the lease is not extended, the clock stands just below it.
package struct HybridClock: Sendable {
    /// How far ahead of the wall clock a remote timestamp may be, in milliseconds: one bad clock
    /// must not decide what is newest for ever.
    package static let aheadMillisecondsMax: UInt64 = 60_000
    /// How far beyond the wall clock an extension of the lease reaches, in milliseconds.
    package static let leaseMilliseconds: UInt64 = 10_000
    /// How far it reaches beyond a clock that is ahead of the wall, in milliseconds: room for
    /// 65,536 timestamps each.
    package static let spareMilliseconds: UInt64 = 100

    /// The last timestamp given out or observed.
    package private(set) var last: HybridTimestamp
    /// Timestamps below this bound may be given out.
    package private(set) var lease: HybridTimestamp
    private var isEnded = false

    /// A clock that starts where the last run's lease ended.
    package init(recoveredLease lease: HybridTimestamp) {
        last = lease
        self.lease = lease
    }

    /// The next timestamp, greater than all before it; nil while the lease is used up.
    package mutating func tick(_ now: Instant) -> HybridTimestamp? {
        let wall = HybridTimestamp(milliseconds: now.wallMilliseconds)
        let next = max(HybridTimestamp(last.raw + 1), wall)
        if next < lease {
            last = next
            return next
        }
        guard last.raw + 1 < lease.raw else { return nil }
        last = HybridTimestamp(last.raw + 1)
        return last
    }

    /// The reading that travels with messages: covered by the lease, and not a new timestamp.
    ///
    /// It never goes back either: whoever was told a time may rely on all later ones being no
    /// earlier.
    package mutating func reading(_ now: Instant) -> HybridTimestamp {
        if lease.raw > 0 {
            let wall = HybridTimestamp(milliseconds: now.wallMilliseconds)
            last = max(last, min(wall, HybridTimestamp(lease.raw - 1)))
        }
        return min(last, lease)
    }

    /// What time it is as far as this node knows: what it heard and what the wall says.
    ///
    /// Not bounded by the lease, and so never given out as a timestamp: it tells how old something
    /// is, also on a node whose disk is too full to extend the lease.
    package func known(_ now: Instant) -> HybridTimestamp {
        max(last, HybridTimestamp(milliseconds: now.wallMilliseconds))
    }

    /// Takes in a remote reading; false (and nothing changes) where it is too far ahead.
    package mutating func observe(_ remote: HybridTimestamp, _ now: Instant) -> Bool {
        guard isAcceptable(remote, now) else { return false }
        last = max(last, remote)
        return true
    }

    /// Whether a remote timestamp is at most 60 s ahead of this node's wall clock.
    package func isAcceptable(_ remote: HybridTimestamp, _ now: Instant) -> Bool {
        remote.milliseconds <= now.wallMilliseconds + HybridClock.aheadMillisecondsMax
    }

    /// The bound to store durably now, or nil while more than half of the lease is left.
    ///
    /// The lease reaches well beyond the wall clock, but only a little beyond a clock that is ahead
    /// of it: a start begins where the last lease ended, and starts in quick succession must not
    /// drive the clock away from the wall.
    package func leaseToStore(_ now: Instant) -> HybridTimestamp? {
        let (wall, ahead) = (now.wallMilliseconds, last.milliseconds)
        let least = max(
            wall + HybridClock.leaseMilliseconds / 2, ahead + HybridClock.spareMilliseconds / 2)
        guard lease.milliseconds < least else { return nil }
        return HybridTimestamp(
            milliseconds: max(
                wall + HybridClock.leaseMilliseconds, ahead + HybridClock.spareMilliseconds))
    }

    /// Gives up what is left of the lease: no later time is given out or told after this.
    ///
    /// The bound that remains is to be stored.
    package mutating func endLease() -> HybridTimestamp {
        isEnded = true
        lease = min(lease, HybridTimestamp(last.raw + 1))
        return lease
    }

    /// Timestamps up to the bound may be given out: it is stored durably.
    ///
    /// Not any more where the lease was given up meanwhile: the bound that remained is stored last.
    package mutating func extendLease(to bound: HybridTimestamp) {
        guard !isEnded else { return }
        lease = max(lease, bound)
    }
}
