import Pages

/// The one-way delays that a ring measured between its nodes.
struct ReportLegs {
    /// The most pairs in a picture; the table has all.
    private static let pairsMax = 24
    private static let rowHeight = 20.0
    private static let left = 112.0
    private static let right = 340.0
    private static let nameMax = 17

    let data: ReportData

    /// The part of the page; nil if no delay was measured.
    var section: ReportSection? {
        let measured = data.documents.filter { !$0.delays.isEmpty }
        guard !measured.isEmpty else { return nil }
        var figures = ""
        for (number, document) in measured.enumerated() {
            for leg in ReportDelays.legNames.indices {
                figures += figure(document, leg, "\(number)-\(leg)") ?? ""
            }
        }
        return ReportSection(
            name: "delays", title: "One-way delays",
            introduction: """
                What the nodes themselves measured: from the coordinator to the store of a \
                replica (write, read) and back (acknowledgement, response). The line goes from \
                the median (circle) over the 99th percentile (line across) to the 99.9th (end).
                """,
            content: "<div class=\"grid\">\n\(figures)</div>")
    }

    private func figure(_ document: ReportDocument, _ leg: Int, _ name: String) -> String? {
        let known = document.delays.filter { ($0.legs[leg]?.count ?? 0) > 0 }
        guard !known.isEmpty else { return nil }
        let slowest = known.sorted { top($0, leg) > top($1, leg) }.prefix(ReportLegs.pairsMax)
        let legName = ReportDelays.legNames[leg]
        let left = known.count - slowest.count
        let title = left > 0 ? "\(legName), the \(slowest.count) slowest pairs" : legName
        return ReportFigure(
            title: title, picture: picture(Array(slowest), leg, name),
            head: ["from", "to", "count", "median", "99 %", "99.9 %", "added on purpose"],
            rows: known.map { pair in
                let measured = pair.legs[leg]
                return [
                    pair.from, pair.to, ReportNumber.count(measured?.count),
                    ReportNumber.milliseconds(measured?.percentiles.p50),
                    ReportNumber.milliseconds(measured?.percentiles.p99),
                    ReportNumber.milliseconds(measured?.percentiles.p999),
                    pair.injected ?? ReportNumber.nothing,
                ]
            }
        ).html
    }

    private func top(_ pair: ReportDelays, _ leg: Int) -> Double {
        pair.legs[leg]?.percentiles.p99 ?? pair.legs[leg]?.percentiles.p50 ?? 0
    }

    // MARK: Drawing

    private func picture(_ pairs: [ReportDelays], _ leg: Int, _ name: String) -> String {
        let values = pairs.compactMap { $0.legs[leg]?.percentiles }
            .flatMap { [$0.p50, $0.p99, $0.p999].compactMap { $0 } }
        let axis = ReportAxis.milliseconds("one-way delay", values)
        let bottom = ReportLegs.rowHeight * Double(pairs.count) + 6
        let summary = pairs.map { pair in
            "\(pair.from) to \(pair.to): median "
                + "\(ReportNumber.milliseconds(pair.legs[leg]?.percentiles.p50)), 99th percentile "
                + "\(ReportNumber.milliseconds(pair.legs[leg]?.percentiles.p99))."
        }
        var svg = ReportPlot.open(
            "delays-\(name)", "One-way delays: \(ReportDelays.legNames[leg])",
            summary.joined(separator: " "), height: bottom + 42)
        svg += ticks(axis, bottom)
        for (index, pair) in pairs.enumerated() {
            let height = ReportLegs.rowHeight * (Double(index) + 0.5) + 4
            svg += ReportPlot.text(
                shortened(pair), (ReportLegs.left - 8, height + 4), "end", "small")
            if let known = pair.legs[leg]?.percentiles { svg += row(known, axis.scale, height) }
        }
        svg += ReportPlot.text(
            axis.title, ((ReportLegs.left + ReportLegs.right) / 2, bottom + 36), "middle")
        return svg + "</svg>"
    }

    private func ticks(_ axis: ReportAxis, _ bottom: Double) -> String {
        var svg = ""
        var end = -Double.infinity
        for value in axis.scale.ticks {
            let x = place(value, axis.scale)
            svg += ReportPlot.line((x, 2), (x, bottom), "rule")
            let label = axis.label(value)
            let half = 3.4 * Double(label.count)
            guard x - half > end + 3 else { continue }
            end = x + half
            svg += ReportPlot.text(label, (x, bottom + 15), "middle")
        }
        return svg
    }

    private func row(_ known: ReportPercentiles, _ scale: ReportScale, _ y: Double) -> String {
        let places = [known.p50, known.p99, known.p999].map { $0.map { place($0, scale) } }
        var svg = ""
        if let first = places.compactMap({ $0 }).first, let last = places.compactMap({ $0 }).last {
            svg += ReportPlot.line((first, y), (last, y), "line measured-0")
        }
        if let middle = places[1] {
            svg += ReportPlot.line((middle, y - 5), (middle, y + 5), "line measured-0")
        }
        if let median = places[0] {
            svg += "<circle class=\"mark measured\" cx=\"\(ReportPlot.number(median))\" "
            svg += "cy=\"\(ReportPlot.number(y))\" r=\"3.5\"/>"
        }
        return svg
    }

    private func place(_ value: Double, _ scale: ReportScale) -> Double {
        ReportLegs.left + (ReportLegs.right - ReportLegs.left) * scale.position(value)
    }

    private func shortened(_ pair: ReportDelays) -> String {
        let text = pair.from == pair.to ? "\(pair.from), own" : "\(pair.from) → \(pair.to)"
        guard text.count > ReportLegs.nameMax else { return text }
        return text.prefix(ReportLegs.nameMax - 1) + "…"
    }
}
