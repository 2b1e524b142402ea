import Pages
import Testing

@Suite("HTML") struct HTMLTests {
    @Test("A text that may hold anything stays text")
    func escapes() {
        #expect(HTML.escape("<script a=\"b\">&") == "&lt;script a=&quot;b&quot;&gt;&amp;")
        #expect(HTML.escape("ten µs – naïve 🙂\n") == "ten µs – naïve 🙂\n")
        #expect(HTML.escape("a\u{0}b\u{1b}c\u{7f}") == "a\u{fffd}b\u{fffd}c\u{fffd}")
    }

    @Test("A mark that combines with a quote or a bracket does not carry it through")
    func escapesCombined() {
        let escaped = HTML.escape("\"\u{301} onload=x <\u{301} &\u{301}")
        #expect(escaped.unicodeScalars.allSatisfy { $0 != "\"" && $0 != "<" })
        #expect(escaped == "&quot;\u{301} onload=x &lt;\u{301} &amp;\u{301}")
    }

    @Test("Cells, heads and captions of a table are text")
    func tables() {
        let html = HTML.wideTable(caption: "<c>\"", head: ["<h>"], rows: [["<d>"]])
        #expect(html.contains("aria-label=\"&lt;c&gt;&quot;\""))
        #expect(html.contains("<caption>&lt;c&gt;&quot;</caption>"))
        #expect(html.contains("<th scope=\"col\">&lt;h&gt;</th>"))
        #expect(html.contains("<td>&lt;d&gt;</td>"))
        #expect(HTML.table("t", head: ["h"], rows: []).isEmpty)
    }
}
