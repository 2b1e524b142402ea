import ArgumentParser
import DynaClient

/// Lists the buckets.
struct BucketList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the buckets that are known by name, with their properties.",
        discussion: """
            Examples:
              dynactl bucket list
              dynactl bucket list --json
            """)

    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func run() async throws {
        let answer = try await endpoints.client().buckets()
        if format.json {
            try Answer(text: answer, first: []).show(asJSON: true)
        } else {
            let rows = BucketList.rows(try JSON.parse(answer: answer))
            try Output.line(Table(of: rows, first: BucketCommand.fields).text)
        }
    }

    /// The buckets, then what holds for all others.
    private static func rows(_ document: JSON) -> [JSON] {
        let buckets = document["buckets"]?.elements ?? []
        guard case .object(let fields)? = document["defaults"] else { return buckets }
        return buckets + [.object([("name", .string("(others)"))] + fields)]
    }
}
