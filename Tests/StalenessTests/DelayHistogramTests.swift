import Primitives
import Staleness
import Testing

@Suite struct DelayHistogramTests {
    @Test("every delay lies in its bucket, and no bucket is wider than one part in 128")
    func buckets() {
        var random = RandomStream(seed: 5)
        let drawn = (0..<2_000).map { _ in
            UInt64.random(in: 0...(1 << UInt64.random(in: 0...31, using: &random)), using: &random)
        }
        for value in Array(0...2_048) + drawn + [DelayHistogram.microsecondsMax] {
            var histogram = DelayHistogram()
            histogram.record(value)
            let buckets = Array(histogram.buckets)
            #expect(buckets.count == 1 && buckets[0].count == 1)
            #expect((buckets[0].lowest...buckets[0].highest).contains(value))
            #expect((buckets[0].highest - buckets[0].lowest) * 128 <= max(value, 128))
            #expect(histogram.sum == value && histogram.count == 1)
        }
    }

    @Test("buckets lie side by side, without gap or overlap")
    func neighbours() {
        var histogram = DelayHistogram()
        for value in UInt64(0)...20_000 { histogram.record(value) }
        var next: UInt64 = 0
        for bucket in histogram.buckets {
            #expect(bucket.lowest == next)
            next = bucket.highest + 1
        }
        #expect(next > 20_000)
    }

    @Test("delays longer than an hour count as an hour")
    func longest() {
        var histogram = DelayHistogram()
        histogram.record(.max)
        #expect(histogram.sum == DelayHistogram.microsecondsMax)
    }

    @Test("a quantile is that of the sorted delays, to the resolution of the buckets")
    func quantiles() {
        var random = RandomStream(seed: 6)
        var histogram = DelayHistogram()
        var values: [UInt64] = []
        for _ in 0..<5_000 {
            let value = UInt64.random(in: 0...3_000_000, using: &random)
            histogram.record(value)
            values.append(value)
        }
        values.sort()
        for share in [0.0, 0.001, 0.5, 0.9, 0.99, 0.999, 1] {
            let rank = max(Int((share * 5_000).rounded(.up)), 1)
            let exact = values[rank - 1]
            let told = histogram.quantile(share) ?? 0
            #expect(told >= exact && told - exact <= exact / 128 + 1)
        }
        #expect(DelayHistogram().quantile(0.5) == nil)
        #expect(histogram.count(upTo: 3_100_000) == 5_000)
    }

    @Test("merging adds what both counted, and subtracting takes it off again")
    func arithmetic() {
        var (first, second, both) = (DelayHistogram(), DelayHistogram(), DelayHistogram())
        var random = RandomStream(seed: 7)
        for index in 0..<1_000 {
            let value = UInt64.random(in: 0...(index < 500 ? 5_000 : 5_000_000), using: &random)
            both.record(value)
            if index < 500 { first.record(value) } else { second.record(value) }
        }
        var merged = first
        merged.merge(second)
        #expect(merged == both)
        #expect(both.subtracting(earlier: first) == second)
        #expect(both.subtracting(earlier: second) == first)
        #expect(both.subtracting(earlier: both) == DelayHistogram())
    }
}
