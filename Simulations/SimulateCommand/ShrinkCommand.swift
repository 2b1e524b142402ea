import ArgumentParser
import Simulator

/// Makes a failing seed small.
struct ShrinkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shrink",
        abstract: "Turns a failing seed into a short plan with the same failure.",
        discussion: """
            Examples:
              simulate shrink --seed 0x3fa2
              simulate shrink --plan that.plan --out short.plan
            """)

    @Option(help: "The seed that fails.")
    var seed: Seed?

    @Option(help: "A plan that fails, instead of a seed.")
    var plan: String?

    @Option(help: "From which distribution the seed's plan is drawn.")
    var profile = Profile.swarm

    @Option(help: "Where the short plan goes; by default a name made of what failed.")
    var out: String?

    @Option(help: "How many minutes at most.")
    var minutes = 5.0

    @Option(help: "How many runs at most.")
    var runs = 2_000

    func validate() throws {
        guard minutes > 0, minutes.isFinite else {
            throw ValidationError("--minutes must be more than 0")
        }
        guard runs > 0 else { throw ValidationError("--runs must be at least 1") }
        guard (seed == nil) != (plan == nil) else {
            throw ValidationError("name a --seed or a --plan")
        }
    }

    func run() throws {
        let whole = try source()
        let report = Simulation(whole).run()
        guard let violation = report.violations.first else {
            Output.notice("simulate: the run passes: there is nothing to shrink")
            return
        }
        Output.notice("\(violation.oracle.rawValue): \(violation.text)")
        let end = WallClock.seconds + minutes * 60
        var shrinker = Shrinker(plan: whole, violation: violation, runsMax: runs)
        var short = shrinker.shrink(
            run: { Simulation($0).run() }, isOutOfTime: { WallClock.seconds > end },
            progress: { step in if Output.isWatched { Output.notice("\(step)") } })
        short.expectedViolation = nil
        let path = out ?? name(violation, seed: whole.seed)
        try Files.write(short.text(), to: path)
        Output.line(short.text())
        Output.notice("wrote \(path); again: \(Program.name) replay \(path) --log notes")
    }

    private func source() throws -> Plan {
        if let plan { return try Plans.scenario(plan) }
        guard let seed else { throw ValidationError("name a --seed or a --plan") }
        return Plan.drawn(seed: seed.raw, profile: profile)
    }

    private func name(_ violation: Violation, seed: UInt64) -> String {
        let words = violation.text.lowercased()
            .split { !$0.isLetter }.prefix(5).joined(separator: "-")
        return "\(violation.oracle.rawValue)-\(words)-\(Seed.text(seed)).plan"
    }
}
