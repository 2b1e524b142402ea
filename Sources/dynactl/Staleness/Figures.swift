import Staleness

/// Numbers as people read them in reports about staleness.
enum Figures {
    /// Milliseconds with three significant digits; a dash where there is none.
    static func milliseconds(_ value: Double?) -> String {
        value.map { number($0.rounded(significantDigits: 3)) } ?? "-"
    }

    /// A share in per cent, to a hundredth; a dash where there is none.
    static func percent(_ share: Double?) -> String {
        share.map { number(($0 * 10_000).rounded() / 100) + " %" } ?? "-"
    }

    /// An interval in per cent, to a hundredth.
    static func percent(_ interval: Interval) -> String {
        let bounds = [interval.low, interval.high].map {
            number(($0 * 10_000).rounded() / 100)
        }
        return bounds.joined(separator: "…")
    }

    /// A number without a decimal point where it is whole.
    static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
