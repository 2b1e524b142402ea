import ArgumentParser
import DynaClient

/// Shows every node.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every node of the cluster.",
        discussion: """
            The asked node asks every member at this moment and lists each of them, also those \
            that do not answer.

            Examples:
              dynactl status
              dynactl status --json --endpoint 127.0.0.1:7402
            """)

    /// The fields that lead, in this order.
    static let fields = [
        "name", "status", "zone", "client", "peer", "http", "pid", "records", "cluster",
        "ringVersion", "partitions",
    ]

    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func run() async throws {
        let answer = try await endpoints.client().status()
        try Answer(text: answer, first: Status.fields).show(asJSON: format.json)
    }
}
