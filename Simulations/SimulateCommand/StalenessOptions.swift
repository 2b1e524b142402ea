import ArgumentParser
import Ring
import Simulator
import Staleness

/// What `staleness simulate` runs, and how it shows it.
public struct StalenessOptions: ParsableArguments {
    @Option(help: "How long messages take: lnkd-ssd, lnkd-disk, ymmr or wan.")
    var model = "lnkd-ssd"

    @Option(help: "How many nodes.")
    var nodes = 3

    @Option(name: .customLong("n"), help: "Copies of every key.")
    var copies = 3

    @Option(name: .customLong("r"), help: "Answers that a read waits for.")
    var readQuorum = 1

    @Option(name: .customLong("w"), help: "Durable copies that a write waits for.")
    var writeQuorum = 1

    @Flag(help: "Run every r and w of 1…n, instead of one of each.")
    var sweep = false

    @Option(help: "Read repair: off, async, blocking, or all of them.")
    var readRepair = RepairChoice.off

    @Flag(help: "Cut nodes off and heal, over and over.")
    var partitions = false

    @Option(help: "How many writes.")
    var writes = 5_000

    @Option(help: "How many reads follow each write.")
    var probes = 8

    @Option(help: "The greatest distance of a read from its write, in milliseconds.")
    var tMax: Double?

    @Option(help: "The seed, decimal or 0x…: same seed, same run.")
    var seed: Seed = Seed(1)

    @Option(help: "How many trials each prediction plays.")
    var trials = 262_144

    @Flag(help: "Print one JSON document.")
    var json = false

    /// For the parser.
    public init() {}

    /// Runs what the options say, and prints it.
    ///
    /// - Parameter fit: reads what is no published model's name; nil where nothing can be read.
    package func run(reading fit: (String) throws -> DelayFit? = { _ in nil }) throws {
        guard (1...100_000_000).contains(trials) else {
            throw ValidationError("--trials is from 1 to 100000000")
        }
        var document = SimulationDocument(trials: trials)
        let runs = try self.runs(reading: fit)
        let start = WallClock.processorSeconds
        for run in runs {
            document.add(run)
            if !json, let entry = document.entries.last { Output.line(StalenessText(entry).text) }
        }
        let seconds = WallClock.processorSeconds - start
        if json {
            Output.line(document.json)
        } else {
            Output.notice(StalenessText.speed(of: document, seconds: seconds))
        }
        if document.hasFailed { throw ExitCode(2) }
    }

    private func runs(reading fit: (String) throws -> DelayFit?) throws -> [StalenessRun] {
        guard let delays = try PublishedFit(rawValue: model)?.fit ?? fit(model) else {
            let names = PublishedFit.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no model '\(model)': write one of \(names)")
        }
        var base = StalenessRun(delays: delays)
        (base.nodes, base.n, base.seed) = (nodes, copies, seed.raw)
        base.hasPartitions = partitions
        (base.workload.writes, base.workload.probes) = (writes, probes)
        let span = tMax ?? delays.usualSpanMilliseconds
        guard span >= 1, span <= 3_600_000 else {
            throw ValidationError("--t-max is from 1 to 3600000 milliseconds")
        }
        base.workload.spanNanoseconds = UInt64(span * 1_000_000)
        let sizes =
            sweep && copies >= 1 && copies <= 16
            ? (1...copies).flatMap { r in (1...copies).map { (r, $0) } }
            : [(readQuorum, writeQuorum)]
        let runs = readRepair.modes.flatMap { mode in
            sizes.map { r, w in
                var run = base
                (run.r, run.w, run.readRepair) = (r, w, mode)
                return run
            }
        }
        if let flaw = runs.lazy.compactMap({ $0.plan().flaw() }).first {
            throw ValidationError(flaw.reason)
        }
        return runs
    }
}

/// Which read repair is run.
enum RepairChoice: String, CaseIterable, ExpressibleByArgument {
    case off
    case async
    case blocking
    case all

    var modes: [ReadRepairMode] {
        switch self {
        case .off: [.off]
        case .async: [.async]
        case .blocking: [.blocking]
        case .all: [.off, .async, .blocking]
        }
    }
}

/// Simulates how stale reads are, without the rest of the command line.
struct StalenessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staleness",
        abstract: "Shows how stale reads of real nodes are under given delays.",
        discussion: """
            Examples:
              simulate staleness --model lnkd-disk --r 1 --w 1
              simulate staleness --model ymmr --sweep --json
              simulate staleness --partitions --read-repair all

            Exit status: 0 done, 2 a judge found something or the model disagrees, 64 usage.
            """)

    @OptionGroup var options: StalenessOptions

    func run() throws {
        try options.run()
    }
}
