/// What reads and writes are to reach, as a person writes it down.
///
/// Such as `99.9% fresh within 10ms, p99 read <= 5ms, p99 write <= 20ms`.
package struct StalenessTarget: Equatable, Sendable {
    /// One part of a target.
    package enum Requirement: Equatable, Sendable {
        /// A share of the reads is fresh so many milliseconds after a write was acknowledged.
        case fresh(share: Double, milliseconds: Double)
        /// A quantile of the reads' latencies is no longer than so many milliseconds.
        case readLatency(quantile: Double, milliseconds: Double)
        /// A quantile of the writes' latencies is no longer than so many milliseconds.
        case writeLatency(quantile: Double, milliseconds: Double)
    }

    /// All of which must be met; there is one at least.
    package let requirements: [Requirement]

    /// What may stand in a target.
    package static let grammar =
        "'P% fresh within T' (or 'P% fresh', at once), 'pQ read <= T', 'pQ write <= T', separated "
        + "by commas; T is a number with us, ms or s"

    /// Reads a target; what cannot be read is told, and what may stand there.
    package init(parsing text: String) throws(TargetError) {
        var requirements: [Requirement] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let requirement = StalenessTarget.requirement(part) else {
                throw TargetError(part: String(part))
            }
            requirements.append(requirement)
        }
        self.requirements = requirements
    }

    /// Spaces and case mean nothing, so that a part is read as one word.
    private static func requirement(_ part: Substring) -> Requirement? {
        var rest = part.filter { $0 != " " }.lowercased()[...]
        if rest.first == "p" {
            rest = rest.dropFirst()
            return latency(&rest)
        }
        guard let percent = number(&rest), percent > 0, percent <= 100, skip("%fresh", &rest) else {
            return nil
        }
        guard !rest.isEmpty else { return .fresh(share: percent / 100, milliseconds: 0) }
        guard skip("within", &rest), let time = milliseconds(rest) else { return nil }
        return .fresh(share: percent / 100, milliseconds: time)
    }

    private static func latency(_ rest: inout Substring) -> Requirement? {
        guard let percent = number(&rest), percent > 0, percent < 100 else { return nil }
        let isRead = skip("read", &rest)
        guard isRead || skip("write", &rest) else { return nil }
        let signs = ["<=", "≤", "<", "within"]
        guard signs.contains(where: { skip($0, &rest) }), let time = milliseconds(rest) else {
            return nil
        }
        return isRead
            ? .readLatency(quantile: percent / 100, milliseconds: time)
            : .writeLatency(quantile: percent / 100, milliseconds: time)
    }

    private static func skip(_ word: String, _ rest: inout Substring) -> Bool {
        guard rest.hasPrefix(word) else { return false }
        rest = rest.dropFirst(word.count)
        return true
    }

    private static func number(_ rest: inout Substring) -> Double? {
        let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
        rest = rest.dropFirst(digits.count)
        return Double(digits)
    }

    private static func milliseconds(_ text: Substring) -> Double? {
        var rest = text
        guard let value = number(&rest), value < 1e9 else { return nil }
        switch rest {
        case "us", "µs", "μs": return value / 1000
        case "ms": return value
        case "s": return value * 1000
        default: return nil
        }
    }
}

/// A part of a target that cannot be read.
package struct TargetError: Error, Equatable, CustomStringConvertible {
    /// The part.
    package let part: String

    /// What is wrong, and what may stand there.
    package var description: String {
        "'\(part)' is no part of a target: give \(StalenessTarget.grammar)"
    }
}

extension StalenessTarget.Requirement: CustomStringConvertible {
    /// The requirement as it is written in a target.
    package var description: String {
        func digits(_ value: Double) -> String {
            let rounded = value.rounded(significantDigits: 7)
            return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
        }
        switch self {
        case .fresh(let share, let milliseconds):
            return "\(digits(share * 100))% fresh within \(digits(milliseconds))ms"
        case .readLatency(let quantile, let milliseconds):
            return "p\(digits(quantile * 100)) read <= \(digits(milliseconds))ms"
        case .writeLatency(let quantile, let milliseconds):
            return "p\(digits(quantile * 100)) write <= \(digits(milliseconds))ms"
        }
    }
}
