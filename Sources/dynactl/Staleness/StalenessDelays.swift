import ArgumentParser

/// Shows the one-way delays that the nodes of a ring have measured.
struct StalenessDelays: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delays",
        abstract: "Show the one-way delays between the nodes, as they measured them.",
        discussion: """
            Every node measures, since it started, how long what it coordinates takes: a write \
            to a replica until it is visible there, the acknowledgement on its way back, a read \
            until the replica's store has looked, the response on its way back. A pair of the \
            same node is its own store. With --json the document that 'predict --model' takes.

            Examples:
              dynactl staleness delays
              dynactl staleness delays --json > delays.json
              dynactl staleness predict --model delays.json --r 1 --w 1
            """)

    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func run() async throws {
        let delays = try await RingDelays.all(of: try await MeasuredRing.find(endpoints))
        try Output.line(format.json ? delays.document.text : delays.table)
    }
}
