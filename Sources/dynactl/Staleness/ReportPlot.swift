import Glibc
import Pages

/// A frame for a picture with two axes.
///
/// All frames are 360 units wide, which is what a phone shows in its full size.
struct ReportPlot {
    static let width = 360.0
    static let height = 250.0
    private static let left = 78.0
    private static let right = 340.0
    private static let top = 12.0
    private static let bottom = 204.0

    /// A name that no other picture of the page has.
    let name: String
    let title: String
    /// What the picture shows, for those who do not see it.
    let summary: String
    let x: ReportAxis
    let y: ReportAxis
    /// A further class, by which pages choose between pictures of the same.
    var role = ""

    /// The picture with this in it.
    func svg(_ content: String) -> String {
        var svg = ReportPlot.open(self, height: ReportPlot.height)
        svg += grid + content + axisTitles
        return svg + "</svg>"
    }

    /// The start of a picture, with its name and what it says.
    static func open(_ plot: ReportPlot, height: Double) -> String {
        open(plot.name, plot.title, plot.summary, height: height, role: plot.role)
    }

    /// The start of a picture, with its name and what it says.
    static func open(
        _ name: String, _ title: String, _ summary: String, height: Double, role: String = ""
    ) -> String {
        """
        <svg viewBox="0 0 \(Int(width)) \(Int(height))" role="img" class="plot \(role)" \
        aria-labelledby="\(name)-title" aria-describedby="\(name)-text">\
        <title id="\(name)-title">\(HTML.escape(title))</title>\
        <desc id="\(name)-text">\(HTML.escape(summary))</desc>
        """
    }

    /// Where a point is in the picture.
    func place(_ horizontal: Double, _ vertical: Double) -> (x: Double, y: Double) {
        (
            ReportPlot.left + (ReportPlot.right - ReportPlot.left) * x.scale.position(horizontal),
            ReportPlot.bottom - (ReportPlot.bottom - ReportPlot.top) * y.scale.position(vertical)
        )
    }

    // MARK: Parts

    private var grid: String {
        var svg = ""
        for value in y.scale.ticks {
            let height = place(0, value).y
            svg += ReportPlot.line((ReportPlot.left, height), (ReportPlot.right, height), "rule")
            svg += ReportPlot.text(y.label(value), (ReportPlot.left - 5, height + 4), "end")
        }
        var end = -Double.infinity
        for value in x.scale.ticks {
            let at = place(value, 0).x
            svg += ReportPlot.line((at, ReportPlot.bottom), (at, ReportPlot.bottom + 4), "tick")
            let label = x.label(value)
            let half = 3.4 * Double(label.count)
            // Numbers that would run into each other are left out, their marks are not.
            guard at - half > end + 3 else { continue }
            end = at + half
            svg += ReportPlot.text(label, (at, ReportPlot.bottom + 17), "middle")
        }
        return svg
            + ReportPlot.line(
                (ReportPlot.left, ReportPlot.bottom), (ReportPlot.right, ReportPlot.bottom), "axis")
    }

    private var axisTitles: String {
        let middle = (ReportPlot.left + ReportPlot.right) / 2
        let height = (ReportPlot.top + ReportPlot.bottom) / 2
        return ReportPlot.text(x.title, (middle, ReportPlot.height - 8), "middle")
            + "<text class=\"side\" transform=\"rotate(-90 14 \(ReportPlot.number(height)))\" "
            + "x=\"14\" y=\"\(ReportPlot.number(height))\" text-anchor=\"middle\">"
            + HTML.escape(y.title) + "</text>"
    }

    // MARK: Shapes

    /// A coordinate.
    static func number(_ value: Double) -> String { NumberText.decimal(value, digits: 1) }

    /// A straight line.
    static func line(
        _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ style: String
    ) -> String {
        "<path class=\"\(style)\" d=\"M\(number(from.x)) \(number(from.y))"
            + "L\(number(to.x)) \(number(to.y))\"/>"
    }

    /// A text; `anchor` is which part of it is at the place.
    static func text(
        _ text: String, _ at: (x: Double, y: Double), _ anchor: String = "start",
        _ style: String = ""
    ) -> String {
        let own = style.isEmpty ? "" : " class=\"\(style)\""
        return "<text\(own) x=\"\(number(at.x))\" y=\"\(number(at.y))\" "
            + "text-anchor=\"\(anchor)\">\(HTML.escape(text))</text>"
    }

    /// A line through points.
    static func path(_ points: [(x: Double, y: Double)], _ style: String) -> String {
        guard points.count > 1 else { return "" }
        let steps = points.map { "\(number($0.x)) \(number($0.y))" }.joined(separator: "L")
        return "<path class=\"\(style)\" d=\"M\(steps)\"/>"
    }

    /// A bar.
    static func bar(
        _ corner: (x: Double, y: Double), _ size: (width: Double, height: Double), _ style: String
    ) -> String {
        "<rect class=\"\(style)\" x=\"\(number(corner.x))\" y=\"\(number(corner.y))\" "
            + "width=\"\(number(max(0, size.width)))\" height=\"\(number(max(0, size.height)))\"/>"
    }
}

/// An axis: how values are laid out, and what is written at it.
struct ReportAxis {
    let title: String
    let scale: ReportScale
    let label: (Double) -> String

    /// Milliseconds in decades.
    static func milliseconds(_ title: String, _ values: [Double]) -> ReportAxis {
        ReportAxis(title: title + " (ms)", scale: .decades(around: values)) { tick in
            tick < 1_000 ? short(tick) : large(tick)
        }
    }

    /// Probabilities in percent.
    static func percent(_ title: String, _ scale: ReportScale) -> ReportAxis {
        ReportAxis(title: title, scale: scale) { short($0 * 100) + "\u{a0}%" }
    }

    /// A number with its thousands apart, or as a power of ten where that takes too much room.
    private static func large(_ number: Double) -> String {
        guard number >= 1e7 else { return ReportNumber.significant(number) }
        let exponent = Int(log10(number).rounded(.down))
        return "\(short(number / pow(10, Double(exponent))))e\(exponent)"
    }

    /// A number without zeros at its end.
    private static func short(_ number: Double) -> String {
        var text = NumberText.decimal(number, digits: 6)
        while text.hasSuffix("0"), text.contains(".") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
