import Primitives
import Testing

@testable import Staleness

@Suite struct IntervalTests {
    @Test func `wilson's interval is that of the textbook`() {
        let interval = Interval.wilson(successes: 9, of: 10)
        #expect(abs(interval.low - 0.5958) < 0.0001)
        #expect(abs(interval.high - 0.9821) < 0.0001)
        #expect(Interval.wilson(successes: 0, of: 0) == Interval(low: 0, high: 1))
        let all = Interval.wilson(successes: 1000, of: 1000)
        #expect(all.high == 1)
        #expect(abs(all.low - 0.99617) < 0.00001)
    }

    /// The ranks for the median of 10 and of 20 samples stand in every table of order statistics.
    @Test func `the ranks around a median are those of the tables`() {
        #expect(ranks(0.5, of: 10) == [2, 5, 9])
        #expect(ranks(0.5, of: 20) == [6, 10, 15])
        #expect(ranks(0.5, of: 5) == [nil, 3, nil])
    }

    @Test func `too few samples beyond a quantile leave its bound open`() {
        #expect(ranks(0.999, of: 1000) == [997, 999, nil])
        #expect(ranks(0.999, of: 3000) == [2993, 2997, nil])
        #expect(ranks(0.999, of: 10_000) == [9983, 9990, 9997])
    }

    @Test func `the interval of a quantile covers the true one as often as it says`() {
        var stream = RandomStream(root: 1, name: "coverage")
        var covered = 0
        let rounds = 2000
        for _ in 0..<rounds {
            let samples = (0..<200).map { _ in Double.random(in: 0..<1, using: &stream) }.sorted()
            let ranks = QuantileRanks(0.9, of: samples.count)
            if let low = ranks.low, let high = ranks.high,
                samples[low - 1] <= 0.9, samples[high - 1] >= 0.9
            {
                covered += 1
            }
        }
        let share = Double(covered) / Double(rounds)
        #expect(share > 0.945 && share < 0.98)
    }

    private func ranks(_ probability: Double, of count: Int) -> [Int?] {
        let ranks = QuantileRanks(probability, of: count)
        return [ranks.low, ranks.value, ranks.high]
    }
}

@Suite struct StalenessResultTests {
    @Test func `numbers are rounded to what they mean`() {
        #expect((1.0 / 3).rounded(significantDigits: 3) == 0.333)
        #expect(1234567.8.rounded(significantDigits: 3) == 1_234_568)
        #expect(45.530182736.rounded(significantDigits: 7) == 45.53018)
        #expect(0.0.rounded(significantDigits: 3) == 0)
        #expect(1e-30.rounded(significantDigits: 3) == 1e-30)
    }

    @Test func `a result is written in the fixed order of fields`() {
        var result = StalenessResult(
            quorum: QuorumSizes(n: 3, r: 1, w: 2),
            freshAtZero: Estimate(successes: 1, of: 2),
            tVisibility: TimeToVisibility(
                probability: 0.999, milliseconds: 1.5, low: 1, high: nil),
            kStaleness: [Estimate(exactly: 0.75)])
        result.readLatency = LatencyPercentiles(sorted: [1, 2, 3])
        result.curve = [FreshnessPoint(milliseconds: 0.25, fresh: Estimate(exactly: 1))]
        result.readLatencyCurve = [LatencyPoint(milliseconds: 1, probability: 0.5)]
        var json = JSONText()
        json.object { result.write(into: &$0) }
        let expected = """
            {"n":3,"r":1,"w":2,"freshAtZero":0.5,\
            "freshAtZeroInterval":{"low":0.09453121,"high":0.9054688},\
            "tVisibility":{"p":0.999,"milliseconds":1.5,"low":1.0,"high":null},\
            "kStaleness":[{"k":1,"probability":0.75,"low":0.75,"high":0.75}],\
            "readLatency":{"p50":2.0,"p99":3.0,"p999":3.0},\
            "writeLatency":{"p50":null,"p99":null,"p999":null},\
            "curve":[{"t":0.25,"probability":1.0,"low":1.0,"high":1.0}],\
            "readLatencyCurve":[{"milliseconds":1.0,"probability":0.5}],\
            "writeLatencyCurve":[]}
            """
        #expect(json.text == expected)
    }

    @Test func `a curve of latencies ascends and ends where samples end`() {
        let points = LatencyPoint.curve(sorted: (1...1000).map(Double.init))
        #expect(points.count <= LatencyPoint.countMax)
        #expect(zip(points, points.dropFirst()).allSatisfy { $0.probability < $1.probability })
        #expect(points.last.map { $0.milliseconds > 990 } == true)
    }
}
