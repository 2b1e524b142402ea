import Pages

/// Predicted, simulated and measured staleness as one self-contained HTML page.
///
/// No script and nothing from elsewhere: it can be mailed, printed and read aloud.
struct ReportPage {
    let data: ReportData

    init(_ data: ReportData) {
        self.data = data
    }

    /// The page.
    var text: String {
        let sections = self.sections
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <title>\(HTML.escape(title))</title>
            <style>\(ReportStyle.css)</style>
            </head>
            <body>
            <a class="skip" href="#content">Skip to the content</a>
            \(ReportCauses.patterns)
            <header>
            <h1>\(HTML.escape(title))</h1>
            \(summary)
            </header>
            <nav aria-label="Parts of this page"><ul>
            \(links(sections))
            </ul></nav>
            <main id="content" tabindex="-1">
            \(sections.map(\.html).joined())</main>
            </body>
            </html>

            """
    }

    private var title: String {
        let kinds = data.kinds.map(\.rawValue)
        return "How stale reads are: " + ReportPage.list(kinds)
    }

    private var summary: String {
        let sentences = ReportSummary(data: data).sentences.map(HTML.escape)
        guard let first = sentences.first else { return "" }
        let rest = sentences.dropFirst().joined(separator: " ")
        return "<p class=\"lead\">\(first)</p>" + (rest.isEmpty ? "" : "\n<p>\(rest)</p>")
    }

    private var sections: [ReportSection] {
        [
            ReportFigures(data: data).section, ReportCurves(data: data).section,
            ReportVersions(data: data).section, ReportTradeOff(data: data).section,
            ReportLatency(data: data).section, ReportCauses(data: data).section,
            ReportSessions(data: data).section, ReportLegs(data: data).section,
            ReportMethod(data: data).section,
        ].compactMap { $0 }
    }

    private func links(_ sections: [ReportSection]) -> String {
        sections.map { "<li><a href=\"#\($0.name)\">\(HTML.escape($0.title))</a></li>" }
            .joined(separator: "\n")
    }

    /// `a`, `a and b`, `a, b and c`.
    private static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
