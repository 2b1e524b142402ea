import Pages

/// How long reads and writes take.
struct ReportLatency {
    let data: ReportData

    private enum Operation: String, CaseIterable {
        case reads, writes

        func curve(_ result: ReportResult) -> [ReportPoint] {
            self == .reads ? result.readDistribution : result.writeDistribution
        }

        func percentiles(_ result: ReportResult) -> ReportPercentiles? {
            self == .reads ? result.readLatency : result.writeLatency
        }
    }

    private var shown: [ReportResult] {
        data.results.filter { !$0.readDistribution.isEmpty || !$0.writeDistribution.isEmpty }
    }

    /// The part of the page; nil if there is no distribution.
    var section: ReportSection? {
        guard !shown.isEmpty else { return nil }
        let parts = Operation.allCases.map { operation -> String in
            let panels = data.settings.compactMap { panel($0, operation) }
            guard !panels.isEmpty else { return "" }
            return "<h3>\(operation == .reads ? "Reads" : "Writes")</h3>\n<div class=\"grid\">\n"
                + panels.joined() + "</div>\n"
        }
        return ReportSection(
            name: "latency", title: "How long requests take",
            introduction: """
                The share of requests that are done after a time. It goes by nines: each line \
                leaves ten times fewer requests undone.
                """,
            content: data.series.legend(shown) + parts.joined())
    }

    private func panel(_ setting: ReportSetting, _ operation: Operation) -> String? {
        let results = data.results(of: setting).filter { !operation.curve($0).isEmpty }
        guard !results.isEmpty else { return nil }
        let times = shown.flatMap { $0.readDistribution + $0.writeDistribution }.map(\.x)
        let plot = ReportPlot(
            name: "latency-\(operation.rawValue)-\(setting.slug)",
            title: "Latency of \(operation.rawValue) with \(setting.title)",
            summary: results.map { summary($0, operation) }.joined(separator: " "),
            x: .milliseconds("latency", times),
            y: .percent("done", .nines(low: 0, decades: 4)))
        return ReportFigure(
            title: "\(setting.title): \(operation.rawValue)",
            picture: plot.svg(results.map { draw($0, operation, plot) }.joined()),
            head: ["source", "latency", "done"],
            rows: results.flatMap { result in
                operation.curve(result).map { point in
                    [
                        result.label, ReportNumber.milliseconds(point.x),
                        ReportNumber.percent(point.estimate.value),
                    ]
                }
            }
        ).html
    }

    private func summary(_ result: ReportResult, _ operation: Operation) -> String {
        let known = operation.percentiles(result)
        return "\(result.label): median \(ReportNumber.milliseconds(known?.p50)), "
            + "99th percentile \(ReportNumber.milliseconds(known?.p99)), "
            + "99.9th percentile \(ReportNumber.milliseconds(known?.p999))."
    }

    private func draw(
        _ result: ReportResult, _ operation: Operation, _ plot: ReportPlot
    ) -> String {
        let places = operation.curve(result).map { plot.place($0.x, $0.estimate.value) }
        var svg = ReportPlot.path(places, "line \(data.series.style(result))")
        let every = max(1, places.count / 5)
        for (index, place) in places.enumerated() where index % every == every / 2 {
            svg += data.series.mark(result, place)
        }
        return svg
    }
}
