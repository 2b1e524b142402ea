import Primitives

/// How stale reads are: what a prediction, a simulation and a measurement have in common.
///
/// All times are milliseconds. What there were too few samples for is nil and written as `null`.
package struct StalenessResult: Equatable, Sendable {
    /// Which n, r and w this is about.
    package var quorum: QuorumSizes
    /// The share of fresh reads among those that start when the write is acknowledged.
    package var freshAtZero: Estimate
    /// How long after the acknowledgement 99.9 % of the reads are fresh.
    package var tVisibility: TimeToVisibility
    /// The probability that a read returns one of the last k versions, from k = 1.
    package var kStaleness: [Estimate]
    /// How long reads take.
    package var readLatency: LatencyPercentiles
    /// How long writes take.
    package var writeLatency: LatencyPercentiles
    /// The share of fresh reads by their distance from the acknowledgement, ascending.
    package var curve: [FreshnessPoint]
    /// The distribution of the reads' latencies, about 60 points, ascending.
    package var readLatencyCurve: [LatencyPoint]
    /// The distribution of the writes' latencies, about 60 points, ascending.
    package var writeLatencyCurve: [LatencyPoint]

    /// A result about `quorum` to which the latencies and curves are added afterwards.
    package init(
        quorum: QuorumSizes, freshAtZero: Estimate, tVisibility: TimeToVisibility,
        kStaleness: [Estimate]
    ) {
        self.quorum = quorum
        self.freshAtZero = freshAtZero
        self.tVisibility = tVisibility
        self.kStaleness = kStaleness
        readLatency = LatencyPercentiles(p50: nil, p99: nil, p999: nil)
        writeLatency = readLatency
        curve = []
        readLatencyCurve = []
        writeLatencyCurve = []
    }

    /// The share of fresh reads that `tVisibility` is about.
    package static let target = 0.999

    /// How many versions back `kStaleness` goes.
    package static let versionsMax = 10
}

/// How many replicas there are, and how many a read and a write wait for.
package struct QuorumSizes: Equatable, Hashable, Sendable {
    /// How many replicas there are.
    package let n: Int
    /// How many answers a read waits for.
    package let r: Int
    /// How many acknowledgements a write waits for.
    package let w: Int

    /// Sizes, of which r and w are within 1…n.
    package init(n: Int, r: Int, w: Int) {
        precondition((1...n).contains(r) && (1...n).contains(w), "n=\(n) r=\(r) w=\(w)")
        self.n = n
        self.r = r
        self.w = w
    }
}

/// After which time a share of the reads is fresh.
package struct TimeToVisibility: Equatable, Sendable {
    /// The share.
    package var probability: Double
    /// The time; nil where the share is not reached within what was observed.
    package var milliseconds: Double?
    /// The lower bound of the time; nil where it lies beyond what was observed.
    package var low: Double?
    /// The upper bound of the time; nil where it lies beyond what was observed.
    package var high: Double?

    /// A share, and the time at which it is reached, with its bounds.
    package init(probability: Double, milliseconds: Double?, low: Double?, high: Double?) {
        self.probability = probability
        self.milliseconds = milliseconds
        self.low = low
        self.high = high
    }
}

/// Three percentiles of latencies in milliseconds; nil without samples.
package struct LatencyPercentiles: Equatable, Sendable {
    /// The median.
    package var p50: Double?
    /// The 99th percentile.
    package var p99: Double?
    /// The 99.9th percentile.
    package var p999: Double?

    /// Three percentiles.
    package init(p50: Double?, p99: Double?, p999: Double?) {
        self.p50 = p50
        self.p99 = p99
        self.p999 = p999
    }

    /// The percentiles of samples in ascending order.
    package init(sorted samples: [Double]) {
        guard !samples.isEmpty else {
            self.init(p50: nil, p99: nil, p999: nil)
            return
        }
        func quantile(_ probability: Double) -> Double {
            samples[QuantileRanks.rank(probability, of: samples.count) - 1]
        }
        self.init(p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999))
    }
}

/// The share of fresh reads among those at one distance from the acknowledgement.
package struct FreshnessPoint: Equatable, Sendable {
    /// The distance in milliseconds.
    package let milliseconds: Double
    /// The share.
    package let fresh: Estimate

    /// A share at a distance.
    package init(milliseconds: Double, fresh: Estimate) {
        self.milliseconds = milliseconds
        self.fresh = fresh
    }
}

/// One point of a cumulative distribution of latencies.
package struct LatencyPoint: Equatable, Sendable {
    /// The latency.
    package let milliseconds: Double
    /// The share of requests that took no longer.
    package let probability: Double

    /// A share of requests that took no longer than a latency.
    package init(milliseconds: Double, probability: Double) {
        self.milliseconds = milliseconds
        self.probability = probability
    }

    /// How many points a curve of latencies has.
    package static let countMax = 60

    /// About 60 points of samples in ascending order, dense towards the tail.
    package static func curve(sorted samples: [Double]) -> [LatencyPoint] {
        guard !samples.isEmpty else { return [] }
        return probabilities(of: samples.count).map { probability in
            LatencyPoint(
                milliseconds: samples[QuantileRanks.rank(probability, of: samples.count) - 1],
                probability: probability)
        }
    }

    /// The probabilities at which a curve of `count` samples has points, ascending.
    ///
    /// Half of them divide the body evenly, the others halve the rest again and again, as far as
    /// there are ten samples beyond them.
    package static func probabilities(of count: Int) -> [Double] {
        let body = (1...40).map { Double($0) / 44 }
        var tail: [Double] = []
        var rest = 1.0 / 11
        while tail.count < countMax - body.count, rest * Double(count) >= 10 {
            rest *= 0.7
            tail.append(1 - rest)
        }
        return body + tail
    }
}
