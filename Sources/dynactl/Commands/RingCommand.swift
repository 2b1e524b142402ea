import ArgumentParser
import DynaClient

/// Shows who owns what.
struct RingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ring",
        abstract: "Show who owns how much of the ring, or where a key is.",
        discussion: """
            With --key: the partition of the key and its preference list, the primaries first, \
            then the fallbacks.

            Examples:
              dynactl ring
              dynactl ring --key users/ada
              dynactl ring --json
            """)

    /// The fields that lead, in this order.
    static let fields = [
        "bucket", "key", "partition", "n", "primaries", "fallbacks", "name", "zone", "cluster",
        "ringVersion", "partitions",
    ]

    @Option(
        help: ArgumentHelp("A key to find.", valueName: "bucket/key"),
        transform: RecordPath.init(parsing:))
    var key: RecordPath?

    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func run() async throws {
        let client = try endpoints.client()
        let answer: String
        if let key {
            answer = try await client.ring(bucket: key.bucket, key: key.key)
        } else {
            answer = try await client.ring()
        }
        try Answer(text: answer, first: RingCommand.fields).show(asJSON: format.json)
    }
}
