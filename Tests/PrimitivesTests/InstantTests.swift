import Primitives
import Testing

@Suite struct InstantTests {
    @Test("a wall reading is kept to the microsecond and told in milliseconds too")
    func readings() {
        let fine = Instant(nanoseconds: 7, wallMicroseconds: 1_234_567)
        #expect(fine.wallMilliseconds == 1_234)
        let coarse = Instant(nanoseconds: 7, wallMilliseconds: 1_234)
        #expect(coarse.wallMicroseconds == 1_234_000)
        #expect(fine != coarse)
    }

    @Test("the difference of two stamps is right across the point where they come round")
    func stamps() {
        for start: UInt64 in [0, 1_700_000_000_000_000, 1 << 32 - 5, 1 << 33] {
            let first = WallStamp(wallMicroseconds: start)
            for elapsed: Int64 in [0, 1, 10, 999_999, 1_799_999_999] {
                let later = WallStamp(wallMicroseconds: start + UInt64(elapsed))
                #expect(Int64(first.microseconds(until: later)) == elapsed)
                #expect(Int64(later.microseconds(until: first)) == -elapsed)
            }
        }
    }
}
