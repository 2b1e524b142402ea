import Pages
import Primitives
import Simulator

/// A run for readers and for programs.
struct ReportText {
    let report: RunReport
    let wallSeconds: Double
    /// Which further runs of the plan left another trace; nil where none did.
    var difference: String?

    /// What to make of it: a broken promise counts more than a run that is not reproducible.
    var verdict: Verdict {
        let own = Verdict(report)
        return difference == nil ? own : own.worse(than: .notDeterministic)
    }

    /// One line per run.
    var line: String {
        let plan = report.plan
        let world = plan.world
        var parts = ["seed=\(Seed.text(plan.seed))"]
        if !plan.name.isEmpty { parts.append("scenario=\(plan.name)") }
        parts += [
            "nodes=\(world.nodes)", "n=\(world.n)", "r=\(world.r)", "w=\(world.w)",
            "store=\(world.store.rawValue)", "faults=\(faults)",
            "sim=\(Text.seconds(report.virtualNanoseconds, digits: 1))",
            "wall=\(Text.decimal(wallSeconds, digits: 2))s",
            "events=\(Text.grouped(report.events))", "ops=\(Text.grouped(report.operations))",
            "acked=\(Text.grouped(report.acknowledged))",
            "unknown=\(Text.grouped(report.unknown))", "converged=\(convergence)",
            "trace=\(trace)", verdict == .passed ? "PASS" : "FAIL",
        ]
        return parts.joined(separator: " ")
    }

    /// What was found, and how to see it again.
    ///
    /// A plan that expects a violation passes by it: what is found then is no failure.
    func failures(command: String) -> [String] {
        var lines: [String] = []
        let isPassed = Verdict(report) == .passed
        let word = isPassed ? "expected" : "FAIL"
        for violation in report.violations {
            let key = violation.key.map { " key k\($0 + 1)" } ?? ""
            let time = Text.seconds(violation.at, digits: 3)
            lines.append("\(word) \(violation.oracle.rawValue)\(key) at \(time): \(violation.text)")
            lines += violation.evidence.filter { !$0.isEmpty }.map { "    " + $0 }
        }
        if let expected = report.plan.expectedViolation, !isPassed {
            lines.append("FAIL \(expected) was to be found and was not")
        }
        if !isPassed { lines.append("again: " + command) }
        return lines
    }

    private var trace: String { Seed.trace(report.traceHash) }

    private var faults: String {
        let seen = report.faults.filter { $0.count > 0 }.map(\.name)
        return seen.isEmpty ? "none" : seen.joined(separator: ",")
    }

    private var convergence: String {
        let time = report.convergedNanoseconds.map { Text.seconds($0, digits: 1) } ?? "never"
        return time + (report.boundNanoseconds.map { "/" + Text.seconds($0, digits: 0) } ?? "")
    }

    // MARK: JSON

    /// One document.
    var json: String {
        var json = JSONText()
        json.object { json in
            writeHead(to: &json)
            json.object("faults") { json in
                for count in report.faults { json.number(count.name, count.count) }
            }
            json.array("oracles") { json in
                for count in report.oracles {
                    json.object { json in
                        json.string("name", count.oracle.rawValue)
                        json.number("checked", count.checked)
                        json.number("violations", count.violations)
                    }
                }
            }
            json.bool("passed", verdict == .passed)
            writeRest(to: &json)
        }
        return json.text
    }

    private func writeHead(to json: inout JSONText) {
        json.string("seed", Seed.text(report.plan.seed))
        json.string("scenario", report.plan.name)
        json.number("events", report.events)
        json.decimal("virtualSeconds", Double(report.virtualNanoseconds) / 1e9)
        json.decimal("wallSeconds", wallSeconds)
        json.string("traceHash", trace)
        json.number("operations", report.operations)
        json.number("acknowledged", report.acknowledged)
        json.number("unknown", report.unknown)
    }

    private func writeRest(to json: inout JSONText) {
        json.number("refused", report.refused)
        json.string("store", report.plan.world.store.rawValue)
        json.string("profile", report.plan.profile)
        if let converged = report.convergedNanoseconds {
            json.decimal("convergedSeconds", Double(converged) / 1e9)
        }
        json.array("violations") { json in
            for violation in report.violations { write(violation, to: &json) }
        }
        json.object("sometimes") { json in
            for count in report.sometimes { json.number(count.name, count.count) }
        }
    }

    private func write(_ violation: Violation, to json: inout JSONText) {
        json.object { json in
            json.string("oracle", violation.oracle.rawValue)
            if let key = violation.key { json.string("key", "k\(key + 1)") }
            json.decimal("atSeconds", Double(violation.at) / 1e9)
            json.string("text", violation.text)
            json.array("evidence") { json in
                for line in violation.evidence { json.string(nil, line) }
            }
        }
    }
}

/// Numbers as people read them.
enum Text {
    /// `12.3s`.
    static func seconds(_ nanoseconds: UInt64, digits: Int) -> String {
        decimal(Double(nanoseconds) / 1e9, digits: digits) + "s"
    }

    /// A number with so many digits behind the point.
    static func decimal(_ number: Double, digits: Int) -> String {
        NumberText.decimal(number, digits: digits)
    }

    /// `24,120`.
    static func grouped(_ number: Int) -> String {
        NumberText.grouped(number)
    }

    /// What the columns of a log are.
    static let logHead = """
        # Time is the world's, from the start of the run; the clocks of nodes may go otherwise.
        # Then the node (that was asked, for what clients do; -- for the world), then what happened.
        """

    /// A line of a log.
    static func line(_ line: LogLine) -> String {
        let time = seconds(line.at, digits: 6)
        let padding = String(repeating: " ", count: max(0, 12 - time.count))
        let node = line.node.map { "n\($0 + 1)" } ?? "--"
        let gap = String(repeating: " ", count: max(1, 5 - node.count))
        return "\(padding)\(time) \(node)\(gap)\(line.text)"
    }
}

extension JSONText {
    /// A number with a fraction.
    mutating func decimal(_ name: String, _ number: Double) {
        self.number(name, digits: Text.decimal(number, digits: 6))
    }
}
