/// Bounds between which the true value lies with a confidence of 95 %.
package struct Interval: Equatable, Sendable {
    /// The lower bound.
    package let low: Double
    /// The upper bound.
    package let high: Double

    /// An interval from `low` to `high`.
    package init(low: Double, high: Double) {
        precondition(!(low > high), "an interval from \(low) to \(high) is upside down")
        self.low = low
        self.high = high
    }

    /// The value of the standard normal distribution that 97.5 % stay below.
    static let normalQuantile = 1.959963984540054

    /// Wilson's interval for a probability of which `trials` trials saw `successes`.
    ///
    /// Unlike the textbook's normal interval it is right near 0 and 1, where freshness lives, and
    /// never has a width of zero. Without trials everything is possible: 0…1.
    package static func wilson(successes: Int, of trials: Int) -> Interval {
        precondition(successes >= 0 && successes <= trials, "\(successes) of \(trials)")
        guard trials > 0 else { return Interval(low: 0, high: 1) }
        let count = Double(trials)
        let share = Double(successes) / count
        let z = normalQuantile
        let denominator = 1 + z * z / count
        let centre = (share + z * z / (2 * count)) / denominator
        let variance = share * (1 - share) / count + z * z / (4 * count * count)
        let half = z * variance.squareRoot() / denominator
        return Interval(
            low: successes == 0 ? 0 : max(0, centre - half),
            high: successes == trials ? 1 : min(1, centre + half))
    }
}

/// A probability with its interval.
package struct Estimate: Equatable, Sendable {
    /// The probability.
    package let probability: Double
    /// Where the true one lies with a confidence of 95 %.
    package let interval: Interval

    /// A probability and its interval.
    package init(probability: Double, interval: Interval) {
        self.probability = probability
        self.interval = interval
    }

    /// The share of `successes` in `trials`, with Wilson's interval; 0 without any trials.
    package init(successes: Int, of trials: Int) {
        probability = trials == 0 ? 0 : Double(successes) / Double(trials)
        interval = .wilson(successes: successes, of: trials)
    }

    /// A probability that was not estimated but calculated.
    package init(exactly probability: Double) {
        self.probability = probability
        interval = Interval(low: probability, high: probability)
    }
}

/// Which of the sorted samples stand for a quantile and for the ends of its interval.
///
/// The number of samples below the true quantile is binomially distributed, whatever the samples'
/// own distribution is, so that two of the samples bound the quantile (order statistics). The
/// binomial probabilities are summed exactly, outwards from the largest: no approximation that
/// would fail for the few samples beyond a p99.9.
package struct QuantileRanks: Equatable, Sendable {
    /// The rank of the quantile itself, from 1.
    package let value: Int
    /// The rank of the lower bound, from 1; nil where there are too few samples to have one.
    package let low: Int?
    /// The rank of the upper bound, from 1; nil where there are too few samples to have one.
    package let high: Int?

    /// The ranks for the quantile `probability` of `count` samples; there must be one at least.
    ///
    /// Takes time in the order of the square root of `count`.
    package init(_ probability: Double, of count: Int) {
        precondition(count > 0, "no samples have no quantile")
        precondition(probability > 0 && probability < 1, "a quantile is within 0…1, exclusively")
        value = QuantileRanks.rank(probability, of: count)
        let central = BinomialTerms(count: count, probability: probability)
        let below = central.largest { $0 <= 0.025 }
        let above = central.smallest { $0 >= 0.975 }
        low = below.map { $0 + 1 }
        high = above.flatMap { $0 + 1 <= count ? $0 + 1 : nil }
    }

    /// The rank of the quantile `probability` among `count` sorted samples, from 1.
    package static func rank(_ probability: Double, of count: Int) -> Int {
        let exact = Double(count) * probability
        return min(count, max(1, Int((exact - 1e-9 * exact).rounded(.up))))
    }
}

/// The cumulative binomial distribution around its mode, where it is neither 0 nor 1.
private struct BinomialTerms {
    /// The first number of successes whose probability counts.
    private let first: Int
    /// P(successes ≤ first + index).
    private let cumulative: [Double]

    init(count: Int, probability: Double) {
        let odds = probability / (1 - probability)
        let mode = min(count, Int(Double(count + 1) * probability))
        var below: [Double] = []
        var term = 1.0
        var successes = mode
        while successes > 0, term > 1e-18 {
            term *= Double(successes) / (Double(count - successes + 1) * odds)
            successes -= 1
            below.append(term)
        }
        var terms = Array(below.reversed())
        first = mode - below.count
        terms.append(1)
        term = 1
        successes = mode
        while successes < count, term > 1e-18 {
            term *= Double(count - successes) / Double(successes + 1) * odds
            successes += 1
            terms.append(term)
        }
        let total = terms.reduce(0, +)
        var sum = 0.0
        cumulative = terms.map { term in
            sum += term
            return sum / total
        }
    }

    /// The largest number of successes whose cumulative probability satisfies the condition.
    func largest(_ holds: (Double) -> Bool) -> Int? {
        cumulative.lastIndex(where: holds).map { first + $0 }
    }

    /// The smallest number of successes whose cumulative probability satisfies the condition.
    func smallest(_ holds: (Double) -> Bool) -> Int? {
        cumulative.firstIndex(where: holds).map { first + $0 }
    }
}
