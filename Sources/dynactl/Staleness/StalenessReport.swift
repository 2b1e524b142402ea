import ArgumentParser
import FoundationEssentials

/// Writes what was predicted, simulated and measured as one HTML page.
struct StalenessReport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write predicted, simulated and measured staleness as one HTML page.",
        discussion: """
            An INPUT is what 'predict', 'simulate' or 'measure' writes with --json; '-' is \
            standard input. The page needs no network and no script. The table of --csv has one \
            row per number: kind, source, basis, n, r, w, variant, series, x, value, low, high.

            With --model, a prediction for all r and w is added; without an INPUT, one with \
            lnkd-ssd.

            Examples:
              dynactl staleness report --out staleness.html
              dynactl staleness report --out staleness.html prediction.json measurement.json
              dynactl staleness report --out staleness.html --csv staleness.csv *.json
            """)

    @Option(help: ArgumentHelp("Where to write the page.", valueName: "file"))
    var out: String

    @Option(help: ArgumentHelp("Where to write all numbers as a table.", valueName: "file"))
    var csv: String?

    @OptionGroup var options: ModelOptions

    @Option(
        help: ArgumentHelp("How many replicas the prediction is for.", valueName: "count"))
    var n = 3

    @Argument(help: "What was predicted, simulated, measured: JSON documents.")
    var inputs: [String] = []

    func run() async throws {
        var documents: [ReportDocument] = []
        for path in inputs {
            documents.append(try ReportReader.read(path))
        }
        if options.model != nil || inputs.isEmpty {
            var own = options
            own.model = options.model ?? "lnkd-ssd"
            documents.insert(try await ReportForecast.document(own, n: n), at: 0)
        }
        let data = ReportData(documents)
        guard !data.results.isEmpty else {
            let names = inputs.joined(separator: ", ")
            throw Failure.data("\(names): there is no result in it")
        }
        try StalenessReport.write(ReportPage(data).text, to: out)
        if let csv {
            try StalenessReport.write(ReportTable(data: data).text, to: csv)
        }
    }

    /// Writes a file whole or not at all.
    private static func write(_ text: String, to path: String) throws(Failure) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw .inputOutput("\(path): cannot be written: \(Paths.reason(error))")
        }
    }
}
