import Pages

/// How each source of results looks, on the whole page: a colour and a mark for its kind, and a
/// pattern of dashes of its own.
///
/// Colour is never all that tells two apart: kinds differ in lightness and mark, too.
struct ReportSeries {
    /// How many of a kind look different.
    private static let looks = 4

    /// The labels of each kind, in the order in which they came.
    private let labels: [[String]]

    init(_ results: [ReportResult]) {
        labels = ReportKind.allCases.map { kind in
            var labels: [String] = []
            for result in results where result.kind == kind && !labels.contains(result.label) {
                labels.append(result.label)
            }
            return labels
        }
    }

    /// The class of what belongs to a result: `predicted-0`.
    func style(_ result: ReportResult) -> String {
        "\(result.kind.rawValue)-\(place(result) % ReportSeries.looks)"
    }

    /// The mark of a result.
    func mark(_ result: ReportResult, _ at: (x: Double, y: Double), size: Double = 3.5) -> String {
        let hollow = place(result) % 2 == 1 ? " hollow" : ""
        let style = "mark \(result.kind.rawValue)\(hollow) \(self.style(result))"
        let (x, y) = (ReportPlot.number(at.x), ReportPlot.number(at.y))
        let (left, right) = (ReportPlot.number(at.x - size), ReportPlot.number(at.x + size))
        let (top, bottom) = (ReportPlot.number(at.y - size), ReportPlot.number(at.y + size))
        return switch result.kind {
        case .predicted:
            "<path class=\"\(style)\" "
                + "d=\"M\(x) \(top)L\(right) \(y)L\(x) \(bottom)L\(left) \(y)Z\"/>"
        case .simulated: "<path class=\"\(style)\" d=\"M\(left) \(bottom)H\(right)L\(x) \(top)Z\"/>"
        case .measured:
            "<circle class=\"\(style)\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(ReportPlot.number(size))\"/>"
        }
    }

    /// What each look means, for these results.
    func legend(_ results: [ReportResult]) -> String {
        var shown: [String] = []
        var html = "<ul class=\"legend\">"
        for kind in ReportKind.allCases {
            for result in results where result.kind == kind && !shown.contains(result.label) {
                shown.append(result.label)
                html += "<li><svg viewBox=\"0 0 36 14\" aria-hidden=\"true\">"
                html += ReportPlot.line((0, 7), (36, 7), "line \(style(result))")
                html += mark(result, (18, 7), size: 4)
                html += "</svg>\(HTML.escape(result.label))</li>"
            }
        }
        return html + "</ul>"
    }

    private func place(_ result: ReportResult) -> Int {
        let kind = ReportKind.allCases.firstIndex(of: result.kind) ?? 0
        return labels[kind].firstIndex(of: result.label) ?? 0
    }
}
