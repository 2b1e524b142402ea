import Testing

@testable import SimulateCommand
@testable import Simulator

@Suite struct SimulateCommandTests {
    /// A run that found something.
    static func report(_ oracles: [Oracle]) -> RunReport {
        var plan = Plan(seed: 0x3fa2)
        plan.name = "a <b> & \"c\""
        plan.faults = [PlannedFault(at: 5_000_000_000, .isolate(0, .both))]
        var report = RunReport(plan: plan)
        report.events = 412_345
        report.acknowledged = 24_120
        report.traceHash = 0x9f
        report.violations = oracles.map {
            Violation($0, at: 1_500_000_000, key: 2, "it is <broken>", evidence: ["#1 & #2"])
        }
        var timeline = Timeline()
        timeline.nodes = ["n1", "n2"]
        timeline.until = 10_000_000_000
        timeline.bands = [
            Timeline.Band(
                nodes: [0], from: 1_000_000_000, until: 2_000_000_000, kind: "partition",
                text: "n1 <- | -> n2")
        ]
        timeline.requests = (0..<7_000).map { index in
            Timeline.Request(
                node: index % 2, client: index % 5, key: 0,
                kind: ["get", "put", "delete"][index % 3], from: 0,
                until: UInt64(index) * 1_000_000, outcome: "ok", siblings: 0)
        }
        report.timeline = timeline
        return report
    }

    @Test(
        arguments: [
            ("0x3fa2", 0x3fa2), ("0X10", 16), ("42", 42), ("0", 0),
            ("0xffffffffffffffff", UInt64.max),
        ] as [(String, UInt64)])
    func `Seeds are decimal or hexadecimal`(text: String, raw: UInt64) {
        #expect(Seed(argument: text)?.raw == raw)
    }

    @Test(arguments: ["", "0x", "x1", "-1", "1.5", "0x1ffffffffffffffff"])
    func `What is no seed is refused`(text: String) {
        #expect(Seed(argument: text) == nil)
    }

    @Test func `Safety comes before liveness, liveness before limits`() {
        #expect(Verdict(Self.report([])) == .passed)
        #expect(Verdict(Self.report([.liveness, .durability])) == .safety)
        #expect(Verdict(Self.report([.limit, .convergence])) == .liveness)
        #expect(Verdict(Self.report([.limit])) == .limit)
        #expect(Verdict.passed.worse(than: .coverageGap) == .coverageGap)
        #expect(Verdict.limit.worse(than: .liveness) == .liveness)
    }

    @Test func `A plan that expects a finding passes with it and fails without`() {
        var report = Self.report([.durability])
        report.plan.expectedViolation = "O1"
        #expect(Verdict(report) == .passed)
        report.plan.expectedViolation = "O2"
        #expect(Verdict(report) == .safety)
    }

    @Test func `A run is one line, and a failure says what to do`() {
        let text = ReportText(report: Self.report([.durability]), wallSeconds: 1.25)
        #expect(text.line.hasPrefix("seed=0x3fa2 "))
        #expect(text.line.contains(" events=412,345 "))
        #expect(text.line.contains(" wall=1.25s "))
        #expect(text.line.hasSuffix(" trace=9f FAIL"))
        let lines = text.failures(command: "simulate run --seed 0x3fa2")
        #expect(lines[0] == "FAIL O1 key k3 at 1.500s: it is <broken>")
        #expect(lines[1] == "    #1 & #2")
        #expect(lines.last == "again: simulate run --seed 0x3fa2")
        #expect(ReportText(report: Self.report([]), wallSeconds: 0).failures(command: "").isEmpty)
    }

    @Test func `The document has the promised fields in the promised order`() {
        let json = ReportText(report: Self.report([.durability]), wallSeconds: 0.5).json
        var rest = json[...]
        for field in [
            "seed", "scenario", "events", "virtualSeconds", "wallSeconds", "traceHash",
            "operations", "acknowledged", "unknown", "faults", "oracles", "passed", "violations",
        ] {
            guard let range = rest.firstRange(of: "\"\(field)\":") else {
                Issue.record("\(field) is missing or out of order")
                continue
            }
            rest = rest[range.upperBound...]
        }
        #expect(json.contains("\"seed\":\"0x3fa2\""))
        #expect(json.contains("\"wallSeconds\":0.500000"))
        #expect(json.contains("\"passed\":false"))
    }

    @Test func `A page is well formed, bounded, and takes no text for markup`() {
        let page = TimelinePage(Self.report([.durability])).text
        #expect(page.utf8.count < 2_000_000)
        #expect(!page.contains("<broken>"))
        #expect(page.contains("it is &lt;broken&gt;"))
        #expect(page.contains("n1 &lt;- | -&gt; n2"))
        for tag in ["html", "body", "main", "svg", "table", "ul", "li", "h2", "title", "desc", "p"]
        {
            let opened = page.ranges(of: "<\(tag)>").count + page.ranges(of: "<\(tag) ").count
            #expect(opened == page.ranges(of: "</\(tag)>").count, "\(tag)")
        }
        let marks = page.ranges(of: "class=\"ok\"").count
        #expect(marks > 1_000 && marks <= 5_100, "\(marks)")
    }
}
