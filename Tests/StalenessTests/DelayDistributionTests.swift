import Primitives
import Testing

@testable import Staleness

@Suite struct DelayDistributionTests {
    static let distributions = [
        DelayDistribution(.pareto(scale: 1.05, shape: 3)),
        DelayDistribution(.exponential(rate: 0.183)),
        DelayDistribution(.uniform(low: 2, high: 5)),
        DelayDistribution(.logNormal(median: 3, sigma: 0.5)),
        DelayDistribution(
            .measured([
                DelayBucket(low: 1, high: 2, count: 10), DelayBucket(low: 2, high: 3, count: 0),
                DelayBucket(low: 4, high: 4.5, count: 70), DelayBucket(low: 9, high: 10, count: 20),
            ])),
        DelayDistribution([
            .init(weight: 0.9122, component: .pareto(scale: 0.235, shape: 10)),
            .init(weight: 0.0878, component: .exponential(rate: 1.66)),
        ]),
        DelayDistribution([
            .init(weight: 0.25, component: .constant(1)),
            .init(weight: 0.75, component: .uniform(low: 1, high: 3)),
        ]),
    ]

    /// With 200,000 samples a share is within 0.005 of its probability but once in 10,000 times.
    @Test(arguments: distributions)
    func `samples follow the cumulative distribution`(distribution: DelayDistribution) {
        let table = SamplingTable([DelayDistribution(.constant(7)), distribution])
        var stream = RandomStream(root: 1, name: "samples")
        let samples = (0..<200_000).map { _ in table.sample(1, using: &stream) }
        for point in stride(from: 0.05, through: 12, by: 1.19) {
            let share = Double(samples.count { $0 <= point }) / Double(samples.count)
            #expect(abs(share - distribution.cumulative(point)) < 0.005, "at \(point)")
        }
        let mean = samples.reduce(0, +) / Double(samples.count)
        #expect(abs(mean / distribution.mean - 1) < 0.01)
        #expect(table.sample(0, using: &stream) == 7)
    }

    @Test func `a tail of a thousandth is where the formula says`() {
        let table = SamplingTable([DelayDistribution(.pareto(scale: 1, shape: 2))])
        var stream = RandomStream(root: 2, name: "tail")
        let samples = (0..<400_000).map { _ in table.sample(0, using: &stream) }.sorted()
        let ranks = QuantileRanks(0.999, of: samples.count)
        let exact = 1000.0.squareRoot()
        #expect(samples[(ranks.low ?? 1) - 1] < exact && exact < samples[(ranks.high ?? 1) - 1])
        #expect(samples[0] >= 1)
    }

    @Test func `quantiles of the normal distribution invert its cumulative one`() {
        for value in stride(from: -8.0, through: 5, by: 0.01) {
            let inverted = Math.normalQuantile(Math.normalCumulative(value))
            #expect(abs(inverted - value) < 1e-8 * max(1, 1e4 * Double(value > 4 ? 1 : 0)))
        }
        #expect(abs(Math.normalQuantile(0.975) - Interval.normalQuantile) < 1e-12)
    }

    @Test func `impossible parameters are told`() {
        func problem(_ component: DelayComponent, weight: Double = 1) -> String? {
            DelayDistribution.problem(with: [.init(weight: weight, component: component)])
        }
        #expect(problem(.exponential(rate: 2)) == nil)
        #expect(problem(.exponential(rate: 2), weight: 0.5)?.contains("0.5, not 1") == true)
        #expect(problem(.pareto(scale: 0, shape: 1))?.contains("scale is 0.0") == true)
        #expect(problem(.uniform(low: 2, high: 1))?.contains("high is 1.0") == true)
        #expect(problem(.constant(.infinity)) != nil)
        #expect(problem(.measured([]))?.contains("empty") == true)
        let overlapping = [
            DelayBucket(low: 1, high: 3, count: 1), DelayBucket(low: 2, high: 4, count: 1),
        ]
        #expect(problem(.measured(overlapping))?.contains("overlap") == true)
    }
}
