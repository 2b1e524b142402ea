import Pages

/// What waiting for more answers costs, and what it gains.
struct ReportTradeOff {
    let data: ReportData

    /// A result that has a place in the picture.
    private struct Placed {
        let result: ReportResult
        let latency: Double
        let time: Double
    }

    /// The part of the page; nil if there are not two points to compare.
    var section: ReportSection? {
        let counts = ReportData.distinct(data.settings.map(\.n))
        let groups = counts.map { n in (n, placed.filter { $0.result.setting.n == n }) }
            .filter { $0.1.count > 1 }
        guard !groups.isEmpty else { return nil }
        return ReportSection(
            name: "trade-off", title: "Latency against staleness",
            introduction: """
                Each point is a choice of r and w. To the right: the 99.9th percentiles of a read \
                and a write together. Upwards: how long after its acknowledgement a write is \
                seen by the named share of reads. Below and to the left is better.
                """,
            content: data.series.legend(placed.map(\.result)) + "<div class=\"grid large\">\n"
                + groups.map { figure($0.0, $0.1) }.joined() + "</div>")
    }

    private var placed: [Placed] {
        data.results.compactMap { result in
            guard let read = result.readLatency?.p999, let write = result.writeLatency?.p999,
                let time = result.visibility?.milliseconds
            else { return nil }
            return Placed(result: result, latency: read + write, time: time)
        }
    }

    private func figure(_ n: Int, _ placed: [Placed]) -> String {
        let levels = ReportData.distinct(placed.compactMap { $0.result.visibility?.level })
        let level = levels.map(ReportNumber.level).joined(separator: " or ")
        let plot = ReportPlot(
            name: "trade-off-\(n)",
            title: "Latency against time to \(level) fresh reads with n = \(n)",
            summary: placed.map(summary).joined(separator: " "),
            x: .milliseconds("read and write, 99.9th percentiles", placed.map(\.latency)),
            y: .milliseconds("\(level) fresh after", placed.map(\.time) + [0]))
        return ReportFigure(
            title: "n = \(n)", picture: plot.svg(draw(placed, plot)),
            head: ["source", "setting", "read 99.9 %", "write 99.9 %", "fresh after"],
            rows: placed.map { point in
                [
                    point.result.label, point.result.setting.title,
                    ReportNumber.milliseconds(point.result.readLatency?.p999),
                    ReportNumber.milliseconds(point.result.writeLatency?.p999),
                    ReportNumber.milliseconds(point.time),
                ]
            }
        ).html
    }

    private func summary(_ point: Placed) -> String {
        "\(point.result.kind.rawValue) r = \(point.result.setting.r), "
            + "w = \(point.result.setting.w): \(ReportNumber.milliseconds(point.latency)), fresh "
            + "after \(ReportNumber.milliseconds(point.time))."
    }

    // MARK: Drawing

    private func draw(_ placed: [Placed], _ plot: ReportPlot) -> String {
        let places = placed.map { plot.place($0.latency, $0.time) }
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
            guard left >= 59, right <= ReportPlot.width - 2, top >= 0, bottom <= 203 else {
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
