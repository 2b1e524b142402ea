import Pages

/// What waiting for more answers costs, and what it gains.
struct ReportTradeOff {
    let data: ReportData

    /// What the height of a point says.
    private enum Height: String, CaseIterable {
        case time, stale

        func value(_ result: ReportResult) -> Double? {
            self == .time
                ? result.visibility?.milliseconds : result.fresh.map { max(0, 1 - $0.value) }
        }

        func text(_ value: Double) -> String {
            self == .time
                ? "fresh after \(ReportNumber.milliseconds(value))"
                : "\(ReportNumber.percent(value)) stale at once"
        }
    }

    /// A result that has a place in the picture.
    private struct Placed {
        let result: ReportResult
        let latency: Double
        let height: Double
    }

    /// The part of the page; nil if there are not two points to compare.
    var section: ReportSection? {
        let counts = ReportData.distinct(data.settings.map(\.n)).sorted()
        let figures = counts.flatMap { n in Height.allCases.compactMap { figure(n, $0) } }
        guard !figures.isEmpty else { return nil }
        let shown = data.results.filter { latency($0) != nil }
        return ReportSection(
            name: "trade-off", title: "Latency against staleness",
            introduction: """
                Each point is a choice of r and w. To the right: the 99.9th percentiles of a read \
                and a write together. Upwards: how long reads may miss a write, and how many of \
                those that start at once do. Below and to the left is better.
                """,
            content: data.series.legend(shown) + "<div class=\"grid large\">\n"
                + figures.joined() + "</div>")
    }

    private func latency(_ result: ReportResult) -> Double? {
        guard let read = result.readLatency?.p999, let write = result.writeLatency?.p999 else {
            return nil
        }
        return read + write
    }

    private func placed(_ n: Int, _ height: Height) -> [Placed] {
        data.results.filter { $0.setting.n == n }.compactMap { result in
            guard let latency = latency(result), let height = height.value(result) else {
                return nil
            }
            return Placed(result: result, latency: latency, height: height)
        }
    }

    private func figure(_ n: Int, _ height: Height) -> String? {
        let placed = placed(n, height)
        guard placed.count > 1 else { return nil }
        let levels = ReportData.distinct(placed.compactMap { $0.result.visibility?.level })
        let level = levels.map(ReportNumber.level).joined(separator: " or ")
        let heights = placed.map(\.height) + [0]
        let axis =
            height == .time
            ? ReportAxis.milliseconds("\(level) fresh after", heights)
            : .percent("stale at once", .decades(around: heights))
        let title = "n = \(n): " + (height == .time ? "time to \(level)" : "stale at once")
        let plot = ReportPlot(
            name: "trade-off-\(n)-\(height)", title: "Latency against staleness with \(title)",
            summary: placed.map { summary($0, height) }.joined(separator: " "),
            x: .milliseconds("read and write, 99.9th percentiles", placed.map(\.latency)), y: axis)
        return ReportFigure(
            title: title, picture: plot.svg(draw(placed, plot)),
            head: ["source", "setting", "read 99.9 %", "write 99.9 %", "staleness"],
            rows: placed.map { point in
                [
                    point.result.label, point.result.setting.title,
                    ReportNumber.milliseconds(point.result.readLatency?.p999),
                    ReportNumber.milliseconds(point.result.writeLatency?.p999),
                    height.text(point.height),
                ]
            }
        ).html
    }

    private func summary(_ point: Placed, _ height: Height) -> String {
        "\(point.result.kind.rawValue) r = \(point.result.setting.r), "
            + "w = \(point.result.setting.w): \(ReportNumber.milliseconds(point.latency)), "
            + "\(height.text(point.height))."
    }

    // MARK: Drawing

    private func draw(_ placed: [Placed], _ plot: ReportPlot) -> String {
        let places = placed.map { plot.place($0.latency, $0.height) }
        var labels = ReportLabels(avoiding: places)
        var marks = ""
        var texts = ""
        for (point, place) in zip(placed, places) {
            marks += data.series.mark(point.result, place, size: 4.5)
            texts += labels.add("r\(point.result.setting.r) w\(point.result.setting.w)", at: place)
        }
        return marks + texts
    }
}

/// Texts beside points that do not cover each other.
struct ReportLabels {
    private static let height = 11.0
    private var taken: [(left: Double, top: Double, right: Double, bottom: Double)]

    /// No text will cover these points.
    init(avoiding points: [(x: Double, y: Double)]) {
        taken = points.map { ($0.x - 4, $0.y - 4, $0.x + 4, $0.y + 4) }
    }

    /// The text where there is room for it beside the point; nothing where there is none.
    mutating func add(_ text: String, at point: (x: Double, y: Double)) -> String {
        let width = 6.2 * Double(text.count)
        let corners: [(x: Double, y: Double)] = [
            (7, -5.5), (-7 - width, -5.5), (-width / 2, -18), (-width / 2, 7), (6, -16), (6, 5),
            (-6 - width, -16), (-6 - width, 5),
        ]
        for corner in corners {
            let (left, top) = (point.x + corner.x, point.y + corner.y)
            let (right, bottom) = (left + width, top + ReportLabels.height)
            guard left >= 79, right <= ReportPlot.width - 2, top >= 0, bottom <= 203 else {
                continue
            }
            let isFree = taken.allSatisfy {
                right < $0.left || left > $0.right || bottom < $0.top || top > $0.bottom
            }
            guard isFree else { continue }
            taken.append((left, top, right, bottom))
            return ReportPlot.text(text, (left, bottom - 2), "start", "name")
        }
        return ""
    }
}
