import Staleness

/// Tells predictions to a person.
struct PredictionReport {
    private let predictions: [Prediction]

    /// A report on predictions of one model.
    init(_ predictions: [Prediction]) {
        self.predictions = predictions
    }

    /// The lines, without a line end behind the last.
    var text: String {
        guard let first = predictions.first else { return "" }
        let place = first.coordinators == .outside ? "outside" : "among the replicas"
        let head =
            "\(first.model), n=\(first.result.quorum.n), coordinators \(place); "
            + "\(first.trials) trials, seed \(first.seed); in parentheses 95 % intervals"
        let body = predictions.count == 1 ? single(first.result) : sweep
        return head + "\n\n" + body
    }

    private func single(_ result: StalenessResult) -> String {
        let visible = result.tVisibility
        let time = MillisecondText.value(visible.milliseconds, visible.low, visible.high)
        let zero = ShareText.value(result.freshAtZero)
        let versions = result.kStaleness.prefix(5).enumerated().map {
            "\($0 + 1): \(ShareText.percent($1.probability))"
        }
        return """
            r=\(result.quorum.r) w=\(result.quorum.w)
            99.9 % of reads that start \(time) after a write was acknowledged see it.
            Of the reads that start at the acknowledgement, \(zero) see it.
            One of the last k versions, if writes never spread: \
            \(versions.joined(separator: ", ")) (closed form)

            \(Table(of: latencies(result), first: ["milliseconds"]).text)

            \(Table(of: curve(result), first: ["after", "fresh"]).text)
            """
    }

    private func latencies(_ result: StalenessResult) -> [JSON] {
        [("read", result.readLatency), ("write", result.writeLatency)].map { name, latency in
            .object([
                ("milliseconds", .string(name)),
                ("p50", .string(MillisecondText.digits(latency.p50))),
                ("p99", .string(MillisecondText.digits(latency.p99))),
                ("p99.9", .string(MillisecondText.digits(latency.p999))),
            ])
        }
    }

    /// Three times per decade, without those at which hardly anything changed.
    private func curve(_ result: StalenessResult) -> [JSON] {
        var shown: [FreshnessPoint] = []
        for (index, point) in result.curve.enumerated() {
            let isRound = index == 0 || [0, 3, 7].contains((index - 1) % 10)
            let isLast = index == result.curve.count - 1
            let change = point.fresh.probability - (shown.last?.fresh.probability ?? -1)
            let left = 1 - (shown.last?.fresh.probability ?? 0)
            if isLast || isRound && change > 0.05 * left { shown.append(point) }
        }
        return shown.map { point in
            .object([
                ("after", .string(MillisecondText.digits(point.milliseconds) + " ms")),
                ("fresh", .string(ShareText.value(point.fresh))),
            ])
        }
    }

    private var sweep: String {
        let rows = predictions.map { prediction in
            let result = prediction.result
            let visible = result.tVisibility
            return JSON.object([
                ("r", .integer(Int64(result.quorum.r))),
                ("w", .integer(Int64(result.quorum.w))),
                ("freshAtOnce", .string(ShareText.value(result.freshAtZero))),
                (
                    "99.9%FreshAfter",
                    .string(
                        MillisecondText.value(visible.milliseconds, visible.low, visible.high))
                ),
                ("readP99.9", .string(MillisecondText.digits(result.readLatency.p999) + " ms")),
                ("writeP99.9", .string(MillisecondText.digits(result.writeLatency.p999) + " ms")),
            ])
        }
        return Table(of: rows, first: []).text
    }
}

/// Times as a person reads them.
enum MillisecondText {
    /// Three digits or more, without a unit; a dash for nil.
    static func digits(_ value: Double?) -> String {
        guard let value else { return "-" }
        let rounded = value.rounded(significantDigits: value < 1 ? 3 : 4)
        return rounded == rounded.rounded() && rounded < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }

    /// A time with its interval.
    static func value(_ value: Double?, _ low: Double?, _ high: Double?) -> String {
        let bounds = "\(low.map(digits) ?? "0")…\(high.map(digits) ?? "unknown")"
        return "\(digits(value)) ms (\(bounds))"
    }
}

/// Shares as a person reads them.
enum ShareText {
    /// A share in percent, with the more decimals the nearer it is to 100 %.
    static func percent(_ share: Double) -> String {
        let decimals = share >= 1 || share <= 0 ? 0 : share > 0.9999 ? 4 : share > 0.99 ? 3 : 2
        let power = [1.0, 10, 100, 1000, 10_000][decimals]
        let rounded = (share * 100 * power).rounded() / power
        return (rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)") + " %"
    }

    /// A share with its interval.
    static func value(_ estimate: Estimate) -> String {
        let (low, high) = (estimate.interval.low, estimate.interval.high)
        return "\(percent(estimate.probability)) (\(percent(low))…\(percent(high)))"
    }
}
