/// How long one leg of a request takes: a mixture of simple distributions, in milliseconds.
package struct DelayDistribution: Equatable, Sendable {
    /// One part of a mixture.
    package struct Part: Equatable, Sendable {
        /// The share of the delays that follow this part, 0…1.
        package let weight: Double
        /// How these delays are distributed.
        package let component: DelayComponent

        /// A component with its share.
        package init(weight: Double, component: DelayComponent) {
            self.weight = weight
            self.component = component
        }
    }

    /// The parts, the weights of which add up to 1.
    package let parts: [Part]

    /// A mixture; the weights must add up to 1 and the parameters must be possible.
    ///
    /// What comes from outside is looked at with `problem(with:)` first.
    package init(_ parts: [Part]) {
        let problem = DelayDistribution.problem(with: parts)
        precondition(problem == nil, problem ?? "")
        self.parts = parts
    }

    /// A distribution that is no mixture.
    package init(_ component: DelayComponent) {
        self.init([Part(weight: 1, component: component)])
    }

    /// What is wrong with the parts of a mixture, as a sentence; nil if nothing is.
    package static func problem(with parts: [Part]) -> String? {
        guard !parts.isEmpty else { return "a distribution needs at least one component" }
        if let wrong = parts.first(where: { !($0.weight > 0 && $0.weight <= 1) }) {
            return "a weight is within 0…1, not \(wrong.weight)"
        }
        let total = parts.reduce(0) { $0 + $1.weight }
        guard (total - 1).magnitude < 1e-6 else { return "the weights add up to \(total), not 1" }
        return parts.lazy.compactMap(\.component.problem).first
    }

    /// The mean in milliseconds; infinite for a Pareto distribution with a shape of 1 or less.
    package var mean: Double {
        parts.reduce(0) { $0 + $1.weight * $1.component.mean }
    }

    /// The share of delays up to a number of milliseconds.
    package func cumulative(_ milliseconds: Double) -> Double {
        parts.reduce(0) { $0 + $1.weight * $1.component.cumulative(milliseconds) }
    }
}

/// A simple distribution of delays in milliseconds.
package enum DelayComponent: Equatable, Sendable {
    /// A Pareto distribution: never below `scale`, its tail the heavier the smaller `shape` is.
    case pareto(scale: Double, shape: Double)
    /// An exponential distribution with a mean of 1 / `rate`.
    case exponential(rate: Double)
    /// Always the same.
    case constant(Double)
    /// Evenly between two bounds.
    case uniform(low: Double, high: Double)
    /// A log-normal distribution; `sigma` is the standard deviation of the logarithm.
    case logNormal(median: Double, sigma: Double)
    /// What was measured: evenly within each bucket of a histogram.
    case measured([DelayBucket])

    /// What is wrong with the parameters, as a sentence; nil if nothing is.
    package var problem: String? {
        let parameters: [(name: String, value: Double, least: Double)]
        switch self {
        case .pareto(let scale, let shape):
            parameters = [("scale", scale, 1e-9), ("shape", shape, 1e-9)]
        case .exponential(let rate): parameters = [("rate", rate, 1e-9)]
        case .constant(let milliseconds): parameters = [("milliseconds", milliseconds, 0)]
        case .uniform(let low, let high): parameters = [("low", low, 0), ("high", high, low)]
        case .logNormal(let median, let sigma):
            parameters = [("median", median, 1e-9), ("sigma", sigma, 0)]
        case .measured(let buckets): return DelayBucket.problem(with: buckets)
        }
        return parameters.first { !($0.value >= $0.least && $0.value < 1e12) }.map { wrong in
            "\(wrong.name) is \(wrong.value), but must be a number from \(wrong.least) to 1e12"
        }
    }

    /// The mean in milliseconds.
    var mean: Double {
        switch self {
        case .pareto(let scale, let shape):
            return shape > 1 ? scale * shape / (shape - 1) : .infinity
        case .exponential(let rate): return 1 / rate
        case .constant(let milliseconds): return milliseconds
        case .uniform(let low, let high): return (low + high) / 2
        case .logNormal(let median, let sigma): return median * Math.exp(sigma * sigma / 2)
        case .measured(let buckets):
            let total = buckets.reduce(0) { $0 + Double($1.count) }
            return buckets.reduce(0) { $0 + ($1.low + $1.high) / 2 * Double($1.count) } / total
        }
    }

    /// The share of delays up to a number of milliseconds.
    func cumulative(_ milliseconds: Double) -> Double {
        switch self {
        case .pareto(let scale, let shape):
            return milliseconds < scale ? 0 : 1 - Math.power(scale / milliseconds, shape)
        case .exponential(let rate):
            return milliseconds < 0 ? 0 : 1 - Math.exp(-rate * milliseconds)
        case .constant(let value): return milliseconds < value ? 0 : 1
        case .uniform(let low, let high):
            guard milliseconds < high else { return 1 }
            return milliseconds < low ? 0 : (milliseconds - low) / (high - low)
        case .logNormal(let median, let sigma):
            guard milliseconds > 0 else { return 0 }
            guard sigma > 0 else { return milliseconds < median ? 0 : 1 }
            return Math.normalCumulative(Math.log(milliseconds / median) / sigma)
        case .measured(let buckets):
            let total = buckets.reduce(0) { $0 + Double($1.count) }
            return buckets.reduce(0) { $0 + $1.countUp(to: milliseconds) } / total
        }
    }
}

/// How many measured delays lay between two bounds.
package struct DelayBucket: Equatable, Sendable {
    /// The lower bound in milliseconds.
    package let low: Double
    /// The upper bound in milliseconds.
    package let high: Double
    /// How many delays lay between.
    package let count: UInt64

    /// A bucket from `low` to `high` milliseconds.
    package init(low: Double, high: Double, count: UInt64) {
        self.low = low
        self.high = high
        self.count = count
    }

    /// What is wrong with the buckets of a histogram, as a sentence; nil if nothing is.
    static func problem(with buckets: [DelayBucket]) -> String? {
        guard buckets.contains(where: { $0.count > 0 }) else { return "a histogram is empty" }
        for bucket in buckets where !(bucket.low >= 0 && bucket.low <= bucket.high) {
            return "a bucket goes from \(bucket.low) to \(bucket.high) ms"
        }
        for (bucket, next) in zip(buckets, buckets.dropFirst()) where bucket.high > next.low {
            return "the buckets from \(bucket.low) and from \(next.low) ms overlap: they ascend"
        }
        return nil
    }

    func countUp(to milliseconds: Double) -> Double {
        guard milliseconds < high else { return Double(count) }
        return milliseconds <= low ? 0 : Double(count) * (milliseconds - low) / (high - low)
    }
}
