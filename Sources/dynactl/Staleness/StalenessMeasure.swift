import ArgumentParser
import FoundationEssentials
import Glibc
import Staleness

/// Measures how stale the reads of a live ring are.
struct StalenessMeasure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Measure how stale the reads of a live ring are.",
        discussion: """
            Writes unique values to a bucket of its own (\(MeasurementPlan.bucket)), reads them \
            through all nodes at times spread from the acknowledgement to --t-max after it, and \
            tells how many of the reads were stale, beside what the model predicts from the \
            delays that the nodes measured between each other meanwhile. The keys are deleted at \
            the end, also after Ctrl-C. Nothing else of the ring is touched.

            Examples:
              dynactl staleness measure --r 1 --w 1
              dynactl staleness measure --sweep --duration 2m --json > measured.json
              dynactl staleness measure --r 1 --w 1 --delay '*:*:write=exp:20ms'
            """)

    @Option(
        help: ArgumentHelp(
            "Answers a read waits for; a majority where it is left out.", valueName: "count"))
    var r: Int?

    @Option(
        help: ArgumentHelp(
            "Replicas a write waits for; a majority where it is left out.", valueName: "count"))
    var w: Int?

    @Flag(help: "Measure all r and w from 1 to n, cycle by cycle in turn.")
    var sweep = false

    @Option(
        help: ArgumentHelp(
            "Copies of each key; as the bucket has them where it is left out.",
            valueName: "count"))
    var n: Int?

    @Option(
        help: ArgumentHelp(
            "What reads do about stale replicas: off, async or blocking.",
            discussion: "The model knows of no repair, so a prediction is for 'off'.",
            valueName: "mode"))
    var readRepair = ReadRepairChoice.off

    @Option(
        name: .customLong("delay"),
        help: ArgumentHelp(
            "Hold back what one node sends to another; repeat it for more.",
            discussion: """
                KIND is write, acknowledgement, read, response, both (write and read) or all \
                (the default); SPEC is as in 5ms, exp:5ms, uniform:1ms-9ms or \
                pareto:1.05ms,1.51; * stands for all nodes. The delays end with the \
                measurement; rings of 'dynactl up' allow them.
                """,
            valueName: "from:to[:kind]=spec"),
        transform: InjectedDelay.init(parsing:))
    var delays: [InjectedDelay] = []

    @Option(
        help: ArgumentHelp(
            "Write the delays that the ring measured to a file, for 'predict --model'.",
            valueName: "file"))
    var delaysOut: String?

    @OptionGroup var load: MeasurementLoadOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func validate() throws {
        guard !sweep || (r == nil && w == nil) else {
            throw ValidationError("--sweep measures all r and w: leave --r and --w out.")
        }
        let longest = InjectedDelays.durationMax
        guard delays.isEmpty || load.duration.duration <= longest else {
            throw ValidationError(
                "With --delay a measurement lasts at most \(TimeLimit(longest)).")
        }
        for (name, value) in [("n", n), ("r", r), ("w", w)] {
            guard let value, value < 1 else { continue }
            throw ValidationError("--\(name) \(value): give 1 or more.")
        }
    }

    func run() async throws {
        let started = Date.now
        let interruption = await Interruption()
        let ring = try await MeasuredRing.find(endpoints)
        let measurement = Measurement(
            ring: ring,
            settings: Measurement.Settings(
                n: n, r: r, w: w, isSweep: sweep, readRepair: readRepair, delays: delays))
        let load = load
        let task = Task {
            try await measurement.run { quorums throws(Failure) in try load.plan(for: quorums) }
        }
        let outcome: Measurement.Outcome
        do {
            outcome = try await interruption.cancelling(task)
        } catch is CancellationError {
            throw Failure("interrupted before anything was measured", exitCode: 130)
        }
        let report = await MeasurementReport(
            outcome, of: ring, readRepair: readRepair, started: started.formatted(.iso8601))
        if let delaysOut { try write(outcome.delays, to: delaysOut) }
        try Output.line(format.json ? report.document : report.text)
        guard !interruption.hasCome else {
            throw Failure("interrupted: this was measured until then", exitCode: 130)
        }
        try report.checkThatItMeasured()
    }

    private func write(_ delays: RingDelays?, to path: String) throws(Failure) {
        guard let delays else {
            throw .unavailable("the ring tells no delays: \(path) was not written")
        }
        do {
            try Data((delays.document.text + "\n").utf8).write(to: URL(filePath: path))
        } catch {
            throw .inputOutput("cannot write \(path): \(errorText(errno))")
        }
    }
}

/// How much a measurement does.
struct MeasurementLoadOptions: ParsableArguments {
    /// The most writes of one measurement; with their reads they take half a gigabyte.
    static let writesMax = 3e6

    @Option(
        help: ArgumentHelp(
            "How long, as in 30s or 5m; 30s where it is left out.", valueName: "time"),
        transform: TimeLimit.init(parsing:))
    var duration = TimeLimit(.seconds(30))

    @Option(help: ArgumentHelp("Clients that write.", valueName: "count"))
    var writers = 4

    @Option(help: ArgumentHelp("Clients that read.", valueName: "count"))
    var readers = 8

    @Option(
        help: ArgumentHelp(
            "Writes per second, all writers together; there are three times as many reads.",
            valueName: "count"))
    var rate = 100.0

    @Option(
        help: ArgumentHelp(
            "Keys to write, all sizes of quorums together; as many as the rate needs where it "
                + "is left out.", valueName: "count"))
    var keys: Int?

    @Option(help: ArgumentHelp("Size of each value.", valueName: "bytes"))
    var valueSize = 100

    @Option(
        help: ArgumentHelp(
            "How long after an acknowledgement reads begin at most; 500ms where it is left out.",
            valueName: "time"),
        transform: TimeLimit.init(parsing:))
    var tMax = TimeLimit(.milliseconds(500))

    func validate() throws {
        let bounds: [(name: String, value: Double, range: ClosedRange<Double>)] = [
            ("writers", Double(writers), 1...256), ("readers", Double(readers), 1...1_024),
            ("rate", rate, 0.1...100_000), ("value-size", Double(valueSize), 1...65_536),
            ("keys", Double(keys ?? 1), 1...1_000_000),
        ]
        for (name, value, range) in bounds where !range.contains(value) {
            let (low, high) = (Figures.number(range.lowerBound), Figures.number(range.upperBound))
            throw ValidationError("--\(name) \(Figures.number(value)): give \(low) to \(high).")
        }
        let writes = rate * (duration.duration / .seconds(1))
        guard writes <= MeasurementLoadOptions.writesMax else {
            let most = Figures.number(MeasurementLoadOptions.writesMax)
            throw ValidationError(
                "Every request is remembered to the end: give a --duration and a --rate that "
                    + "make at most \(most) writes.")
        }
        guard tMax.duration > MeasurementPlan.tMin else {
            throw ValidationError("--t-max is to be longer than \(MeasurementPlan.tMin).")
        }
    }

    /// The plan that these options make for some sizes of quorums.
    func plan(for quorums: [QuorumSizes]) throws(Failure) -> MeasurementPlan {
        let lanes = quorums.count * writers
        let keys = self.keys ?? lanes * max(2, restingKeys(for: lanes))
        guard keys >= lanes else {
            throw .usage(
                "--keys \(keys): give \(lanes) or more, one for each writer"
                    + (quorums.count > 1 ? " and each of the \(quorums.count) sizes" : ""))
        }
        return MeasurementPlan(
            quorums: quorums, duration: duration.duration, writers: writers, readers: readers,
            rate: rate, keys: keys, valueBytes: valueSize, tMax: tMax.duration,
            seed: UInt64.random(in: .min ... .max))
    }

    /// How many keys each writer needs for each size, so that one rests when its turn comes.
    ///
    /// A cycle lasts about as long as its last read is late, and twice that leaves room.
    private func restingKeys(for lanes: Int) -> Int {
        let cyclesPerSecond = rate * 2 / Double(1 + MeasurementPlan.burstMax)
        let seconds = tMax.duration / .seconds(1)
        return Int((2 * cyclesPerSecond * seconds / Double(lanes)).rounded(.up))
    }
}
