import Pages

/// How many reads return something older than the last k versions.
struct ReportVersions {
    let data: ReportData

    private var shown: [ReportResult] { data.results.filter { !$0.versions.isEmpty } }

    /// The part of the page; nil if nothing is known of versions.
    var section: ReportSection? {
        guard !shown.isEmpty else { return nil }
        return ReportSection(
            name: "versions", title: "How many versions behind",
            introduction: """
                The share of reads that return something older than the last k versions. What is \
                simulated or measured is for the reads that were made. What is predicted is the \
                worst case: reads that start while each write has reached only the w replicas it \
                waited for. Bars stand in the order of the legend; thin lines are 95 % intervals.
                """,
            content: data.series.legend(shown) + "<div class=\"grid\">\n"
                + data.settings.filter(hasBars).compactMap(panel).joined() + "</div>"
                + without)
    }

    /// Whether there is a bar that can be seen beside those of other settings.
    private func hasBars(_ setting: ReportSetting) -> Bool {
        data.results(of: setting).contains { share($0) > greatest / 100 }
    }

    /// The share of reads that are older than the last version, or what comes first.
    private func share(_ result: ReportResult) -> Double {
        result.versions.map { 1 - $0.estimate.value }.max() ?? 0
    }

    private var greatest: Double { shown.map(share).max() ?? 0 }

    /// The settings that need no picture, and their numbers all the same.
    private var without: String {
        let settings = data.settings.filter { setting in
            !hasBars(setting) && shown.contains { $0.setting == setting }
        }
        guard !settings.isEmpty else { return "" }
        let results = settings.flatMap { setting in
            data.results(of: setting).filter { !$0.versions.isEmpty }
        }
        let most = results.map(share).max() ?? 0
        let amount = most > 0 ? "at most \(ReportNumber.percent(most)) of the reads" : "no read"
        let names = data.list(settings)
        let table = HTML.wideTable(
            caption: "Settings without a picture", head: ["setting"] + ReportVersions.head,
            rows: results.flatMap { result in rows(result).map { [result.setting.title] + $0 } })
        return """
            <p>With \(names), \(amount) missed the latest version.</p>
            <details><summary>Numbers<span class="unseen"> of settings without a picture</span>\
            </summary>\(table)</details>
            """
    }

    private static let head = ["source", "k", "among the last k", "95 % interval", "older"]

    private func panel(_ setting: ReportSetting) -> String? {
        let results = data.results(of: setting).filter { !$0.versions.isEmpty }
        guard !results.isEmpty else { return nil }
        // A scale for all panels makes them comparable; the least share keeps one with nothing.
        let shares = shown.flatMap(\.versions).map { 1 - ($0.estimate.low ?? $0.estimate.value) }
        // What is less than a hundredth of the largest cannot be seen.
        let seen = shown.flatMap(\.versions).filter { 1 - $0.estimate.value > greatest / 100 }
        let count = Int(min(20, max(5, seen.map(\.x).max() ?? 5)))
        let plot = ReportPlot(
            name: "versions-\(setting.slug)",
            title: "Reads older than the last k versions with \(setting.title)",
            summary: results.map(summary).joined(separator: " "),
            x: ReportAxis(title: "k versions", scale: .items(count: count)) { "\(Int($0))" },
            y: .percent("older reads", .linear(around: shares + [0.001], fromZero: true)))
        return ReportFigure(
            title: setting.title, picture: plot.svg(bars(results, plot, count)),
            head: ReportVersions.head,
            rows: results.flatMap(rows)
        ).html
    }

    private func rows(_ result: ReportResult) -> [[String]] {
        result.versions.map { point in
            [
                result.label, ReportNumber.significant(point.x),
                ReportNumber.percent(point.estimate.value), ReportNumber.interval(point.estimate),
                ReportNumber.percent(1 - point.estimate.value),
            ]
        }
    }

    private func summary(_ result: ReportResult) -> String {
        let texts = result.versions.prefix(3).map { point in
            "\(ReportNumber.percent(1 - point.estimate.value)) older than the last "
                + ReportNumber.significant(point.x)
        }
        return "\(result.label): \(texts.joined(separator: ", "))."
    }

    private func bars(_ results: [ReportResult], _ plot: ReportPlot, _ count: Int) -> String {
        let room = plot.place(2, 0).x - plot.place(1, 0).x
        let width = min(14, 0.84 * (count > 1 ? room : 40) / Double(results.count))
        var svg = ""
        for (index, result) in results.enumerated() {
            let offset = (Double(index) - Double(results.count) / 2) * width
            for point in result.versions where (1...Double(count)).contains(point.x) {
                svg += bar(result, point, (offset, width), plot)
            }
        }
        return svg
    }

    private func bar(
        _ result: ReportResult, _ point: ReportPoint, _ room: (offset: Double, width: Double),
        _ plot: ReportPlot
    ) -> String {
        let top = plot.place(point.x, 1 - point.estimate.value)
        let floor = plot.place(point.x, 0).y
        let left = top.x + room.offset
        var svg = ReportPlot.bar(
            (left, top.y), (room.width * 0.9, floor - top.y),
            "bar \(result.kind.rawValue) \(data.series.style(result))")
        guard let low = point.estimate.low, let high = point.estimate.high, low < high else {
            return svg
        }
        let middle = left + room.width * 0.45
        svg += ReportPlot.line(
            (middle, plot.place(point.x, 1 - low).y), (middle, plot.place(point.x, 1 - high).y),
            "whisker ink")
        return svg
    }
}
