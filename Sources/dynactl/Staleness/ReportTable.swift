/// All numbers of a report as one table of comma-separated values (RFC 4180).
///
/// One row per number, so that it can be filtered and drawn by any program. The columns:
/// `kind` predicted, simulated, measured; `source` the input; `basis` the model or the ring; `n`,
/// `r`, `w`; `variant` what else is special, such as the read repair; `series` what the row is
/// about (below); `x` what it depends on; `value`, and `low` and `high`, the ends of its 95 %
/// interval. What is not known is empty. Times are in milliseconds, probabilities 0…1.
///
/// The series: `freshReads` by the time x since the acknowledgement; `withinVersions` by k;
/// `freshAtZero`; `tVisibility`, a time by the share x of fresh reads; `readLatency` and
/// `writeLatency`, times by the share x of requests; `readLatencyShare` and `writeLatencyShare`,
/// shares by time; `reads`, `staleReads`; `cause:…`, reads; `staleBy`, times by the share x of
/// stale reads; `readYourWritesViolations` and `monotonicReadsViolations`, reads of x reads;
/// `delay:FROM:TO:LEG`, times by the share x of messages.
struct ReportTable {
    /// The first row.
    static let head = [
        "kind", "source", "basis", "n", "r", "w", "variant", "series", "x", "value", "low", "high",
    ]

    let data: ReportData

    /// The rows as text, each with the line end of the standard.
    var text: String {
        var lines = [ReportTable.line(ReportTable.head)]
        for document in data.documents {
            for result in document.results {
                lines += rows(result).map { row in
                    ReportTable.line(ReportTable.start(result, document) + row)
                }
            }
            lines += delays(document)
        }
        return lines.joined()
    }

    private static func start(_ result: ReportResult, _ document: ReportDocument) -> [String] {
        [
            result.kind.rawValue, document.source, result.basis, "\(result.setting.n)",
            "\(result.setting.r)", "\(result.setting.w)", result.variant.joined(separator: "; "),
        ]
    }

    // MARK: Rows

    private func rows(_ result: ReportResult) -> [[String]] {
        var rows: [[String]] = []
        if let fresh = result.fresh { rows.append(row("freshAtZero", nil, fresh)) }
        if let visibility = result.visibility {
            rows.append(
                [
                    "tVisibility", "\(visibility.level)", text(visibility.milliseconds),
                    text(visibility.low), text(visibility.high),
                ])
        }
        rows += result.curve.map { row("freshReads", $0.x, $0.estimate) }
        rows += result.versions.map { row("withinVersions", $0.x, $0.estimate) }
        rows += percentiles("readLatency", result.readLatency)
        rows += percentiles("writeLatency", result.writeLatency)
        rows += result.readDistribution.map { row("readLatencyShare", $0.x, $0.estimate) }
        rows += result.writeDistribution.map { row("writeLatencyShare", $0.x, $0.estimate) }
        return rows + observed(result)
    }

    private func observed(_ result: ReportResult) -> [[String]] {
        var rows: [[String]] = []
        if let reads = result.reads { rows.append(row("reads", nil, Double(reads))) }
        if let stale = result.staleReads { rows.append(row("staleReads", nil, Double(stale))) }
        rows += result.causes.map { row("cause:\($0.name)", nil, Double($0.reads)) }
        if let delta = result.delta {
            for (share, time) in [(0.5, delta.p50), (0.99, delta.p99), (1, delta.greatest)] {
                if let time { rows.append(row("staleBy", share, time)) }
            }
        }
        if let count = result.readYourWrites {
            rows.append(
                row("readYourWritesViolations", Double(count.reads), Double(count.violations)))
        }
        if let count = result.monotonicReads {
            rows.append(
                row("monotonicReadsViolations", Double(count.reads), Double(count.violations)))
        }
        return rows
    }

    private func delays(_ document: ReportDocument) -> [String] {
        var lines: [String] = []
        for pair in document.delays {
            for (name, leg) in zip(ReportDelays.legNames, pair.legs) {
                let series = "delay:\(pair.from):\(pair.to):\(name)"
                let start = [
                    document.kind.rawValue, document.source, "", "", "", "", pair.injected ?? "",
                ]
                lines += percentiles(series, leg?.percentiles)
                    .map { ReportTable.line(start + $0) }
            }
        }
        return lines
    }

    private func percentiles(_ series: String, _ known: ReportPercentiles?) -> [[String]] {
        [(0.5, known?.p50), (0.99, known?.p99), (0.999, known?.p999)].compactMap { share, time in
            time.map { row(series, share, $0) }
        }
    }

    private func row(_ series: String, _ x: Double?, _ estimate: ReportEstimate) -> [String] {
        [series, text(x), text(estimate.value), text(estimate.low), text(estimate.high)]
    }

    private func row(_ series: String, _ x: Double?, _ value: Double) -> [String] {
        [series, text(x), text(value), "", ""]
    }

    private func text(_ number: Double?) -> String {
        guard let number else { return "" }
        let isWhole = abs(number) < 1e15 && number == number.rounded()
        return isWhole ? "\(Int(number))" : number.description
    }

    /// A row; a field with a comma, a quote or a line end is quoted, and its quotes are doubled.
    static func line(_ fields: [String]) -> String {
        let quoted = fields.map { field in
            let needsQuotes = field.utf8.contains { byte in
                byte == 0x22 || byte == 0x2c || byte == 0x0a || byte == 0x0d
            }
            guard needsQuotes else { return field }
            var text = "\""
            for scalar in field.unicodeScalars {
                text.unicodeScalars.append(scalar)
                if scalar == "\"" { text.unicodeScalars.append(scalar) }
            }
            return text + "\""
        }
        return quoted.joined(separator: ",") + "\r\n"
    }
}
