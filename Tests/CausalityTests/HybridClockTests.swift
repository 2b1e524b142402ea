import Causality
import Primitives
import Testing

/// A node's clock under a wall clock in milliseconds that the test moves; a reference, so that
/// what changes the clock can stand inside an expectation.
private final class RunningClock {
    private var clock: HybridClock

    init(lease: HybridTimestamp) {
        clock = HybridClock(recoveredLease: lease)
    }

    var last: HybridTimestamp { clock.last }
    var lease: HybridTimestamp { clock.lease }

    func restart(lease: HybridTimestamp) {
        clock = HybridClock(recoveredLease: lease)
    }

    func tick(_ wall: UInt64) -> HybridTimestamp? { clock.tick(at(wall)) }

    func reading(_ wall: UInt64) -> HybridTimestamp { clock.reading(at(wall)) }

    func observe(_ remote: HybridTimestamp, _ wall: UInt64) -> Bool {
        clock.observe(remote, at(wall))
    }

    func isAcceptable(_ remote: HybridTimestamp, _ wall: UInt64) -> Bool {
        clock.isAcceptable(remote, at(wall))
    }

    func leaseToStore(_ wall: UInt64) -> HybridTimestamp? { clock.leaseToStore(at(wall)) }

    func extendLease(to bound: HybridTimestamp) { clock.extendLease(to: bound) }

    private func at(_ wall: UInt64) -> Instant {
        Instant(nanoseconds: 0, wallMilliseconds: wall)
    }
}

@Suite struct HybridClockTests {
    @Test func `What is known of the time goes beyond the lease, and back with no wall clock`() {
        var clock = HybridClock(recoveredLease: HybridTimestamp(milliseconds: 50))
        let late = Instant(nanoseconds: 0, wallMilliseconds: 900)
        #expect(clock.known(late) == HybridTimestamp(milliseconds: 900))
        #expect(clock.reading(late) < HybridTimestamp(milliseconds: 51))
        let isTaken = clock.observe(HybridTimestamp(milliseconds: 700), late)
        #expect(isTaken)
        let set = Instant(nanoseconds: 1, wallMilliseconds: 100)
        #expect(clock.known(set) == HybridTimestamp(milliseconds: 700))
    }

    @Test func `A lease that was still being stored does not outlast the clock's end`() throws {
        var clock = HybridClock(recoveredLease: HybridTimestamp(milliseconds: 500))
        let late = Instant(nanoseconds: 0, wallMilliseconds: 900)
        let bound = try #require(clock.leaseToStore(late))
        let end = clock.endLease()
        clock.extendLease(to: bound)
        #expect(clock.reading(late) <= end, "the next start begins at the end that was stored")
        #expect(clock.tick(late) == nil)
    }

    /// A clock that was started at a wall time and has its first lease.
    private func started(_ milliseconds: UInt64) throws -> RunningClock {
        let clock = RunningClock(lease: HybridTimestamp(0))
        clock.extendLease(to: try #require(clock.leaseToStore(milliseconds)))
        return clock
    }

    @Test("a clock without a lease gives out nothing and asks for one")
    func noLease() throws {
        let clock = RunningClock(lease: HybridTimestamp(milliseconds: 5_000))
        #expect(clock.tick(1_000_000) == nil)
        let bound = try #require(clock.leaseToStore(1_000_000))
        #expect(bound == HybridTimestamp(milliseconds: 1_010_000))
        #expect(clock.tick(1_000_000) == nil)
        clock.extendLease(to: bound)
        #expect(clock.tick(1_000_000) == HybridTimestamp(milliseconds: 1_000_000))
    }

    @Test("timestamps rise while the wall clock stands still or jumps back")
    func wallJumpsBack() throws {
        let clock = try started(1_000_000)
        var last = try #require(clock.tick(1_000_000))
        for wall: UInt64 in [1_000_000, 999_999, 10, 0, 1_000_001, 500_000] {
            let next = try #require(clock.tick(wall))
            #expect(next > last)
            last = next
        }
        #expect(last.milliseconds == 1_000_001)
    }

    @Test("no timestamp reaches the lease, and a used-up lease gives nil")
    func exhausted() {
        let clock = RunningClock(lease: HybridTimestamp(milliseconds: 100))
        let lease = HybridTimestamp(HybridTimestamp(milliseconds: 100).raw + 10)
        clock.extendLease(to: lease)
        var given: [UInt64] = []
        while let next = clock.tick(1_000_000) {
            given.append(next.raw)
        }
        #expect(given == (1..<10).map { HybridTimestamp(milliseconds: 100).raw + $0 })
        #expect(clock.tick(1_000_001) == nil)
        #expect(clock.tick(50) == nil)
        clock.extendLease(to: HybridTimestamp(milliseconds: 200))
        #expect(clock.tick(50) == lease)
    }

    @Test("a lease is never shortened and is asked for at half of its length")
    func leaseLength() throws {
        let clock = try started(1_000_000)
        let lease = clock.lease
        clock.extendLease(to: HybridTimestamp(milliseconds: 10))
        #expect(clock.lease == lease)
        #expect(clock.leaseToStore(1_005_000) == nil)
        let next = HybridTimestamp(milliseconds: 1_015_001)
        #expect(clock.leaseToStore(1_005_001) == next)
    }

    @Test("a remote reading up to 60 s ahead moves the clock, and never back")
    func observe() throws {
        let clock = try started(1_000_000)
        let remote = HybridTimestamp(milliseconds: 1_000_500)
        #expect(clock.observe(remote, 1_000_000))
        #expect(clock.observe(HybridTimestamp(milliseconds: 3), 1_000_000))
        let next = try #require(clock.tick(1_000_000))
        #expect(next == HybridTimestamp(remote.raw + 1))
        #expect(clock.observe(HybridTimestamp(milliseconds: 1_060_000), 1_000_000))
    }

    @Test("a remote reading more than 60 s ahead is refused and changes nothing")
    func tooFarAhead() throws {
        let clock = try started(1_000_000)
        let before = try #require(clock.tick(1_000_000))
        let lease = clock.lease
        for ahead: UInt64 in [60_001, 61_000, 1 << 40] {
            let remote = HybridTimestamp(milliseconds: 1_000_000 + ahead)
            #expect(!clock.isAcceptable(remote, 1_000_000))
            #expect(!clock.observe(remote, 1_000_000))
        }
        #expect(clock.last == before && clock.lease == lease)
        #expect(clock.tick(1_000_000) == HybridTimestamp(before.raw + 1))
    }

    @Test("a clock that was moved beyond its lease waits for a longer one")
    func observedBeyondLease() throws {
        let clock = try started(1_000_000)
        let remote = HybridTimestamp(milliseconds: 1_050_000)
        #expect(clock.observe(remote, 1_000_000))
        #expect(clock.tick(1_000_000) == nil)
        clock.extendLease(to: try #require(clock.leaseToStore(1_000_000)))
        #expect(clock.tick(1_000_000) == HybridTimestamp(remote.raw + 1))
    }

    @Test("over jumps and restarts no timestamp goes back or leaves the lease", arguments: 0..<200)
    func randomHistory(seed: Int) {
        var random = RandomStream(root: UInt64(seed), name: "clock")
        var wall: UInt64 = 1_000_000_000
        let clock = RunningClock(lease: HybridTimestamp(0))
        var durable = HybridTimestamp(0)
        var last = HybridTimestamp(0)
        for _ in 0..<300 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                wall += UInt64.random(in: 0..<20_000, using: &random)
            case 1:
                wall -= UInt64.random(in: 0..<20_000, using: &random)
            case 2:
                clock.restart(lease: durable)
            case 3, 4:
                durable = clock.leaseToStore(wall) ?? durable
                clock.extendLease(to: durable)
            case 5:
                let ahead = UInt64.random(in: 0..<120_000, using: &random)
                let remote = HybridTimestamp(milliseconds: wall - 30_000 + ahead)
                let before = clock.last
                let isTaken = clock.observe(remote, wall)
                #expect(isTaken == (ahead <= 90_000))
                #expect(isTaken || clock.last == before)
            default:
                guard let next = clock.tick(wall) else { continue }
                #expect(next > last && next < clock.lease && next < durable)
                last = next
            }
        }
        #expect(last > HybridTimestamp(0))
    }

    @Test("a reading lies within the lease and is no new timestamp")
    func reading() throws {
        let clock = try started(1_000_000)
        let given = try #require(clock.tick(1_000_000))
        #expect(clock.reading(1_000_000) == given)
        #expect(clock.reading(1_000_700) == HybridTimestamp(milliseconds: 1_000_700))
        #expect(clock.reading(9_000_000) <= clock.lease)
        #expect(clock.observe(HybridTimestamp(milliseconds: 1_040_000), 1_000_000))
        #expect(clock.reading(1_000_000) <= clock.lease)
    }

    @Test("a reading does not go back when the wall clock passes the lease")
    func readingBeyondLease() throws {
        let clock = try started(1_000_000)
        _ = clock.tick(1_000_000)
        let before = clock.reading(1_009_000)
        #expect(clock.reading(1_011_000) >= before)
    }

    @Test("a reading does not go back when the wall clock does")
    func readingAfterJumpBack() throws {
        let clock = try started(1_000_000)
        _ = clock.tick(1_000_000)
        let before = clock.reading(1_009_000)
        #expect(clock.reading(1_001_000) >= before)
    }
}
