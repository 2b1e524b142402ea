import ArgumentParser

/// How stale reads are.
struct StalenessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staleness",
        abstract: "Tell how stale reads are.",
        subcommands: [MeasureStaleness.self, StalenessDelays.self])
}
