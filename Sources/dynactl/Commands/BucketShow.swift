import ArgumentParser
import DynaClient

/// Shows one bucket.
struct BucketShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the properties of a bucket.",
        discussion: """
            Examples:
              dynactl bucket show users
              dynactl bucket show users --json
            """)

    @Argument(help: "The bucket.")
    var bucket: String

    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func run() async throws {
        let answer = try await endpoints.client().bucket(bucket)
        try Answer(text: answer, first: BucketCommand.fields).show(asJSON: format.json)
    }
}
