@testable import SimulateCommand
@testable import Simulator

/// Reports and timelines made by hand.
enum Samples {
    static func report(seed: UInt64 = 0x3fa2, _ change: (inout RunReport) -> Void = { _ in })
        -> RunReport
    {
        var plan = Plan(seed: seed)
        plan.profile = "swarm"
        var report = RunReport(plan: plan)
        report.events = 412_345
        report.virtualNanoseconds = 120_000_000_000
        report.traceHash = 0x9f01
        report.operations = 24_966
        report.acknowledged = 24_120
        report.unknown = 611
        report.refused = 3
        report.faults = [Count("loss", 12), Count("oneway", 0), Count("power", 2)]
        report.sometimes = [Count("siblings2", 4), Count("siblings9", 0)]
        report.oracles = [OracleCount(oracle: .durability, checked: 10)]
        report.convergedNanoseconds = 31_200_000_000
        change(&report)
        return report
    }

    static func lost(_ oracle: Oracle = .durability) -> Violation {
        Violation(
            oracle, at: 1_500_000_000, key: 2, "an acknowledged write is lost",
            evidence: ["op 1, c1 put k3 \"a\"", ""])
    }

    static func failing(_ oracles: Oracle...) -> RunReport {
        report { $0.violations = oracles.map(lost) }
    }

    /// A run of two nodes with as many requests, and a name that would break a page.
    static func drawn(requests: Int = 12, bands: Int = 1) -> RunReport {
        report { report in
            report.plan.name = "a <b> & \"c\""
            report.plan.story = ["</main><script>alert('1')</script>"]
            report.violations = [lost()]
            report.violations[0].evidence = ["<td>&amp;"]
            report.timeline = timeline(requests: requests, bands: bands)
        }
    }

    private static func timeline(requests: Int, bands: Int) -> Timeline {
        var timeline = Timeline()
        timeline.nodes = ["n1", "<n2>"]
        timeline.until = 100_000_000_000
        timeline.healedAt = 60_000_000_000
        for index in 0..<bands {
            for (offset, kind) in TimelinePicture.bandKinds.enumerated() {
                let from = UInt64(index % 50 + offset) * 1_000_000_000
                timeline.bands.append(
                    Timeline.Band(
                        nodes: [0, 1], from: from, until: from + 2_000_000_000, kind: kind,
                        text: "\(kind) <1> & 2"))
            }
        }
        for index in 0..<requests {
            let from = UInt64(index) * 90_000_000_000 / UInt64(requests)
            timeline.requests.append(
                Timeline.Request(
                    node: index % 2, client: index % 5, key: 0,
                    kind: ["get", "put", "delete"][index % 3], from: from, until: from + 1_000_000,
                    outcome: ["ok", "unknown", "refused"][index / 3 % 3], siblings: 1))
        }
        for second in 0..<100 {
            timeline.samples.append(
                Timeline.Sample(
                    at: UInt64(second) * 1_000_000_000, divergentKeys: second < 80 ? second % 7 : 0,
                    siblingsMax: 1 + second % 3))
        }
        return timeline
    }
}
