import Primitives
import Testing

@testable import Simulator

/// What the judge remembers of the bytes it has read.
@Suite struct RecentReadingsTests {
    private func record(_ counter: UInt64) -> SeenRecord {
        var record = SeenRecord()
        record.context.join(SeenDot(node: 1, epoch: 1, counter: counter))
        return record
    }

    private func bytes(_ number: UInt8, count: Int = 21) -> Bytes {
        (Array(repeating: 7, count: count - 1) + [number])[...]
    }

    @Test func `A record is given again for equal bytes, wherever they lie`() {
        var readings = RecentReadings()
        readings.keep(record(3), in: bytes(1))
        let elsewhere = ([9, 9] + Array(bytes(1)) + [9]).dropFirst(2).dropLast()
        #expect(readings.record(in: elsewhere) == record(3))
    }

    @Test(arguments: 0..<21) func `One other byte, and it is not given`(place: Int) {
        var readings = RecentReadings()
        readings.keep(record(3), in: bytes(1))
        var other = Array(bytes(1))
        other[place] ^= 64
        #expect(readings.record(in: other[...]) == nil)
        #expect(readings.record(in: bytes(1).dropLast()) == nil)
    }

    @Test func `The oldest is forgotten, and long bytes are never kept`() {
        var readings = RecentReadings()
        for number in 1...17 { readings.keep(record(UInt64(number)), in: bytes(UInt8(number))) }
        #expect(readings.record(in: bytes(1)) == nil)
        for number in 2...17 {
            #expect(readings.record(in: bytes(UInt8(number))) == record(UInt64(number)))
        }
        readings.keep(record(18), in: bytes(18, count: 5_000))
        #expect(readings.record(in: bytes(18, count: 5_000)) == nil)
    }
}
