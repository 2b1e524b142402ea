import ArgumentParser
import DynaClient

/// Reads a value.
struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read a value.",
        discussion: """
            Writes the bytes of the value to standard output, unchanged; a line end is added only \
            on a terminal. A key with several siblings writes nothing there, lists them on \
            standard error and exits with 3. An absent key exits with 1.

            With --json all siblings and the context for the next write are in one document. With \
            --latest as well, the context is null if there were others: it would delete them.

            Examples:
              dynactl get users/ada
              dynactl get images/logo > logo.png
              dynactl get users/ada --r 3 --json
              dynactl get users/ada --latest
              dynactl get users/ada --local --endpoint 127.0.0.1:7402
            """)

    @Argument(
        help: ArgumentHelp("What to read.", valueName: "bucket/key"),
        transform: RecordPath.init(parsing:))
    var path: RecordPath

    @Option(help: ArgumentHelp("Replicas that must answer.", valueName: "count"))
    var r: Int?

    @Option(help: ArgumentHelp("Of these, how many must be primaries.", valueName: "count"))
    var pr: Int?

    @Option(
        help: ArgumentHelp("How long it may take, as in 500ms or 5s.", valueName: "time"),
        transform: TimeLimit.init(parsing:))
    var timeout: TimeLimit?

    @Flag(help: "Let only primaries answer, whatever the bucket says.")
    var strict = false

    @Flag(help: "Of several siblings take the newest by timestamp.")
    var latest = false

    @Flag(help: "Only what the asked node itself holds; no other is asked.")
    var local = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func validate() throws {
        guard !local || (r == nil && pr == nil && timeout == nil && !strict) else {
            throw ValidationError(
                "--local asks one node only: no --r, --pr, --timeout or --strict.")
        }
    }

    func run() async throws {
        let client = try endpoints.client()
        let result = try await read(client)
        let isCut = latest && result.siblings.count > 1
        let siblings = latest ? result.newest.map { [$0] } ?? [] : result.siblings
        if format.json {
            try show(siblings, context: isCut ? nil : result.context, result)
        } else {
            try show(siblings)
        }
    }

    private func read(_ client: DynaClient) async throws(DynaError) -> GetResult {
        if local {
            return try await client.local(bucket: path.bucket, key: path.key)
        }
        return try await client.get(
            bucket: path.bucket, key: path.key,
            options: GetOptions(
                r: r, pr: pr, timeout: timeout?.duration, isSloppy: strict ? false : nil))
    }

    private func show(_ siblings: [Sibling]) throws(Failure) {
        guard let sibling = siblings.first else { throw .notFound("\(path): not found") }
        guard siblings.count == 1 else {
            Output.notice(SiblingList(path: path, siblings: siblings).text)
            throw .severalSiblings(nil)
        }
        try Output.write(sibling.value)
        if Output.isTerminal {
            try Output.line("")
        }
    }

    private func show(
        _ siblings: [Sibling], context: String?, _ result: GetResult
    ) throws(Failure) {
        let document = JSON.object([
            ("bucket", .string(path.bucket)),
            ("key", .string(path.key)),
            ("context", JSON(context)),
            ("siblings", .array(siblings.map(\.document))),
            ("answers", JSON(local ? 1 : result.answers)),
            ("required", JSON(local ? 1 : result.required)),
        ])
        try Output.line(document.text)
        guard !siblings.isEmpty else { throw .notFound(nil) }
    }
}
