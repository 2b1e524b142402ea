/// An observation beside its prediction: where they differ most.
struct ReportComparison {
    /// Where two curves differ most.
    struct Difference {
        let milliseconds: Double
        let observed: ReportEstimate
        let predicted: ReportEstimate
        /// Whether the 95 % intervals leave room between them, even if half as wide again.
        var isApart: Bool

        var size: Double { abs(observed.value - predicted.value) }
    }

    /// Differences that no reader of the page would act on.
    static let smallest = 0.002

    let observed: ReportResult
    let predicted: ReportResult
    /// Nil if the curves have no time in common.
    let difference: Difference?

    init(_ observed: ReportResult, _ predicted: ReportResult) {
        self.observed = observed
        self.predicted = predicted
        var difference = ReportComparison.difference(observed.curve, predicted.curve)
        // The simulator's own judgement weighs all times together.
        if observed.agrees == true { difference?.isApart = false }
        self.difference = difference
    }

    /// The largest of the differences beyond chance, or else the largest of all.
    private static func difference(
        _ observed: [ReportPoint], _ predicted: [ReportPoint]
    ) -> Difference? {
        let differences = observed.compactMap { point -> Difference? in
            guard let other = estimate(predicted, at: point.x) else { return nil }
            return Difference(
                milliseconds: point.x, observed: point.estimate, predicted: other,
                isApart: isApart(point.estimate, other))
        }
        let beyondChance = differences.filter(\.isApart)
        let candidates = beyondChance.isEmpty ? differences : beyondChance
        return candidates.max { $0.size < $1.size }
    }

    /// Many times are looked at, and at one of twenty an interval misses the truth: only what is
    /// apart with wider intervals is more than chance.
    private static func isApart(_ left: ReportEstimate, _ right: ReportEstimate) -> Bool {
        func reach(_ estimate: ReportEstimate, upwards: Bool) -> Double {
            let end = (upwards ? estimate.high : estimate.low) ?? estimate.value
            return 1.5 * abs(end - estimate.value)
        }
        let (lower, upper) = left.value < right.value ? (left, right) : (right, left)
        let room = reach(lower, upwards: true) + reach(upper, upwards: false)
        return upper.value - lower.value > room
    }

    /// What a curve says at a time, on the straight line between its points.
    private static func estimate(_ curve: [ReportPoint], at x: Double) -> ReportEstimate? {
        guard let below = curve.last(where: { $0.x <= x }) else { return nil }
        guard let above = curve.first(where: { $0.x >= x }) else {
            // A curve that has come to its end at the top stays there.
            return below.estimate.value >= ReportCurves.allButAll ? below.estimate : nil
        }
        let share = above.x > below.x ? (x - below.x) / (above.x - below.x) : 0
        func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * share }
        let (left, right) = (below.estimate, above.estimate)
        return ReportEstimate(
            value: between(left.value, right.value),
            low: between(left.low ?? left.value, right.low ?? right.value),
            high: between(left.high ?? left.value, right.high ?? right.value))
    }
}
