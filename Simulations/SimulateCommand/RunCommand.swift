import ArgumentParser
import Simulator

/// How one run is shown.
struct ShowOptions: ParsableArguments {
    @Option(help: "Print the run line by line: notes, or events as well.")
    var log: LogLevel?

    @Option(help: "Write the run as one HTML page to FILE.")
    var html: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    /// Runs a plan and shows what became of it.
    func run(_ plan: Plan, command: String) throws {
        var options = RunOptions()
        options.log = log
        options.hasTimeline = html != nil
        let start = WallClock.seconds
        let report = RunsUnderWay.note(command) { Simulation(plan, options: options).run() }
        let text = ReportText(report: report, wallSeconds: WallClock.seconds - start)
        if json {
            Output.line(text.json)
        } else {
            if log != nil { Output.line(Text.logHead) }
            for line in report.log { Output.line(Text.line(line)) }
            Output.line(text.line)
            for line in text.failures(command: command) { Output.line(line) }
        }
        if let html {
            try Files.write(TimelinePage(report).text, to: html)
            Output.notice("wrote \(html)")
        }
        try Verdict(report).conclude()
    }
}

/// Runs one seed or one scenario.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs one seed, or one scenario.",
        discussion: """
            Examples:
              simulate run --seed 0x3fa2
              simulate run --scenario partition-and-heal --html partition.html
              simulate run --scenario mine.plan --log notes
            """)

    @Option(help: "The seed, decimal or 0x…; with a scenario, instead of its own.")
    var seed: Seed?

    @Option(help: "A scenario's name (see list), or a .plan file.")
    var scenario: String?

    @Option(help: "From which distribution a seed's plan is drawn.")
    var profile = Profile.swarm

    @Option(help: "The store of the nodes, instead of the plan's.")
    var store: StoreKind?

    @Option(help: "Write the plan to FILE, to be changed and replayed.")
    var plan: String?

    @OptionGroup var show: ShowOptions

    func run() throws {
        var drawn: Plan
        var command: String
        if let scenario {
            drawn = try Plans.scenario(scenario)
            if let seed { drawn.seed = seed.raw }
            let seed = Seed.text(drawn.seed)
            command = "\(Program.name) run --scenario \(scenario) --seed \(seed)"
        } else {
            guard let seed else { throw ValidationError("name a --seed or a --scenario") }
            drawn = Plan.drawn(seed: seed.raw, profile: profile)
            command = Program.run(seed.raw, profile)
        }
        if let store {
            drawn.world.store = store
            if let flaw = drawn.flaw() {
                throw ValidationError("--store \(store.rawValue): \(flaw.reason)")
            }
            command += " --store \(store.rawValue)"
        }
        if let plan { try Files.write(drawn.text(), to: plan) }
        try show.run(drawn, command: command)
    }
}

/// Runs a plan from a file.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Runs plans from files, such as shrink writes them.",
        discussion: """
            Example:
              simulate replay O1-an-acknowledged-write-is-lost-0x3fa2.plan --log notes
            """)

    @Argument(help: "The files; each must end as it says it does.")
    var files: [String]

    @OptionGroup var show: ShowOptions

    func run() throws {
        var worst = Verdict.passed
        for file in files {
            let plan = try Plans.read(file)
            do {
                try show.run(plan, command: "\(Program.name) replay \(file)")
            } catch let code as ExitCode {
                worst = (Verdict(rawValue: code.rawValue) ?? .safety).worse(than: worst)
            }
        }
        try worst.conclude()
    }
}

/// Lists the scenarios.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the scenarios.",
        discussion: """
            Example:
              simulate list
            """)

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() {
        let scenarios = ScenarioList.all
        guard !json else { return Output.line(ScenarioList.json(scenarios)) }
        let width = scenarios.map(\.name.count).max() ?? 0
        for scenario in scenarios {
            let padding = String(repeating: " ", count: width - scenario.name.count)
            Output.line("\(scenario.name)\(padding)  \(scenario.summary)")
        }
    }
}

/// Prints a scenario's text.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Prints a scenario's text, to be copied and changed.",
        discussion: """
            Example:
              simulate show bridge > mine.plan
            """)

    @Argument(help: "The scenario's name.")
    var name: String

    func run() throws {
        guard let text = ScenarioList.text(named: name) else {
            throw ValidationError("there is no scenario '\(name)': see 'simulate list'")
        }
        Output.line(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
}
