import Simulator

/// A run that shows how stale reads are, for a reader.
struct StalenessText {
    let entry: SimulationDocument.Entry

    init(_ entry: SimulationDocument.Entry) {
        self.entry = entry
    }

    /// A few lines.
    var text: String {
        let (run, report) = (entry.run, entry.report)
        let head =
            "\(run.delays.name) nodes=\(run.nodes) n=\(run.n) r=\(run.r) w=\(run.w) "
            + "read-repair=\(run.readRepair.word)" + (run.hasPartitions ? " partitions" : "")
        var lines = [
            head,
            "  \(Text.grouped(report.writes)) writes, \(Text.grouped(report.reads)) reads, "
                + "\(Text.grouped(report.staleReads)) stale\(causes)",
            "  fresh at once: \(percent(entry.result.freshAtZero.probability)); 99.9 % fresh: "
                + visibility,
        ]
        if report.failedReads + report.failedWrites > 0 {
            lines.append(
                "  \(Text.grouped(report.failedWrites)) writes and "
                    + "\(Text.grouped(report.failedReads)) reads failed")
        }
        lines.append(
            "  read p50 \(time(entry.result.readLatency.p50)), p99.9 "
                + "\(time(entry.result.readLatency.p999)); write p50 "
                + "\(time(entry.result.writeLatency.p50)), p99.9 "
                + time(entry.result.writeLatency.p999))
        lines.append("  \(entry.note)")
        return lines.joined(separator: "\n")
    }

    /// How fast runs were.
    static func speed(of document: SimulationDocument, seconds: Double) -> String {
        let reads = document.entries.reduce(0) { $0 + $1.report.reads }
        let rate = seconds > 0 ? Int(Double(reads) / seconds) : 0
        return "\(Text.grouped(reads)) reads in \(Text.decimal(seconds, digits: 1)) s of processor "
            + "time: \(Text.grouped(rate)) per second"
    }

    private var causes: String {
        let seen = StalenessCause.allCases.filter { entry.report.reads(because: $0) > 0 }
        guard !seen.isEmpty else { return "" }
        let words = seen.map { "\($0.rawValue) \(Text.grouped(entry.report.reads(because: $0)))" }
        return " (" + words.joined(separator: ", ") + ")"
    }

    private var visibility: String {
        guard let milliseconds = entry.result.tVisibility.milliseconds else {
            return "not within the greatest distance"
        }
        return milliseconds == 0 ? "at once" : "after \(time(milliseconds))"
    }

    private func percent(_ share: Double) -> String { Text.decimal(share * 100, digits: 2) + " %" }

    private func time(_ milliseconds: Double?) -> String {
        milliseconds.map { Text.decimal($0, digits: $0 < 10 ? 3 : 1) + " ms" } ?? "?"
    }
}
