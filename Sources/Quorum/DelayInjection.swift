/// What a client asks about delays that a node injects into what it sends, to see how stale reads
/// become on a slower network.
package enum DelayInjection: Hashable, Sendable {
    /// Hold back some kinds of messages to a member, for so many seconds from now on.
    case set(member: String, kinds: [DelayedKind], InjectedDelay, seconds: Int)
    /// Tell which delays are injected.
    case list
    /// Hold nothing back any more, to one member or to all.
    case clear(member: String?)

    /// The longest that delays are injected without being asked for again, in seconds.
    package static let secondsMax = 3_600
}

/// The kinds of messages that can be held back, as the model of staleness names their delays.
package enum DelayedKind: String, CaseIterable, Sendable {
    /// W: a record on its way to a replica.
    case write
    /// A: its confirmation.
    case acknowledgement
    /// R: the question for a record.
    case read
    /// S: its answer.
    case response

    /// The kinds that a word names: one, `both` requests (write and read), or `all`.
    package static func named(_ word: String) -> [DelayedKind]? {
        switch word {
        case "all": allCases
        case "both": [.write, .read]
        default: DelayedKind(rawValue: word).map { [$0] }
        }
    }
}

/// How long messages are held back: drawn anew for each of them.
package struct InjectedDelay: Hashable, Sendable {
    /// The distributions that can be injected; times are milliseconds.
    package enum Shape: Hashable, Sendable {
        /// Always the same.
        case constant(Double)
        /// Exponential, with a mean.
        case exponential(mean: Double)
        /// Anything between two bounds.
        case uniform(low: Double, high: Double)
        /// Pareto, with its least value and its shape.
        case pareto(scale: Double, shape: Double)
    }

    /// As it was written.
    package let text: String
    /// The distribution.
    package let shape: Shape

    /// The longest time that can be named, in milliseconds.
    package static let millisecondsMax = 60_000.0

    /// Reads `5ms`, `exp:5ms`, `uniform:1ms-9ms` or `pareto:1.05ms,1.51`; nil where it is none.
    package init?(_ text: String) {
        guard let shape = InjectedDelay.shape(text) else { return nil }
        self.text = text
        self.shape = shape
    }

    private static func shape(_ text: String) -> Shape? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let last = parts.last, parts.count <= 2 else { return nil }
        switch parts.count == 2 ? parts[0] : "" {
        case "": return parts.count == 1 ? milliseconds(last).map { .constant($0) } : nil
        case "exp": return milliseconds(last).map { .exponential(mean: $0) }
        case "uniform":
            let bounds = last.split(separator: "-").compactMap(milliseconds)
            guard bounds.count == 2, last.count(where: { $0 == "-" }) == 1, bounds[0] <= bounds[1]
            else { return nil }
            return .uniform(low: bounds[0], high: bounds[1])
        case "pareto":
            let values = last.split(separator: ",", omittingEmptySubsequences: false)
            guard values.count == 2, let scale = milliseconds(values[0]),
                let shape = Double(values[1]), shape > 0, shape.isFinite
            else { return nil }
            return .pareto(scale: scale, shape: shape)
        default: return nil
        }
    }

    /// Reads `200us`, `1.5ms` or `2s`.
    private static func milliseconds(_ text: Substring) -> Double? {
        let units = [("us", 0.001), ("ms", 1), ("s", 1_000)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)) else { return nil }
            let milliseconds = number * factor
            return (0...millisecondsMax).contains(milliseconds) ? milliseconds : nil
        }
        return nil
    }
}
