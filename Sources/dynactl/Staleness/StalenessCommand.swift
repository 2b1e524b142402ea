import ArgumentParser

/// How stale reads are, and which sizes of quorums make them fresh enough.
struct StalenessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staleness",
        abstract: "Tell how stale reads are.",
        discussion: """
            A write is acknowledged by w of n replicas and a read answered by r of them. Where \
            r + w does not exceed n, a read soon after a write may miss it.

            Examples:
              dynactl staleness predict --model lnkd-disk --r 1 --w 1
              dynactl staleness measure --r 1 --w 1
              dynactl staleness advise --model lnkd-ssd --target '99.9% fresh within 2ms'
              dynactl staleness report --out staleness.html measurement.json
            """,
        subcommands: [
            StalenessPredict.self, StalenessSimulate.self, StalenessMeasure.self,
            StalenessDelays.self, StalenessAdvise.self, StalenessReport.self,
        ])
}
