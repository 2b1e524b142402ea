import ArgumentParser
import Primitives
import Staleness

/// Predicts how stale reads are.
struct StalenessPredict: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Predict how stale reads are.",
        discussion: """
            Plays writes and reads with the delays of a model (WARS, from the paper on \
            probabilistically bounded staleness). docs/staleness.md says what it leaves out.

            Examples:
              dynactl staleness predict --model lnkd-disk --r 1 --w 1
              dynactl staleness predict --model delays.json --n 3 --sweep --json
              dynactl staleness predict --table --trials 10000000
            """)

    @OptionGroup var options: ModelOptions

    @Option(help: ArgumentHelp("How many replicas there are.", valueName: "count"))
    var n = 3

    @Option(help: ArgumentHelp("How many answers a read waits for.", valueName: "count"))
    var r = 1

    @Option(help: ArgumentHelp("How many acknowledgements a write waits for.", valueName: "count"))
    var w = 1

    @Flag(help: "Predict for all r and w from 1 to n.")
    var sweep = false

    @Flag(help: "Show the paper's table beside ours; --model restricts it to one.")
    var table = false

    @OptionGroup var format: FormatOptions

    func run() async throws {
        if table {
            try await showPublishedTable()
            return
        }
        let source = try options.source()
        let model = try source.model(n: n)
        let quorums = try quorums()
        let predictions = try await options.player().predict(model, quorums)
        if format.json, sweep {
            try Output.line(Prediction.document(of: predictions))
        } else if format.json, let prediction = predictions.first {
            var json = JSONText()
            prediction.write(into: &json)
            try Output.line(json.text)
        } else {
            try Output.line(PredictionReport(predictions).text)
        }
    }

    private func quorums() throws(Failure) -> [QuorumSizes] {
        guard !sweep else {
            return (1...n).flatMap { r in (1...n).map { QuorumSizes(n: n, r: r, w: $0) } }
        }
        for (name, value, what) in [("r", r, "answers of a read"), ("w", w, "acknowledgements")] {
            guard (1...n).contains(value) else {
                throw .usage(
                    "--\(name) is \(value): there are n=\(n) replicas, so that the \(what) to wait "
                        + "for are from 1 to \(n)")
            }
        }
        return [QuorumSizes(n: n, r: r, w: w)]
    }

    private func showPublishedTable() async throws {
        let chosen: [PublishedFit]
        if let name = options.model {
            guard let fit = PublishedFit(rawValue: name) else {
                throw Failure.usage("--table is about the models \(ModelOptions.names)")
            }
            chosen = [fit]
        } else {
            chosen = PublishedFit.allCases
        }
        guard options.coordinators != .replica, n == 3 else {
            throw Failure.usage("--table is about n=3 with coordinators outside, as printed")
        }
        let player = try options.player()
        var comparison = PublishedComparison(player: player)
        for fit in chosen { await comparison.add(fit) }
        try Output.line(format.json ? comparison.document : comparison.text)
    }
}
