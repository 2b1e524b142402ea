import ArgumentParser
import Primitives
import Simulator

/// Shows that a seed is a run.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Runs seeds again and again and compares their traces.",
        discussion: """
            Each seed runs twice in this process and once in a new one; seeds whose disks have \
            no faults also run on the other kind of store. All traces must be equal.

            Examples:
              simulate check --seeds 20
              simulate check --seeds 1 --first-seed 0x3fa2
            """)

    @OptionGroup var choice: SeedOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        var results: [CheckResult] = []
        for index in 0..<choice.seeds {
            let result = try RunsUnderWay.note(Program.check(choice.seed(index), choice.profile)) {
                try CheckResult(of: choice.plan(index), choice.profile)
            }
            results.append(result)
            guard !json else { continue }
            Output.line(result.line)
        }
        let different = results.filter { $0.problem != nil }.count
        if json {
            Output.line(CheckResult.json(results))
        } else {
            Output.line("seeds=\(results.count) different=\(different)")
        }
        if different > 0 { throw ExitCode(Verdict.notDeterministic.rawValue) }
    }
}

/// What became of running one seed again and again.
struct CheckResult {
    let seed: UInt64
    let store: StoreKind
    let trace: String
    /// Which runs differ; nil where all are equal.
    let problem: String?

    /// A result as it is.
    init(seed: UInt64, store: StoreKind, trace: String, problem: String?) {
        self.seed = seed
        self.store = store
        self.trace = trace
        self.problem = problem
    }

    /// Runs a plan; where runs differ, says where on the standard error.
    init(of plan: Plan, _ profile: Profile) throws {
        let first = Simulation(plan).run()
        let trace = Seed.trace(first.traceHash)
        self.init(
            seed: plan.seed, store: plan.world.store, trace: trace,
            problem: try CheckResult.problem(plan, profile, first))
    }

    /// Which of a second run and one in another process differs from a first one; nil where both
    /// are equal to it.
    static func difference(_ plan: Plan, _ profile: Profile, _ first: RunReport) -> String? {
        guard Simulation(plan).run().traceHash == first.traceHash else {
            return "two runs in one process differ"
        }
        guard let child = try? Child.trace(of: plan.seed, profile: profile) else {
            return "a run in another process ends without a report"
        }
        return child == Seed.trace(first.traceHash) ? nil : "a run in another process differs"
    }

    private static func problem(
        _ plan: Plan, _ profile: Profile, _ first: RunReport
    ) throws -> String? {
        let again = Simulation(plan).run()
        if again.traceHash != first.traceHash {
            Output.notice(TraceComparison.window(first.checkpoints, again.checkpoints))
            let part = TraceComparison.part(first.checkpoints, again.checkpoints)
            show(log(plan, part), log(plan, part))
            return "two runs in one process differ"
        }
        guard let child = try Child.trace(of: plan.seed, profile: profile) else {
            return "a run in another process ends without a report"
        }
        if child != Seed.trace(first.traceHash) {
            show(log(plan), try Child.log(of: plan.seed, profile: profile))
            return "a run in another process differs"
        }
        guard let other = plan.onOtherStore else { return nil }
        let there = Simulation(other).run()
        guard there.traceHash != first.traceHash else { return nil }
        Output.notice(TraceComparison.window(first.checkpoints, there.checkpoints))
        let part = TraceComparison.part(first.checkpoints, there.checkpoints)
        show(log(plan, part), log(other, part))
        return "the two kinds of store differ"
    }

    private static func log(
        _ plan: Plan, _ part: ClosedRange<UInt64> = 0...UInt64.max
    ) -> [String] {
        var options = RunOptions()
        options.logged = part
        options.log = .events
        return Simulation(plan, options: options).run().log.map(Text.line)
    }

    private static func show(_ left: [String], _ right: [String]) {
        guard let lines = TraceComparison.excerpt(left, right) else {
            return Output.notice("their logs are equal: what differs is not in them")
        }
        for line in lines { Output.notice(line) }
    }

    /// One line.
    var line: String {
        "seed=\(Seed.text(seed)) store=\(store.rawValue) trace=\(trace) "
            + (problem.map { "FAIL determinism: \($0)" } ?? "equal")
    }

    /// One document.
    static func json(_ results: [CheckResult]) -> String {
        var json = JSONText()
        json.object { json in
            json.number("seeds", results.count)
            json.number("different", results.filter { $0.problem != nil }.count)
            json.array("runs") { json in
                for result in results { result.write(to: &json) }
            }
        }
        return json.text
    }

    private func write(to json: inout JSONText) {
        json.object { json in
            json.string("seed", Seed.text(seed))
            json.string("store", store.rawValue)
            json.string("traceHash", trace)
            if let problem { json.string("problem", problem) }
        }
    }
}

extension Plan {
    /// The same on the other kind of store; nil where its disks need the real one.
    var onOtherStore: Plan? {
        guard !world.disk.hasFaults, !faults.contains(where: { $0.fault.dependsOnStore }) else {
            return nil
        }
        var plan = self
        plan.world.store = world.store == .sqlite ? .dictionary : .sqlite
        return plan
    }
}

extension Fault {
    /// Whether its effect differs between a real disk and a dictionary.
    fileprivate var dependsOnStore: Bool {
        switch self {
        case .crashInTransaction, .fullDisk, .diskError, .lie, .rot, .misdirect, .stalePage,
            .truncateLog:
            true
        default: false
        }
    }
}
