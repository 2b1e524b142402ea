import Server
import Testing

@Suite struct MetricsTextTests {
    @Test("help and label values are escaped, and every family has its help and type")
    func escapes() {
        var text = MetricsText()
        text.family("a_total", .counter, "Say \"what\" \\ and\nwhy.") {
            $0.sample(3, [("peer", "x\"y\\z\nw"), ("kind", "k")])
            $0.sample(0.5, [("peer", "p")], suffix: "_sum")
        }
        text.value("b", .gauge, "B.", -7)
        text.family("c", .gauge, "C.") { $0.sample(Double.nan) }
        #expect(
            text.text == """
                # HELP a_total Say "what" \\\\ and\\nwhy.
                # TYPE a_total counter
                a_total{peer="x\\"y\\\\z\\nw",kind="k"} 3
                a_total_sum{peer="p"} 0.5
                # HELP b B.
                # TYPE b gauge
                b -7
                # HELP c C.
                # TYPE c gauge
                c NaN

                """)
    }
}
