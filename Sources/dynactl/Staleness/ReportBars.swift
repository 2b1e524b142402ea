import Pages

/// Bars that lie, each under its name, made of shares.
struct ReportBars {
    struct Row {
        let name: String
        /// Text behind the bar: what the whole bar is.
        let total: String
        /// A class, and what share of the width it takes.
        let parts: [(style: String, share: Double)]
    }

    private static let rowHeight = 40.0
    private static let width = 190.0
    /// How many characters of a name find room above a bar.
    private static let charactersMax = 58

    let name: String
    let title: String
    let summary: String
    let rows: [Row]

    var svg: String {
        let height = ReportBars.rowHeight * Double(rows.count) + 4
        var svg = ReportPlot.open(name, title, summary, height: height)
        for (index, row) in rows.enumerated() {
            svg += draw(row, top: ReportBars.rowHeight * Double(index))
        }
        return svg + "</svg>"
    }

    private func draw(_ row: Row, top: Double) -> String {
        let isLong = row.name.count > ReportBars.charactersMax
        let name = isLong ? row.name.prefix(ReportBars.charactersMax - 1) + "…" : row.name
        var svg = ReportPlot.text(name, (4, top + 14), "start", "small")
        svg += ReportPlot.text(row.total, (ReportBars.width + 11, top + 30.5), "start", "small")
        svg += ReportPlot.bar((4, top + 20), (ReportBars.width, 13), "rail")
        var left = 4.0
        for part in row.parts {
            let width = ReportBars.width * min(1, max(0, part.share))
            svg += ReportPlot.bar((left, top + 20), (width, 13), "part \(part.style)")
            left += width
        }
        return svg
    }
}

/// Why reads were stale, in simulations, which know.
struct ReportCauses {
    /// As many causes as have a look of their own.
    private static let looks = 6

    let data: ReportData

    private var shown: [ReportResult] { data.results.filter { !$0.causes.isEmpty } }

    /// The causes in the order in which they came.
    private var names: [String] {
        ReportData.distinct(shown.flatMap(\.causes).filter { $0.reads > 0 }.map(\.name))
    }

    /// The part of the page; nil if no cause is known.
    var section: ReportSection? {
        guard !shown.isEmpty else { return nil }
        let bars = ReportBars(
            name: "causes-bars", title: "Causes of stale reads",
            summary: shown.map(summary).joined(separator: " "), rows: shown.map(row))
        let figure = ReportFigure(
            title: "Causes of stale reads, as shares of them", picture: bars.svg,
            head: ["source", "setting", "cause", "reads"],
            rows: shown.flatMap { result in
                result.causes.map { cause in
                    [
                        result.label, result.setting.title, cause.name,
                        ReportNumber.count(cause.reads),
                    ]
                }
            })
        return ReportSection(
            name: "causes", title: "Why reads were stale",
            introduction: """
                The simulator knows every message and every copy, and so why a read returned \
                something old.
                """,
            content: legend + "<div class=\"grid large\">\n\(figure.html)</div>")
    }

    private func style(_ name: String) -> String {
        "cause-\((names.firstIndex(of: name) ?? 0) % ReportCauses.looks)"
    }

    private func row(_ result: ReportResult) -> ReportBars.Row {
        let sum = result.causes.map(\.reads).reduce(0, +)
        let stale = result.staleReads ?? sum
        return ReportBars.Row(
            name: ([result.setting.shortTitle] + result.variant).joined(separator: ", "),
            total: result.reads.map { ReportNumber.share(stale, of: $0) }
                ?? "\(ReportNumber.count(stale)) reads",
            parts: result.causes.filter { $0.reads > 0 }.map {
                (style($0.name), Double($0.reads) / Double(max(1, sum)))
            })
    }

    private func summary(_ result: ReportResult) -> String {
        let causes = result.causes.map { "\($0.name) \(ReportNumber.count($0.reads))" }
        return "\(result.setting.title), \(result.label): \(causes.joined(separator: ", "))."
    }

    private var legend: String {
        let entries = names.map { name in
            "<li><svg viewBox=\"0 0 36 14\" aria-hidden=\"true\"><rect width=\"36\" height=\"14\" "
                + "class=\"part \(style(name))\"/></svg>\(HTML.escape(name))</li>"
        }
        return "<ul class=\"legend\">\(entries.joined())</ul>"
    }

    /// Patterns that differ without their colours.
    static var patterns: String {
        let paths = ["", "M0 8L8 0", "M0 4H8", "M4 0V8", "M0 0L8 8M0 8L8 0", "M2 2h2v2h-2z"]
        var svg = "<svg width=\"0\" height=\"0\" aria-hidden=\"true\" class=\"patterns\"><defs>"
        for (index, path) in paths.enumerated() {
            svg += "<pattern id=\"cause-\(index)\" width=\"8\" height=\"8\" "
            svg += "patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" "
            svg += "class=\"fill-\(index)\"/><path d=\"\(path)\" class=\"hatch\"/></pattern>"
        }
        return svg + "</defs></svg>"
    }
}

/// How often a client missed its own writes, or saw time go backwards.
struct ReportSessions {
    let data: ReportData

    private enum Guarantee: String, CaseIterable {
        case readYourWrites = "Read your writes"
        case monotonicReads = "Monotonic reads"

        func count(_ result: ReportResult) -> ReportViolations? {
            self == .readYourWrites ? result.readYourWrites : result.monotonicReads
        }
    }

    private struct Entry {
        let result: ReportResult
        let count: ReportViolations

        var share: Double { Double(count.violations) / Double(max(1, count.reads)) }
    }

    /// The part of the page; nil if nobody looked.
    var section: ReportSection? {
        let groups = Guarantee.allCases.map { ($0, entries($0)) }.filter { !$0.1.isEmpty }
        guard !groups.isEmpty else { return nil }
        return ReportSection(
            name: "sessions", title: "What a single client notices",
            introduction: """
                Read your writes: a client that has written reads its write or something newer. \
                Monotonic reads: a client never reads something older than it has read before. \
                The longest bar of each picture is its largest share of violations.
                """,
            content: "<div class=\"grid large\">\n" + groups.map { figure($0.0, $0.1) }.joined()
                + "</div>")
    }

    private func entries(_ guarantee: Guarantee) -> [Entry] {
        data.results.compactMap { result in
            guarantee.count(result).map { Entry(result: result, count: $0) }
        }
    }

    private func figure(_ guarantee: Guarantee, _ entries: [Entry]) -> String {
        let greatest = max(entries.map(\.share).max() ?? 0, 1e-9)
        let bars = ReportBars(
            name: "sessions-\(guarantee)", title: "\(guarantee.rawValue): violations",
            summary: entries.map(summary).joined(separator: " "),
            rows: entries.map { entry in
                ReportBars.Row(
                    name: ([entry.result.setting.shortTitle, entry.result.kind.rawValue]
                        + entry.result.variant).joined(separator: ", "),
                    total: ReportNumber.share(entry.count.violations, of: entry.count.reads),
                    parts: [(entry.result.kind.rawValue, entry.share / greatest)])
            })
        return ReportFigure(
            title: "\(guarantee.rawValue): violations", picture: bars.svg,
            head: ["source", "setting", "reads", "violations"],
            rows: entries.map { entry in
                [
                    entry.result.label, entry.result.setting.title,
                    ReportNumber.count(entry.count.reads),
                    ReportNumber.count(entry.count.violations),
                ]
            }
        ).html
    }

    private func summary(_ entry: Entry) -> String {
        "\(entry.result.setting.title), \(entry.result.label): "
            + "\(ReportNumber.share(entry.count.violations, of: entry.count.reads))."
    }
}
