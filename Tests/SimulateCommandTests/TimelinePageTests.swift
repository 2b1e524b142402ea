import Simulator
import Testing

@testable import SimulateCommand

@Suite struct TimelinePageTests {
    private static let void: Set<Substring> = ["meta", "!doctype"]

    /// The first thing that is wrong with the nesting of a page's tags; nil where nothing is.
    private func flaw(of html: String) -> String? {
        var open: [Substring] = []
        for piece in html.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
            guard let end = piece.firstIndex(of: ">") else { return "no end: <\(piece)" }
            let tag = piece[..<end]
            if tag.filter({ $0 == "\"" }).count % 2 == 1 { return "an open quote: <\(tag)>" }
            let name = tag.drop { $0 == "/" }.prefix { $0 != " " && $0 != "/" }
            if tag.hasPrefix("/") {
                guard open.popLast() == name else { return "</\(name)> closes nothing" }
            } else if !tag.hasSuffix("/"), !TimelinePageTests.void.contains(name) {
                open.append(name)
            }
        }
        return open.isEmpty ? nil : "left open: \(open)"
    }

    @Test func tagsAreBalanced() {
        #expect(flaw(of: TimelinePage(Samples.drawn()).text) == nil)
        #expect(flaw(of: TimelinePage(Samples.report()).text) == nil)
        #expect(flaw(of: "<p><b></p>") != nil)
    }

    @Test func nothingThatIsShownBecomesMarkup() {
        let html = TimelinePage(Samples.drawn()).text
        #expect(!html.contains("<script"))
        #expect(!html.contains("<b>"))
        #expect(html.contains("a &lt;b&gt; &amp; &quot;c&quot;"))
        #expect(html.contains("&lt;n2&gt;"))
        #expect(html.contains("<code>&lt;td&gt;&amp;amp;</code>"))
    }

    @Test func aPageIsSelfContained() {
        let html = TimelinePage(Samples.drawn()).text
        for outside in ["http:", "https:", "src=", "href=", "@import"] {
            #expect(!html.contains(outside), "\(outside)")
        }
    }

    @Test func aPictureHasATextAlternative() {
        let html = TimelinePage(Samples.drawn()).text
        #expect(html.contains("<title id=\"picture-title\">"))
        #expect(html.contains("<desc id=\"picture-text\">"))
        #expect(html.contains("<h2>What was broken, and when</h2>"))
    }

    @Test func everyKindOfBandHasAPatternAndALegend() {
        let html = TimelinePage(Samples.drawn()).text
        for kind in TimelinePicture.bandKinds {
            #expect(html.contains("<pattern id=\"p-\(kind)\""))
            #expect(html.contains(".band.\(kind) {"))
            #expect(html.contains("/></svg>\(kind)</li>"))
        }
    }

    @Test func theVerdictIsThatOfTheCommand() {
        #expect(TimelinePage(Samples.drawn()).text.contains("<strong>Failed.</strong>"))
        #expect(TimelinePage(Samples.report()).text.contains("<strong>Passed.</strong>"))
    }

    @Test(arguments: [4_999, 5_000, 5_001, 9_999, 20_000])
    func requestsAreThinnedOut(_ requests: Int) {
        let picture = TimelinePicture(
            Samples.drawn(requests: requests).timeline ?? Timeline())
        let marks = ["ok", "unknown", "refused"]
            .map { picture.svg.split(separator: "class=\"\($0)\"").count - 1 }
            .reduce(0, +)
        #expect(marks <= 5_000)
        #expect(marks >= min(requests, 5_000) / 2)
    }

    @Test func aPageOfABusyRunStaysBelowTwoMegabytes() {
        let html = TimelinePage(Samples.drawn(requests: 20_000, bands: 2_000)).text
        #expect(html.utf8.count < 2_000_000)
        #expect(flaw(of: html) == nil)
    }
}
