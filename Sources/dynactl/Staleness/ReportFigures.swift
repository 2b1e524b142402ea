import Pages

/// The key figures: a card for each setting, and all results in one table.
struct ReportFigures {
    let data: ReportData

    /// The part of the page.
    var section: ReportSection {
        let cards = data.settings.map(card).joined()
        return ReportSection(
            name: "figures", title: "Key figures",
            introduction: """
                r and w are how many of the n replicas must answer a read and a write. With r + w \
                above n, a read meets every write that was acknowledged before it started. What \
                was simulated or measured differently from a card has a row of its own below.
                """,
            content: "<div class=\"grid cards\">\n\(cards)</div>\n" + comparisons + table)
    }

    // MARK: Cards

    private func card(_ setting: ReportSetting) -> String {
        let results = data.results(of: setting)
        var html = "<article class=\"card\"><h3>\(setting.title)</h3><dl>\n"
        for result in shown(results) {
            html += "<div class=\"source\"><dt>\(mark(result))"
            html += "\(HTML.escape(name(result)))</dt>"
            html += figures(result).map { "<dd>\($0)</dd>" }.joined() + "</div>\n"
        }
        return html + "</dl></article>\n"
    }

    /// One result for each source of delays and each kind; of predictions, the one compared.
    private func shown(_ results: [ReportResult]) -> [ReportResult] {
        let compared = data.comparisons.map(\.predicted)
        let ordered =
            results.filter { result in compared.contains(where: result.repeats) } + results
        return ReportKind.allCases.flatMap { kind in
            let own = ordered.filter { $0.kind == kind }
            return ReportData.distinct(own.map(\.basis)).compactMap { basis in
                own.first { $0.basis == basis }
            }
        }
    }

    private func name(_ result: ReportResult) -> String {
        result.kind == .predicted ? result.label : "\(result.kind.rawValue), \(result.basis)"
    }

    private func mark(_ result: ReportResult) -> String {
        "<svg viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
            + data.series.mark(result, (6, 6), size: 4.5) + "</svg>"
    }

    private func figures(_ result: ReportResult) -> [String] {
        var figures: [String] = []
        if let visibility = result.visibility {
            let time =
                visibility.milliseconds.map(ReportFigures.time) ?? "not reached"
            let interval = HTML.escape(ReportNumber.interval(visibility))
            figures.append(
                "<strong>\(time)</strong> until \(ReportNumber.level(visibility.level)) of reads "
                    + "are fresh"
                    + (interval.isEmpty ? "" : " <small class=\"whole\">(\(interval))</small>"))
        }
        if let fresh = result.fresh {
            let interval = ReportNumber.interval(fresh)
            figures.append(
                "<strong>\(ReportNumber.percent(fresh.value))</strong> fresh at once"
                    + (interval.isEmpty ? "" : " <small class=\"whole\">(\(interval))</small>"))
        }
        if result.readLatency?.p999 != nil || result.writeLatency?.p999 != nil {
            figures.append(
                "<strong>\(ReportFigures.time(result.readLatency?.p999))</strong> read, "
                    + "<strong>\(ReportFigures.time(result.writeLatency?.p999))</strong> "
                    + "write <small class=\"whole\">(99.9th percentile)</small>")
        }
        return figures
    }

    /// A duration as a piece of the page; what is below the least has a sign that pages know.
    private static func time(_ milliseconds: Double?) -> String {
        HTML.escape(ReportNumber.milliseconds(milliseconds))
    }

    // MARK: Tables

    private var table: String {
        let head = [
            "setting", "source", "fresh at once", "95 % interval", "fresh for", "after",
            "95 % interval", "read p50", "p99", "p99.9", "write p50", "p99", "p99.9", "stale reads",
            "behind p50", "p99", "most", "agrees", "note",
        ]
        let rows = data.settings.flatMap { setting in data.results(of: setting).map(row) }
        return """
            <details><summary>All results in one table</summary>
            \(HTML.wideTable(caption: "All results", head: head, rows: rows))</details>

            """
    }

    private func row(_ result: ReportResult) -> [String] {
        let nothing = ReportNumber.nothing
        let visibility = result.visibility
        let reached = visibility?.milliseconds.map { ReportNumber.milliseconds($0) }
        let stale = result.staleReads.map { stale in
            result.reads.map { ReportNumber.share(stale, of: $0) } ?? ReportNumber.count(stale)
        }
        return [
            result.setting.title, result.label,
            result.fresh.map { ReportNumber.percent($0.value) } ?? nothing,
            result.fresh.map { ReportNumber.interval($0) } ?? nothing,
            visibility.map { ReportNumber.level($0.level) } ?? nothing,
            visibility == nil ? nothing : reached ?? "not reached",
            visibility.map { ReportNumber.interval($0) } ?? nothing,
        ] + latencies(result.readLatency) + latencies(result.writeLatency) + [
            stale ?? nothing, ReportNumber.milliseconds(result.delta?.p50),
            ReportNumber.milliseconds(result.delta?.p99),
            ReportNumber.milliseconds(result.delta?.greatest),
            result.agrees.map { $0 ? "yes" : "no" } ?? nothing, result.note ?? nothing,
        ]
    }

    private func latencies(_ known: ReportPercentiles?) -> [String] {
        [known?.p50, known?.p99, known?.p999].map { ReportNumber.milliseconds($0) }
    }

    /// Every observation beside its prediction.
    private var comparisons: String {
        guard !data.comparisons.isEmpty else { return "" }
        let head = [
            "setting", "observed", "largest difference at", "observed", "predicted",
            "beyond chance",
            "fresh after, observed", "predicted", "read p99.9, observed", "predicted",
            "write p99.9, observed", "predicted",
        ]
        let caption = "Observations beside their predictions"
        return HTML.wideTable(caption: caption, head: head, rows: data.comparisons.map(row))
    }

    private func row(_ comparison: ReportComparison) -> [String] {
        let (observed, predicted) = (comparison.observed, comparison.predicted)
        let nothing = ReportNumber.nothing
        var row = [observed.setting.title, observed.label]
        if let difference = comparison.difference {
            row += [
                ReportNumber.milliseconds(difference.milliseconds),
                ReportNumber.percent(difference.observed.value),
                ReportNumber.percent(difference.predicted.value),
                difference.isApart ? "yes" : "no",
            ]
        } else {
            row += [nothing, nothing, nothing, nothing]
        }
        let values = [
            observed.visibility?.milliseconds, predicted.visibility?.milliseconds,
            observed.readLatency?.p999, predicted.readLatency?.p999,
            observed.writeLatency?.p999, predicted.writeLatency?.p999,
        ]
        return row + values.map { ReportNumber.milliseconds($0) }
    }
}
