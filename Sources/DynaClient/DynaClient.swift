/// A client of a cluster: any node takes any request, so one connection to one node is enough.
///
/// The first endpoint that answers is used. When the connection breaks, the next ones are tried in
/// turn, and a request that is safe to repeat is repeated; a write is, because it carries an
/// operation identifier by which the nodes know it again. Calls may run side by side and are then
/// pipelined over the one connection.
public actor DynaClient {
    /// How long an endpoint may take to accept a connection and to answer a `PING`.
    public static let connectLimit = Duration.seconds(1)
    /// How long a reply may take when a request names no timeout of its own.
    public static let replyLimit = Duration.seconds(10)
    /// What a reply may take longer than the timeout that the node was given.
    static let replyGrace = Duration.seconds(2)

    private let endpoints: [Endpoint]
    /// The endpoint to try first, counted over all rounds.
    private var turn = 0
    private var current: Connection?
    private var connecting: Task<Result<Connection, DynaError>, Never>?

    /// A client of the nodes at `endpoints`, of which there must be at least one.
    public init(endpoints: [Endpoint]) {
        precondition(!endpoints.isEmpty, "a client needs at least one endpoint")
        self.endpoints = endpoints
    }

    deinit {
        current?.close()
    }

    /// Connects now instead of with the first request and tells which endpoint answered.
    @discardableResult
    public func connect() async throws(DynaError) -> Endpoint {
        try await connection().endpoint
    }

    /// Closes the connection; a later request opens another.
    public func close() {
        current?.close()
        current = nil
    }

    /// Sends any command once and waits for its reply.
    ///
    /// It is not repeated when the connection breaks: its outcome is unknown then.
    public func command(
        _ arguments: [[UInt8]], timeout: Duration? = nil
    ) async throws(DynaError) -> DynaReply {
        try await perform(arguments, .once, timeout: timeout)
    }

    /// Sends a command, as often as its kind allows while connections break.
    func perform(
        _ arguments: [[UInt8]], _ repetition: Repetition, timeout: Duration? = nil
    ) async throws(DynaError) -> DynaReply {
        precondition(!arguments.isEmpty, "a command needs a name")
        let limit = timeout.map { $0 + DynaClient.replyGrace } ?? DynaClient.replyLimit
        var attemptsLeft = repetition == .once ? 1 : max(2, endpoints.count)
        var lost: DynaError?
        while true {
            do throws(DynaError) {
                return try await attempt(arguments, limit: limit)
            } catch {
                attemptsLeft -= 1
                if case .connectionLost = error, attemptsLeft > 0 {
                    lost = error
                } else {
                    throw repetition == .write ? error.after(lost) : error
                }
            }
        }
    }

    private func attempt(
        _ arguments: [[UInt8]], limit: Duration
    ) async throws(DynaError) -> DynaReply {
        let connection = try await connection()
        do throws(DynaError) {
            return try await connection.send(arguments, limit: limit)
        } catch {
            if case .connectionLost = error {
                forget(connection)
            }
            throw error
        }
    }

    /// The present connection, or a new one that all callers share.
    private func connection() async throws(DynaError) -> Connection {
        if let current {
            guard !current.isOpen else { return current }
            forget(current)
        }
        let task = connecting ?? Task { await self.open() }
        connecting = task
        return try await task.value.get()
    }

    /// Tries every endpoint once, beginning with the one whose turn it is.
    private func open() async -> Result<Connection, DynaError> {
        var reasons: [String] = []
        for _ in endpoints {
            let endpoint = endpoints[turn % endpoints.count]
            do throws(DynaError) {
                let connection = try await Connection.open(
                    endpoint, limit: DynaClient.connectLimit)
                current = connection
                connecting = nil
                return .success(connection)
            } catch {
                reasons.append(error.reason)
                turn += 1
            }
        }
        connecting = nil
        return .failure(.noEndpoint(reasons.joined(separator: "; ")))
    }

    private func forget(_ connection: Connection) {
        guard current === connection else { return }
        connection.close()
        current = nil
        turn += 1
    }
}

/// What may be done about a command whose connection breaks.
enum Repetition {
    /// Nothing: doing it twice could do harm.
    case once
    /// Reading twice does no harm.
    case read
    /// Writing twice does no harm either, since the nodes know the operation identifier again.
    case write
}

extension DynaError {
    /// The error of a repeated write whose earlier attempt ended with `lost`.
    ///
    /// That nothing was written holds for the last attempt only; the earlier one may have been
    /// done.
    func after(_ lost: DynaError?) -> DynaError {
        guard let lost else { return self }
        switch self {
        case .unavailable, .overloaded, .noEndpoint:
            return .connectionLost("\(lost.reason); then \(self)")
        default:
            return self
        }
    }

    /// The text of a case without the words that introduce it.
    var reason: String {
        switch self {
        case .connectionLost(let text), .timedOut(let text): text
        default: description
        }
    }
}
