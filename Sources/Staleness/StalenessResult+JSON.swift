import Primitives

extension StalenessResult {
    /// Writes the fields into an object that is open, in the fixed order of all documents.
    ///
    /// What `afterSizes` writes comes right after n, r and w.
    package func write(
        into json: inout JSONText, afterSizes: (inout JSONText) -> Void = { _ in }
    ) {
        json.number("n", quorum.n)
        json.number("r", quorum.r)
        json.number("w", quorum.w)
        afterSizes(&json)
        json.number("freshAtZero", rounding: freshAtZero.probability)
        json.object("freshAtZeroInterval") { freshAtZero.interval.write(into: &$0) }
        json.object("tVisibility") { tVisibility.write(into: &$0) }
        json.array("kStaleness") { list in
            for (index, estimate) in kStaleness.enumerated() {
                list.object {
                    $0.number("k", index + 1)
                    estimate.write(into: &$0)
                }
            }
        }
        json.object("readLatency") { readLatency.write(into: &$0) }
        json.object("writeLatency") { writeLatency.write(into: &$0) }
        json.array("curve") { list in
            for point in curve {
                list.object {
                    $0.number("t", rounding: point.milliseconds)
                    point.fresh.write(into: &$0)
                }
            }
        }
        LatencyPoint.write(readLatencyCurve, as: "readLatencyCurve", into: &json)
        LatencyPoint.write(writeLatencyCurve, as: "writeLatencyCurve", into: &json)
    }
}

extension Interval {
    /// Writes both bounds into an object that is open.
    package func write(into json: inout JSONText) {
        json.number("low", rounding: low)
        json.number("high", rounding: high)
    }
}

extension Estimate {
    /// Writes the probability and its bounds into an object that is open.
    package func write(into json: inout JSONText) {
        json.number("probability", rounding: probability)
        interval.write(into: &json)
    }
}

extension LatencyPercentiles {
    /// Writes the percentiles into an object that is open.
    package func write(into json: inout JSONText) {
        json.number("p50", rounding: p50)
        json.number("p99", rounding: p99)
        json.number("p999", rounding: p999)
    }
}

extension TimeToVisibility {
    /// Writes the share, the time and its bounds into an object that is open.
    package func write(into json: inout JSONText) {
        json.number("p", rounding: probability)
        json.number("milliseconds", rounding: milliseconds)
        json.number("low", rounding: low)
        json.number("high", rounding: high)
    }
}

extension LatencyPoint {
    fileprivate static func write(
        _ points: [LatencyPoint], as name: String, into json: inout JSONText
    ) {
        json.array(name) { list in
            for point in points {
                list.object {
                    $0.number("milliseconds", rounding: point.milliseconds)
                    $0.number("probability", rounding: point.probability)
                }
            }
        }
    }
}

extension JSONText {
    /// Writes a number with as many digits as mean something; null for nil and infinity.
    ///
    /// Numbers get seven significant digits; probabilities near 1 thereby get seven decimals.
    package mutating func number(_ name: String? = nil, rounding value: Double?) {
        guard let value, value.isFinite else {
            number(name, digits: "null")
            return
        }
        number(name, digits: value.rounded(significantDigits: 7).description)
    }
}

extension Double {
    /// The nearest number with so many significant decimal digits.
    package func rounded(significantDigits: Int) -> Double {
        guard isFinite, self != 0 else { return self }
        var decimals = significantDigits - 1
        var scaled = magnitude
        while scaled >= 10 {
            scaled /= 10
            decimals -= 1
        }
        while scaled < 1 {
            scaled *= 10
            decimals += 1
        }
        guard decimals > 0, decimals <= 22 else { return decimals > 22 ? self : rounded() }
        let power = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
        return (self * power).rounded() / power
    }
}
