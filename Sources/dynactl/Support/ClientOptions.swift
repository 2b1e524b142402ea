import ArgumentParser
import DynaClient
import Glibc

/// Which nodes a command talks to.
struct ClientOptions: ParsableArguments {
    @Option(
        name: .customLong("endpoint"),
        help: ArgumentHelp(
            "A client port to use; repeat it for more.",
            discussion: """
                The first that answers within 1 s is used. Without the option they come from \
                DYNACTL_ENDPOINTS, separated by commas, or else it is 127.0.0.1:7401.
                """,
            valueName: "host:port"),
        transform: { text in
            guard let endpoint = Endpoint(text) else {
                throw ValidationError("'\(text)' is no endpoint: give HOST:PORT.")
            }
            return endpoint
        })
    var endpoints: [Endpoint] = []

    /// A client of the chosen endpoints; nothing is sent yet.
    func client() throws(Failure) -> DynaClient {
        DynaClient(endpoints: try chosenEndpoints())
    }

    private func chosenEndpoints() throws(Failure) -> [Endpoint] {
        guard endpoints.isEmpty else { return endpoints }
        let text = getenv("DYNACTL_ENDPOINTS").map { String(cString: $0) } ?? ""
        var chosen: [Endpoint] = []
        for part in text.split(separator: ",") {
            let trimmed = part.filter { $0 != " " }
            guard let endpoint = Endpoint(trimmed) else {
                throw .usage("DYNACTL_ENDPOINTS: '\(trimmed)' is no endpoint, give HOST:PORT")
            }
            chosen.append(endpoint)
        }
        return chosen.isEmpty ? [Endpoint(host: "127.0.0.1", port: 7_401)] : chosen
    }
}

/// Whether the result is a document for a program.
struct FormatOptions: ParsableArguments {
    @Flag(help: "Write one JSON document to standard output.")
    var json = false
}

/// How many replicas a write needs and how long it may take.
struct WriteOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What a read of the key returned.", valueName: "context"))
    var context: String?

    @Option(help: ArgumentHelp("Replicas that must store it durably.", valueName: "count"))
    var w: Int?

    @Option(help: ArgumentHelp("Of these, how many must be primaries.", valueName: "count"))
    var pw: Int?

    @Flag(help: "Let only primaries confirm, whatever the bucket says.")
    var strict = false

    @Option(
        help: ArgumentHelp(
            "The name of the write, to repeat one whose outcome is unknown.", valueName: "id"),
        transform: { text in
            guard let identifier = OperationID(text) else {
                throw ValidationError(
                    "an operation id has 1 to \(OperationID.bytesMax) bytes.")
            }
            return identifier
        })
    var operationID: OperationID?

    @Option(
        help: ArgumentHelp("How long it may take, as in 500ms or 5s.", valueName: "time"),
        transform: TimeLimit.init(parsing:))
    var timeout: TimeLimit?

    /// What the client library takes; a new operation identifier at each call if none is given.
    var options: PutOptions {
        var options = PutOptions(
            context: context, w: w, pw: pw, timeout: timeout?.duration,
            operationID: operationID ?? OperationID())
        if strict { options.isSloppy = false }
        return options
    }

    /// Writes, and tells how to repeat the write if its outcome is unknown.
    static func perform(
        _ options: PutOptions,
        _ write: (PutOptions) async throws(DynaError) -> PutResult
    ) async throws -> PutResult {
        do throws(DynaError) {
            return try await write(options)
        } catch {
            guard error.leavesOutcomeUnknown, let identifier = options.operationID else {
                throw error
            }
            throw Failure(
                "\(error)\nrepeat it with --operation-id \(identifier), it is done once only",
                exitCode: error.exitCode)
        }
    }
}
