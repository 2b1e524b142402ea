import Primitives
import Staleness
import Testing

@Suite struct DelayTableTests {
    static let second: UInt64 = 1_000_000_000

    @Test("the difference of two clocks is found from the fastest messages each way")
    func offset() {
        var offset = ClockOffset()
        #expect(offset.microseconds == nil)
        // The member's clock is 5,000 µs ahead; messages take 100 to 400 µs either way.
        offset.see(300 - 5_000, at: 0)
        offset.see(100 - 5_000, at: 1)
        offset.see(400 - 5_000, at: 2)
        #expect(offset.microseconds == nil)
        offset.learn(120 + 5_000)
        #expect(offset.microseconds == 5_010)
        #expect(offset.seen == -4_900)
    }

    @Test("a clock that was set is followed once the messages before are forgotten")
    func window() {
        var offset = ClockOffset()
        offset.see(100, at: 0)
        offset.see(900_100, at: 11 * Self.second)
        #expect(offset.seen == 100)
        offset.see(900_200, at: 22 * Self.second)
        #expect(offset.seen == 900_100)
        offset.see(500, at: 60 * Self.second)
        #expect(offset.seen == 500)
        offset.learn(nil)
        #expect(offset.microseconds == nil)
    }

    @Test("delays are corrected by the difference of the clocks, and never below 0")
    func correction() {
        var table = DelayTable(members: 2)
        table.see(100 - 5_000, from: 1, at: 0)
        table.learn(100 + 5_000, from: 1)
        table.record(5_250, as: .write, of: 1)
        table.record(-4_850, as: .acknowledgement, of: 1)
        table.record(4_000, as: .read, of: 1)
        table.record(.max, as: .response, of: 1)
        let delays = table.members[1]
        #expect(delays.write.sum == 250)
        #expect(delays.acknowledgement.sum == 150)
        #expect(delays.read.sum == 0 && delays.read.count == 1)
        #expect(delays.response.count == 0, "half an hour is not believed")
    }

    @Test("the document names every pair with its four histograms")
    func document() {
        var table = DelayTable(members: 2)
        table.record(nanoseconds: 300_000, as: .write, of: 0)
        table.record(7, as: .read, of: 1)
        let empty = #"{"count":0,"microseconds":[]}"#
        #expect(
            table.document(of: 0, names: ["a", "b"])
                == #"{"kind":"delays","nodes":["a","b"],"pairs":["#
                + #"{"from":"a","to":"a","write":{"count":1,"microseconds":[[300,301,1]]},"#
                + #""acknowledgement":\#(empty),"read":\#(empty),"response":\#(empty)},"#
                + #"{"from":"a","to":"b","write":\#(empty),"acknowledgement":\#(empty),"#
                + #""read":{"count":1,"microseconds":[[7,7,1]]},"response":\#(empty)}]}"#)
    }
}
