/// Pieces of HTML.
package enum HTML {
    /// A text that may hold anything, as text: in an element, or between double quotes.
    ///
    /// It goes scalar by scalar: a mark that combines with a quote makes one character of both, and
    /// would carry it past a test for quotes. Control characters, which no page may have, are shown
    /// as the sign for what cannot be shown.
    package static func escape(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "\t", "\n", "\r": escaped.append(scalar)
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}": escaped.append("\u{fffd}")
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// A table under a heading; nothing where there are no rows.
    package static func table(_ title: String, head: [String], rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        return "<h2>\(escape(title))</h2>\n" + wideTable(caption: nil, head: head, rows: rows)
    }

    /// A table that scrolls sideways by itself where it is wider than the page.
    ///
    /// With a caption it can be reached and scrolled with the keyboard, under the caption's name.
    package static func wideTable(
        caption: String?, head: [String], rows: [[String]]
    ) -> String {
        let name = caption.map(escape)
        var html = "<div class=\"wide\""
        if let name { html += " role=\"region\" tabindex=\"0\" aria-label=\"\(name)\"" }
        html += "><table>"
        if let name { html += "<caption>\(name)</caption>" }
        html += "<thead><tr>"
        html += head.map { "<th scope=\"col\">\(escape($0))</th>" }.joined()
        html += "</tr></thead><tbody>\n"
        for row in rows {
            html += "<tr>" + row.map { "<td>\(escape($0))</td>" }.joined() + "</tr>\n"
        }
        return html + "</tbody></table></div>"
    }
}
