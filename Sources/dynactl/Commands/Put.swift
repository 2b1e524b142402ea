import ArgumentParser
import DynaClient
import Glibc

/// Writes a value.
struct Put: AsyncParsableCommand {
    /// The most that is read from standard input, in bytes; the nodes' own limit is lower.
    static let inputBytesMax = 64 << 20

    static let configuration = CommandConfiguration(
        abstract: "Write a value.",
        discussion: """
            The value is the argument, or what standard input holds, with '-' or when no value is \
            given and standard input is not a terminal. A value that starts with '-' follows '--'.

            A write replaces what its --context has seen; without one it stands beside what is \
            there.

            Examples:
              dynactl put users/ada 'Ada Lovelace'
              dynactl put images/logo < logo.png
              dynactl put users/ada --context "$context" --w 3 'Countess of Lovelace'
              dynactl put sessions/4711 --ttl 30m 'signed in'
              dynactl put numbers/low -- -40
            """)

    @Argument(
        help: ArgumentHelp("Where to write.", valueName: "bucket/key"),
        transform: RecordPath.init(parsing:))
    var path: RecordPath

    @Argument(help: "The value, or '-' for standard input.")
    var value: String?

    @Option(
        help: ArgumentHelp(
            "After how long the value expires, as in 90s, 1h or 7d.", valueName: "time"),
        transform: TimeToLive.init(parsing:))
    var ttl: TimeToLive?

    @OptionGroup var write: WriteOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func run() async throws {
        let bytes = try input()
        let client = try endpoints.client()
        var options = write.options
        options.ttl = ttl?.duration
        let result = try await WriteOptions.perform(options) { options throws(DynaError) in
            try await client.put(
                bucket: path.bucket, key: path.key, value: bytes, options: options)
        }
        try WriteReport(path: path, result: result, verb: "stored").show(asJSON: format.json)
    }

    private func input() throws -> [UInt8] {
        if let value, value != "-" { return Array(value.utf8) }
        if value == nil, isatty(STDIN_FILENO) == 1 {
            throw Failure.usage("give a value, or pipe one in")
        }
        let bytes = try FileDescriptors.readAll(from: STDIN_FILENO, limit: Put.inputBytesMax)
        guard bytes.count <= Put.inputBytesMax else {
            throw Failure.data("the value is too large: more than \(Put.inputBytesMax) bytes")
        }
        return bytes
    }
}

/// Tells what a write did.
struct WriteReport {
    let path: RecordPath
    let result: PutResult
    /// What happened to the key.
    let verb: String

    /// Writes the document, or a notice for a person if one is watching.
    func show(asJSON: Bool) throws(Failure) {
        if asJSON {
            try Output.line(document.text)
        } else if isatty(STDERR_FILENO) == 1 {
            Output.notice(
                "\(path) \(verb) on \(result.acks) of the \(result.required) required replicas"
                    + " (\(result.replicas.joined(separator: ", ")))")
        }
        if result.siblings > 1 {
            Output.notice(
                "\(path) has \(result.siblings) siblings now: read it with 'get --json', "
                    + "then put the value that replaces them with its --context")
        }
    }

    private var document: JSON {
        .object([
            ("context", JSON(result.context)),
            ("siblings", JSON(result.siblings)),
            ("acks", JSON(result.acks)),
            ("required", JSON(result.required)),
            ("replicas", .array(result.replicas.map { .string($0) })),
        ])
    }
}
