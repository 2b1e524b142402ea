import ArgumentParser

/// How stale reads may be: predicted, simulated, measured.
struct StalenessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staleness",
        abstract: "Tell how stale reads may be.",
        discussion: """
            Examples:
              dynactl staleness report --out staleness.html prediction.json measurement.json
            """,
        subcommands: [StalenessReport.self])
}
