import Primitives
import Simulator

/// What a sweep saw, all seeds together.
struct SweepSummary: Sendable {
    /// In how many seeds something must be seen not to count as rare.
    static let rareSeeds = 5

    private(set) var seeds = 0
    private(set) var failed: [UInt64] = []
    private(set) var worst = Verdict.passed
    private(set) var operations = 0
    private(set) var events = 0
    private(set) var virtualSeconds = 0.0
    private(set) var slowestConvergence: UInt64 = 0
    /// The greatest part of the bound that replicas took to agree.
    private(set) var slowestShare = 0.0
    var wallSeconds = 0.0
    /// How many seeds saw it, and how often in all; in the order of the reports.
    private(set) var seen: [(name: String, seeds: Int, count: Int)] = []

    mutating func add(_ report: RunReport, _ verdict: Verdict) {
        seeds += 1
        worst = worst.worse(than: verdict)
        if verdict != .passed { failed.append(report.plan.seed) }
        operations += report.operations
        events += report.events
        virtualSeconds += Double(report.virtualNanoseconds) / 1e9
        slowestConvergence = max(slowestConvergence, report.convergedNanoseconds ?? 0)
        if let time = report.convergedNanoseconds, let bound = report.boundNanoseconds {
            slowestShare = max(slowestShare, Double(time) / Double(bound))
        }
        for count in report.sometimes { add(count) }
        for count in report.faults { add(Count("fault " + count.name, count.count)) }
    }

    private mutating func add(_ count: Count) {
        let index: Int
        if let known = seen.firstIndex(where: { $0.name == count.name }) {
            index = known
        } else {
            seen.append((count.name, 0, 0))
            index = seen.count - 1
        }
        seen[index].seeds += count.count > 0 ? 1 : 0
        seen[index].count += count.count
    }

    /// What no seed saw.
    var unseen: [String] { seen.filter { $0.seeds == 0 }.map(\.name) }

    private var rare: [String] {
        seen.filter { $0.seeds > 0 && $0.seeds < SweepSummary.rareSeeds }
            .map { "\($0.name) (\($0.seeds))" }
    }

    private var speed: Double { wallSeconds > 0 ? virtualSeconds / wallSeconds : 0 }

    /// The table of what was seen, and the summary.
    var lines: [String] {
        var lines = seen.map { entry in
            let padding = String(repeating: " ", count: max(1, 34 - entry.name.count))
            return "  \(entry.name)\(padding)\(entry.seeds) seeds, \(Text.grouped(entry.count))"
        }
        lines.insert("seen:", at: 0)
        if !unseen.isEmpty { lines.append("never seen: " + unseen.joined(separator: ", ")) }
        if !rare.isEmpty { lines.append("rare: " + rare.joined(separator: ", ")) }
        lines.append(
            "seeds=\(seeds) passed=\(seeds - failed.count) failed=\(failed.count) "
                + "ops=\(Text.grouped(operations)) events=\(Text.grouped(events)) "
                + "sim=\(Text.decimal(virtualSeconds, digits: 0))s "
                + "wall=\(Text.decimal(wallSeconds, digits: 1))s "
                + "speed=\(Text.decimal(speed, digits: 0))x "
                + "slowest-convergence=\(Text.seconds(slowestConvergence, digits: 1)) "
                + "of-bound=\(Text.decimal(slowestShare, digits: 2))")
        return lines
    }

    /// One document.
    var json: String {
        var json = JSONText()
        json.object { json in
            json.number("seeds", seeds)
            json.number("passed", seeds - failed.count)
            json.number("failed", failed.count)
            json.array("failedSeeds") { json in
                for seed in failed { json.string(nil, Seed.text(seed)) }
            }
            json.number("operations", operations)
            json.number("events", events)
            json.decimal("virtualSeconds", virtualSeconds)
            json.decimal("wallSeconds", wallSeconds)
            json.array("unseen") { json in
                for name in unseen { json.string(nil, name) }
            }
            json.array("seen") { json in
                for entry in seen {
                    json.object { json in
                        json.string("name", entry.name)
                        json.number("seeds", entry.seeds)
                        json.number("count", entry.count)
                    }
                }
            }
        }
        return json.text
    }
}
