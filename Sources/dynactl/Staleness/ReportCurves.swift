import Pages

/// The curves of t-visibility: how many reads are fresh, by how long after the acknowledgement of
/// a write they start.
struct ReportCurves {
    let data: ReportData

    private var shown: [ReportResult] { data.results.filter { !$0.curve.isEmpty } }

    /// The part of the page; nil if there is no curve.
    var section: ReportSection? {
        guard !shown.isEmpty else { return nil }
        let panels = data.settings.filter(misses).compactMap(panel).joined()
        return ReportSection(
            name: "visibility", title: "How soon reads see a write",
            introduction: """
                The share of fresh reads by the time between the acknowledgement of a write and \
                the start of the read. Shaded: the 95 % interval. A read that starts at once \
                stands apart at the left, as 0.
                """,
            content: (panels.isEmpty ? "" : choice + data.series.legend(shown))
                + "<div class=\"grid\">\n\(panels)</div>" + without)
    }

    /// Whether so many reads are stale at some time that a curve shows it.
    private func misses(_ setting: ReportSetting) -> Bool {
        data.results(of: setting).contains { fewest($0) < ReportCurves.allButAll }
    }

    /// The share of fresh reads above which a curve is a line along the edge.
    static let allButAll = 0.9999

    private func fewest(_ result: ReportResult) -> Double {
        result.curve.map(\.estimate.value).min() ?? 1
    }

    /// The settings that need no picture, and their numbers all the same.
    private var without: String {
        let settings = data.settings.filter { setting in
            !misses(setting) && shown.contains { $0.setting == setting }
        }
        guard !settings.isEmpty else { return "" }
        let results = settings.flatMap { setting in
            data.results(of: setting).filter { !$0.curve.isEmpty }
        }
        let least = results.map(fewest).min() ?? 1
        let finding =
            least < 1
            ? "at least \(ReportNumber.percent(least)) of the reads were fresh at all times"
            : "no read was stale at any time"
        let table = HTML.wideTable(
            caption: "Settings without a curve", head: ["setting"] + ReportCurves.head,
            rows: results.flatMap { result in rows(result).map { [result.setting.title] + $0 } })
        return """
            <p>With \(data.list(settings)), \(finding).</p>
            <details><summary>Numbers<span class="unseen"> of settings without a curve</span>\
            </summary>\(table)</details>
            """
    }

    private static let head = ["source", "time", "fresh reads", "95 % interval"]

    /// Radio buttons that choose the scale with style rules alone.
    private var choice: String {
        """
        <fieldset class="choice"><legend>Vertical scale</legend>
        <label><input type="radio" name="scale" id="scale-nines" checked="checked"/> by nines \
        (each line has ten times fewer stale reads)</label>
        <label><input type="radio" name="scale" id="scale-linear"/> linear</label></fieldset>

        """
    }

    private func panel(_ setting: ReportSetting) -> String? {
        let results = data.results(of: setting).filter { !$0.curve.isEmpty }
        guard !results.isEmpty else { return nil }
        let times = shown.flatMap(\.curve).map(\.x)
        let shares = shown.flatMap(\.curve).map { $0.estimate.low ?? $0.estimate.value }
        let scales: [(ReportScale, String)] = [
            (.nines(around: shares), "nines"),
            (.linear(around: shares + [1], fromZero: false), "linear"),
        ]
        let pictures = scales.map { scale, role in
            let plot = ReportPlot(
                name: "visibility-\(setting.slug)-\(role)",
                title: "Fresh reads over time with \(setting.title), \(role) scale",
                summary: results.map(summary).joined(separator: " "),
                x: .milliseconds("time since the acknowledgement", times),
                y: .percent("fresh reads", scale), role: role)
            return plot.svg(results.map { draw($0, plot) }.joined())
        }
        return ReportFigure(
            title: setting.title, picture: pictures.joined(separator: "\n"),
            head: ReportCurves.head,
            rows: results.flatMap(rows)
        ).html
    }

    private func rows(_ result: ReportResult) -> [[String]] {
        result.curve.map { point in
            [
                result.label, ReportNumber.milliseconds(point.x),
                ReportNumber.percent(point.estimate.value), ReportNumber.interval(point.estimate),
            ]
        }
    }

    private func summary(_ result: ReportResult) -> String {
        guard let first = result.curve.first, let last = result.curve.last else { return "" }
        var text = "\(result.label): \(ReportNumber.percent(first.estimate.value)) after "
        text += ReportNumber.milliseconds(first.x)
        if result.curve.count > 1 {
            text += ", \(ReportNumber.percent(last.estimate.value)) after "
            text += ReportNumber.milliseconds(last.x)
        }
        if let visibility = result.visibility, let time = visibility.milliseconds {
            text += "; \(ReportNumber.level(visibility.level)) from "
            text += ReportNumber.milliseconds(time)
        }
        return text + "."
    }

    // MARK: Drawing

    private func draw(_ result: ReportResult, _ plot: ReportPlot) -> String {
        let later = result.curve.filter { $0.x > 0 }
        let places = later.map { plot.place($0.x, $0.estimate.value) }
        var svg = band(later, plot, result.kind)
        svg += ReportPlot.path(places, "line \(data.series.style(result))")
        let every = max(1, places.count / 6)
        for (index, place) in places.enumerated() where index % every == every / 2 {
            svg += data.series.mark(result, place)
        }
        guard let first = result.curve.first, first.x == 0 else { return svg }
        if let low = first.estimate.low, let high = first.estimate.high {
            svg += ReportPlot.line(
                plot.place(0, low), plot.place(0, high), "whisker \(data.series.style(result))")
        }
        return svg + data.series.mark(result, plot.place(0, first.estimate.value))
    }

    private func band(_ points: [ReportPoint], _ plot: ReportPlot, _ kind: ReportKind) -> String {
        let known = points.filter { $0.estimate.low != nil && $0.estimate.high != nil }
        guard known.count > 1 else { return "" }
        let above = known.map { plot.place($0.x, $0.estimate.high ?? 1) }
        let below = known.reversed().map { plot.place($0.x, $0.estimate.low ?? 0) }
        return ReportPlot.path(above + below, "band \(kind.rawValue)")
    }
}
