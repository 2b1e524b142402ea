import ArgumentParser
import DynaClient

/// Sets properties of a bucket.
struct BucketSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set properties of a bucket.",
        discussion: """
            Shows all properties as they are afterwards; those not named stay as they were.

            Examples:
              dynactl bucket set users n=3 r=2 w=2
              dynactl bucket set sessions conflict=lastWriteWins readRepair=off ttl=1h
            """)

    @Argument(help: "The bucket.")
    var bucket: String

    @Argument(
        help: ArgumentHelp(
            "What to set: n, r, w, pr, pw, conflict, readRepair, sloppy, ttl.",
            valueName: "name=value"),
        transform: BucketProperty.init(parsing:))
    var properties: [BucketProperty]

    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func run() async throws {
        let answer = try await endpoints.client().setBucket(
            bucket, properties: properties.map { ($0.name, $0.value) })
        try Answer(text: answer, first: BucketCommand.fields).show(asJSON: format.json)
    }
}

/// A property and what to set it to; the node decides whether there is such a thing.
struct BucketProperty {
    let name: String
    let value: String

    /// Splits `NAME=VALUE`.
    init(parsing text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw ValidationError("'\(text)' is no property: give NAME=VALUE, as in n=3.")
        }
        name = String(parts[0])
        value = String(parts[1])
    }
}
