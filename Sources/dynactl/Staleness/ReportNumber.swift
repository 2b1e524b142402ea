import Glibc
import Pages

/// Numbers of the report as people read them, with their units.
enum ReportNumber {
    /// What stands where nothing is known.
    static let nothing = "–"
    /// The space that keeps a number and its unit on one line.
    private static let space = "\u{a0}"

    /// Three significant digits, or all digits before the point: `0.664`, `13.0`, `1,364`.
    static func significant(_ number: Double) -> String {
        guard number != 0 else { return "0" }
        let exponent = Int(log10(abs(number)).rounded(.down))
        guard exponent < 3 else {
            let whole = number.rounded()
            return abs(whole) < 1e15 ? NumberText.grouped(Int(whole)) : number.description
        }
        return NumberText.decimal(number, digits: min(9, 2 - exponent))
    }

    /// A duration in milliseconds: `13.0 ms`.
    static func milliseconds(_ number: Double?) -> String {
        number.map { short($0) + space + "ms" } ?? nothing
    }

    /// Less than a microsecond is below what any clock here tells.
    private static func short(_ milliseconds: Double) -> String {
        milliseconds > 0 && milliseconds < 0.001 ? "<\u{a0}0.001" : significant(milliseconds)
    }

    /// A probability in percent, with two digits of what is missing to 100 %: `99.987 %`.
    static func percent(_ probability: Double) -> String {
        percentDigits(probability) + space + "%"
    }

    private static func percentDigits(_ probability: Double) -> String {
        guard probability > 0, probability < 1 else { return probability > 0 ? "100" : "0" }
        let smaller = min(probability, 1 - probability) * 100
        let exponent = Int((log10(smaller) + 1e-9).rounded(.down))
        return NumberText.decimal(probability * 100, digits: max(1, min(8, 1 - exponent)))
    }

    /// A round share in percent, as short as it can be: `99.9 %`.
    static func level(_ probability: Double) -> String {
        var text = NumberText.decimal(probability * 100, digits: 6)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text + space + "%"
    }

    /// An interval of probabilities, in percent; empty if there is none.
    static func interval(_ estimate: ReportEstimate) -> String {
        guard let low = estimate.low, let high = estimate.high else { return "" }
        return "\(percentDigits(low))…\(percent(high))"
    }

    /// An interval of milliseconds; empty if there is none.
    static func interval(_ visibility: ReportVisibility) -> String {
        switch (visibility.low, visibility.high) {
        case (nil, nil): ""
        case (let low?, nil): "at least \(milliseconds(low))"
        case (nil, let high?): "at most \(milliseconds(high))"
        case (let low?, let high?) where low == high: ""
        case (let low?, let high?): "\(significant(low))…\(milliseconds(high))"
        }
    }

    /// A count: `12,345`.
    static func count(_ number: Int?) -> String {
        number.map(NumberText.grouped) ?? nothing
    }

    /// So many of so many, and what share that is.
    static func share(_ part: Int, of whole: Int) -> String {
        let text = "\(NumberText.grouped(part)) of \(NumberText.grouped(whole))"
        guard whole > 0 else { return text }
        return text + " (\(percent(Double(part) / Double(whole))))"
    }

    /// A name as programs write it, in words: `writeInFlight` is `write in flight`.
    static func words(_ name: String) -> String {
        var words = ""
        for character in name {
            if character.isUppercase, !words.isEmpty { words.append(" ") }
            words += character.lowercased()
        }
        return words
    }
}

extension ReportNumber {
    /// A difference of probabilities: `1.20 percentage points`.
    static func points(_ difference: Double) -> String {
        difference < 0.000_005
            ? "less than 0.001 percentage points"
            : significant(difference * 100) + " percentage points"
    }
}
