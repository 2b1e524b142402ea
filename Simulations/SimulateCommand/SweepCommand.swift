import ArgumentParser
import Dispatch
import Scenarios
import Simulator
import Synchronization

/// Which seeds, and from which distribution.
struct SeedOptions: ParsableArguments {
    @Option(help: "How many seeds.")
    var seeds = 100

    @Option(help: "The first seed; the others follow it. (default: 1)")
    var firstSeed: Seed?

    @Option(help: "Take the first seed from a commit's hash, so that each explores new ones.")
    var from: String?

    @Option(help: "From which distribution the plans are drawn.")
    var profile = Profile.swarm

    func validate() throws {
        guard seeds > 0 else { throw ValidationError("--seeds must be at least 1") }
        guard from == nil || commitBase != nil else {
            throw ValidationError("--from takes the hexadecimal hash of a commit")
        }
        guard from == nil || firstSeed == nil else {
            throw ValidationError("name --first-seed or --from, not both")
        }
    }

    private var commitBase: UInt64? {
        from.flatMap { UInt64($0.prefix(12), radix: 16) }.map { $0 << 16 }
    }

    /// The seed at a place.
    func seed(_ index: Int) -> UInt64 {
        (commitBase ?? firstSeed?.raw ?? 1) &+ UInt64(index)
    }

    /// The plan of the seed at a place.
    func plan(_ index: Int) -> Plan {
        Plan.drawn(seed: seed(index), profile: profile)
    }
}

/// Runs many seeds.
struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Runs many seeds and says what they found and what they never saw.",
        discussion: """
            Examples:
              simulate sweep --seeds 200 --jobs 2
              simulate sweep --seeds 1000 --coverage
              simulate sweep --seeds 200 --from $(git rev-parse HEAD)
            """)

    @OptionGroup var choice: SeedOptions

    @Option(help: "How many threads.")
    var jobs = 2

    @Option(
        help: "Which share of the seeds runs again, also in a new process, in percent.")
    var checkShare = 5

    @Flag(help: "Fail where something was never seen.")
    var coverage = false

    @Flag(help: "Run every scenario as well, before the seeds.")
    var scenarios = false

    @Flag(help: "End at the first seed that fails.")
    var stop = false

    @Flag(help: "Print failing seeds and the summary only.")
    var quiet = false

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        guard (1...256).contains(jobs) else { throw ValidationError("--jobs must be 1 to 256") }
        guard (0...100).contains(checkShare) else {
            throw ValidationError("--check-share must be 0 to 100")
        }
    }

    /// Whether the seed at a place runs again: evenly spread, the first one included.
    func isChecked(_ index: Int) -> Bool {
        index * checkShare % 100 < checkShare
    }

    func run() throws {
        let sweep = Sweep(self)
        if scenarios { for name in Scenarios.names { sweep.run(scenario: name) } }
        let jobs = min(jobs, choice.seeds)
        DispatchQueue.concurrentPerform(iterations: jobs) { _ in sweep.work() }
        let summary = sweep.summary
        if json {
            Output.line(summary.json)
        } else {
            for line in summary.lines { Output.line(line) }
        }
        var verdict = summary.worst
        if coverage, verdict == .passed, !summary.unseen.isEmpty { verdict = .coverageGap }
        try verdict.conclude()
    }
}

/// A sweep under way; shared by its threads.
final class Sweep: Sendable {
    private struct State {
        var next = 0
        var isStopped = false
        var summary = SweepSummary()
    }

    private let command: SweepCommand
    private let state: Mutex<State>
    private let start = WallClock.seconds

    init(_ command: SweepCommand) {
        self.command = command
        state = Mutex(State())
    }

    var summary: SweepSummary {
        state.withLock { state in
            var summary = state.summary
            summary.wallSeconds = WallClock.seconds - start
            return summary
        }
    }

    /// Takes one seed after the other until none is left.
    func work() {
        while let index = take() {
            let words = Program.run(command.choice.seed(index), command.choice.profile)
            finish(RunsUnderWay.note(words) { run(index) })
        }
    }

    /// Runs the seed at a place; some of them, and all that fail, again and in a new process, too.
    private func run(_ index: Int) -> ReportText {
        let plan = command.choice.plan(index)
        let start = WallClock.seconds
        let report = Simulation(plan).run()
        let seconds = WallClock.seconds - start
        var text = ReportText(report: report, wallSeconds: seconds)
        if command.isChecked(index) || text.verdict != .passed {
            text.difference = CheckResult.difference(plan, command.choice.profile, report)
        }
        return text
    }

    /// Runs a scenario, once: what it sees counts like what a seed sees.
    func run(scenario name: String) {
        guard let plan = Scenarios.plan(named: name) else { return }
        let start = WallClock.seconds
        let report = Simulation(plan).run()
        finish(ReportText(report: report, wallSeconds: WallClock.seconds - start))
    }

    private func take() -> Int? {
        state.withLock { state in
            guard !state.isStopped, state.next < command.choice.seeds else { return nil }
            state.next += 1
            return state.next - 1
        }
    }

    private func finish(_ text: ReportText) {
        let (seed, profile) = (text.report.plan.seed, command.choice.profile)
        let scenario = text.report.plan.name
        let verdict = text.verdict
        var lines = command.quiet && verdict == .passed ? [] : [text.line]
        lines += text.failures(
            command: scenario.isEmpty
                ? Program.run(seed, profile) : "\(Program.name) run --scenario \(scenario)")
        if let difference = text.difference {
            lines.append("FAIL determinism: \(Seed.text(seed)): \(difference)")
            lines.append("again: " + Program.check(seed, profile))
        }
        state.withLock { state in
            state.summary.add(text.report, verdict)
            if verdict != .passed, command.stop { state.isStopped = true }
            // Under the lock, so that the lines of two seeds do not mix.
            for line in lines where !command.json { Output.line(line) }
        }
    }
}
