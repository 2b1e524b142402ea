import Pages
import Simulator

/// The picture of a run: one lane per node, a strip below for how far the replicas are apart.
struct TimelinePicture {
    /// The kinds of bands, in the order in which they are drawn.
    static let bandKinds = ["partition", "network", "disk", "clock", "paused", "down"]
    /// The most requests that are drawn.
    private static let marksMax = 5_000
    /// The most stretches of lanes that are shaded.
    private static let shadesMax = 5_000

    private let timeline: Timeline
    private let left = 48.0
    private let right = 1_192.0
    private let laneHeight = 44.0
    private let stripHeight = 90.0
    /// The picture ends soon after the replicas agree; nothing happens later.
    private let until: UInt64

    init(_ timeline: Timeline) {
        self.timeline = timeline
        let end = max(timeline.agreedAt ?? timeline.until, timeline.healedAt)
        until = max(1, min(timeline.until, end + end / 20))
    }

    private var lanesBottom: Double { 10 + Double(timeline.nodes.count) * laneHeight }
    private var stripTop: Double { lanesBottom + 26 }
    private var height: Double { stripTop + stripHeight + 30 }

    var svg: String {
        var svg = "<svg viewBox=\"0 0 1200 \(Int(height))\" role=\"img\" "
        svg += "aria-labelledby=\"picture-title picture-text\">"
        svg += "<title id=\"picture-title\">Nodes, faults and requests over time</title>"
        svg += "<desc id=\"picture-text\">\(HTML.escape(summary))</desc>"
        svg += patterns + bands + lanes + marks + strip + axis + moments
        return svg + "</svg>"
    }

    private var summary: String {
        let bands = timeline.bands.count
        let most = timeline.samples.map(\.divergentKeys).max() ?? 0
        return "\(timeline.nodes.count) nodes, \(timeline.requests.count) requests and \(bands) "
            + "periods in which something was broken; at most \(most) keys differed between "
            + "replicas. The tables below say the same in words."
    }

    // MARK: Scales

    private func x(_ time: UInt64) -> Double {
        left + (right - left) * Double(min(time, until)) / Double(until)
    }

    private func top(of node: Int) -> Double { 10 + Double(node) * laneHeight }

    private static func number(_ value: Double) -> String { Text.decimal(value, digits: 1) }

    // MARK: Parts

    private var patterns: String {
        var svg = "<defs>"
        for (kind, path) in [
            ("partition", "M0 8L8 0"), ("network", "M0 4H8"), ("disk", "M4 0V8"),
            ("clock", "M0 0L8 8"), ("paused", "M0 0L8 8M0 8L8 0"), ("down", ""),
        ] {
            svg += "<pattern id=\"p-\(kind)\" width=\"8\" height=\"8\" "
            svg += "patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" "
            svg += "class=\"fill \(kind)\"/><path d=\"\(path)\" class=\"hatch\"/></pattern>"
        }
        return svg + "</defs>"
    }

    private var bands: String {
        var svg = ""
        var shades = 0
        for (layer, kind) in TimelinePicture.bandKinds.enumerated() {
            for band in timeline.bands where band.kind == kind && band.from < until {
                shades += band.nodes.count
                guard shades <= TimelinePicture.shadesMax else { return svg }
                for node in band.nodes {
                    let inset = kind == "down" ? 2.0 : 4 + Double(layer)
                    let (from, to) = (x(band.from), x(band.until))
                    svg += "<rect x=\"\(TimelinePicture.number(from))\" "
                    svg += "y=\"\(TimelinePicture.number(top(of: node) + inset))\" "
                    svg += "width=\"\(TimelinePicture.number(max(to - from, 1)))\" "
                    svg += "height=\"\(TimelinePicture.number(laneHeight - 2 * inset))\" "
                    svg += "class=\"band \(kind)\">"
                    svg += "<title>\(HTML.escape(band.text))</title></rect>"
                }
            }
        }
        return svg
    }

    private var lanes: String {
        timeline.nodes.enumerated().map { index, name in
            let y = top(of: index) + laneHeight / 2
            return
                "<text x=\"6\" y=\"\(TimelinePicture.number(y + 4))\">\(HTML.escape(name))</text>"
                + "<path d=\"M\(left) \(y)H\(right)\" class=\"lane\"/>"
        }.joined()
    }

    private var marks: String {
        let most = TimelinePicture.marksMax
        let stride = max(1, (timeline.requests.count + most - 1) / most)
        var svg = ""
        for (index, request) in timeline.requests.enumerated() where index % stride == 0 {
            guard request.until <= until else { continue }
            let lane = top(of: request.node) + laneHeight / 2
            let spread = Double(request.client % 7 - 3) * 4
            svg += TimelinePicture.mark(
                request.kind, request.outcome, (x: x(request.until), y: lane + spread))
        }
        return svg
    }

    /// A request: its kind is the shape, its outcome the colour.
    static func mark(_ kind: String, _ outcome: String, _ place: (x: Double, y: Double)) -> String {
        let (x, y) = (number(place.x), number(place.y))
        switch kind {
        case "get": return "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"2\" class=\"\(outcome)\"/>"
        case "put":
            let corner = (number(place.x - 2), number(place.y - 2))
            return "<rect x=\"\(corner.0)\" y=\"\(corner.1)\" width=\"4\" height=\"4\" "
                + "class=\"\(outcome)\"/>"
        default:
            return "<path d=\"M\(x) \(number(place.y - 3))l3 5h-6z\" class=\"\(outcome)\"/>"
        }
    }

    private var strip: String {
        let samples = timeline.samples.filter { $0.at <= until }
        let most = max(1, samples.map { max($0.divergentKeys, $0.siblingsMax) }.max() ?? 1)
        let bottom = stripTop + stripHeight
        func line(_ value: (Timeline.Sample) -> Int) -> String {
            samples.enumerated().map { index, sample in
                let y = bottom - stripHeight * Double(value(sample)) / Double(most)
                return (index == 0 ? "M" : "L")
                    + "\(TimelinePicture.number(x(sample.at))) \(TimelinePicture.number(y))"
            }.joined()
        }
        return "<text x=\"6\" y=\"\(stripTop + 10)\">\(most)</text>"
            + "<text x=\"6\" y=\"\(bottom)\">0</text>"
            + "<path d=\"M\(left) \(bottom)H\(right)\" class=\"lane\"/>"
            + "<path d=\"\(line(\.divergentKeys))\" class=\"divergent\"/>"
            + "<path d=\"\(line(\.siblingsMax))\" class=\"siblings\"/>"
    }

    private var axis: String {
        let seconds = Int(until / 1_000_000_000)
        let step = [1, 2, 5, 10, 20, 50, 100].first { seconds / $0 <= 12 } ?? 200
        let y = stripTop + stripHeight + 18
        return stride(from: 0, through: seconds, by: step).map { second in
            let place = TimelinePicture.number(x(UInt64(second) * 1_000_000_000))
            return "<text x=\"\(place)\" y=\"\(y)\" text-anchor=\"middle\">\(second) s</text>"
        }.joined()
    }

    private var moments: String {
        var svg = moment(timeline.healedAt, "healed")
        if let agreedAt = timeline.agreedAt { svg += moment(agreedAt, "agreed") }
        return svg
    }

    private func moment(_ time: UInt64, _ name: String) -> String {
        let place = TimelinePicture.number(x(time))
        return "<path d=\"M\(place) 6V\(stripTop + stripHeight)\" class=\"moment\"/>"
            + "<text x=\"\(place)\" y=\"\(lanesBottom + 18)\" text-anchor=\"middle\">\(name)</text>"
    }
}
