import Glibc

/// How values are laid out along an axis: from 0 to 1, and where the lines of the grid are.
enum ReportScale {
    case linear(low: Double, high: Double)
    /// Decades; where `hasZero`, the first tenth of the axis is for 0, apart from the rest.
    case logarithmic(low: Double, high: Double, hasZero: Bool)
    /// Probabilities by what is missing to 1: 90 %, 99 % and 99.9 % are equally far apart, and 1
    /// stands apart from the rest at the far end.
    case nines(low: Double, decades: Double)
    /// Things with numbers from 1 on, each with as much room as the others.
    case items(count: Int)

    /// The share of the axis that what stands apart takes.
    private static let apart = 0.1

    /// Decades around these values; those that are 0 stand apart.
    static func decades(around values: [Double]) -> ReportScale {
        let positive = values.filter { $0 > 0 }
        let hasZero = positive.count < values.count
        guard let least = positive.min(), let greatest = positive.max() else {
            return .logarithmic(low: 0.1, high: 10, hasZero: hasZero)
        }
        // Six decades are what can be told apart; whatever is less is drawn at the end.
        let visible = max(least, greatest * 1e-6, 1e-9)
        let low = pow(10, log10(visible).rounded(.down))
        let high = pow(10, log10(greatest).rounded(.up))
        return .logarithmic(low: low, high: max(high, low * 10), hasZero: hasZero)
    }

    /// From what the least of these probabilities needs up to 1.
    static func nines(around values: [Double]) -> ReportScale {
        let least = values.min() ?? 0
        let low = [0.99, 0.9, 0.5].first { $0 <= least } ?? 0
        let finest = values.filter { $0 < 1 }.map { -log10(1 - $0) }.max() ?? 3
        return .nines(low: low, decades: min(5, max(3, finest.rounded(.up))))
    }

    /// From 0, or from a round number where all values are large, to a round number.
    static func linear(around values: [Double], fromZero: Bool) -> ReportScale {
        let greatest = values.max() ?? 1
        let least = fromZero ? 0 : values.min() ?? 0
        let span = max(greatest - least, max(abs(greatest), 1e-9) * 1e-3)
        let step = ReportScale.step(span / 4)
        return .linear(
            low: (least / step + 1e-9).rounded(.down) * step,
            high: (greatest / step - 1e-9).rounded(.up) * step)
    }

    /// The round number that is not less.
    private static func step(_ least: Double) -> Double {
        let decade = pow(10, log10(least).rounded(.down))
        return [1, 2, 5].map { $0 * decade }.first { $0 >= least * 0.999_999 } ?? 10 * decade
    }

    /// Where a value is, from 0 to 1; what is beyond an end is at the end.
    func position(_ value: Double) -> Double {
        switch self {
        case .linear(let low, let high):
            return ReportScale.share(value, low, high)
        case .logarithmic(let low, let high, let hasZero):
            let start = hasZero ? ReportScale.apart : 0
            guard value > 0 || !hasZero else { return start / 6 }
            let share = ReportScale.share(log10(max(value, low)), log10(low), log10(high))
            return start + (1 - start) * share
        case .nines(let low, let decades):
            guard value < 1 else { return 1 }
            let share = ReportScale.share(-log10(1 - value), -log10(1 - low), decades)
            return (1 - ReportScale.apart) * share
        case .items(let count):
            return min(1, max(0, (value - 0.5) / Double(max(1, count))))
        }
    }

    private static func share(_ value: Double, _ low: Double, _ high: Double) -> Double {
        high > low ? min(1, max(0, (value - low) / (high - low))) : 0.5
    }

    /// The values that have a line of the grid and a number.
    var ticks: [Double] {
        switch self {
        case .linear(let low, let high):
            let step = ReportScale.step((high - low) / 5)
            let count = Int(((high - low) / step + 1e-6).rounded(.down))
            return (0...max(1, min(12, count))).map { low + Double($0) * step }
        case .logarithmic(let low, let high, let hasZero):
            return (hasZero ? [0] : []) + ReportScale.decadeTicks(low, high)
        case .nines(let low, let decades):
            let values = [0, 0.5, 0.9, 0.99, 0.999, 0.999_9, 0.999_99]
            return values.filter { $0 >= low && -log10(1 - $0) <= decades + 1e-6 } + [1]
        case .items(let count):
            return (1...max(1, count)).map(Double.init)
        }
    }

    private static func decadeTicks(_ low: Double, _ high: Double) -> [Double] {
        let first = Int((log10(low) - 1e-9).rounded(.up))
        let last = Int((log10(high) + 1e-9).rounded(.down))
        guard first <= last else { return [low, high] }
        let decades = (first...last).map { pow(10, Double($0)) }
        guard decades.count <= 2 else { return decades }
        return decades.flatMap { [$0, 2 * $0, 5 * $0] }.filter { $0 <= high * 1.001 }
    }
}
