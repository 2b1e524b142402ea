/// Why a request was not done.
///
/// The text of a case is what the node said, without the word the case stands for.
public enum DynaError: Error, Hashable, Sendable {
    /// Too few replicas could be reached; nothing was written.
    case unavailable(String)
    /// Too few replicas answered in time; a write may have reached some of them.
    ///
    /// Retry it with the same operation identifier.
    case timedOut(String)
    /// The node has too much to do; nothing was written, retry later.
    case overloaded(String)
    /// The write would leave more siblings than a key may have: read, then write with the context.
    case tooManySiblings(String)
    /// The context was altered or belongs to another key.
    case badContext(String)
    /// The node belongs to another cluster.
    case wrongCluster(String)
    /// The client is not authorised.
    case notAuthorised(String)
    /// The request is malformed or asks for something impossible.
    case rejected(String)
    /// No endpoint answered; the text names each with its reason.
    case noEndpoint(String)
    /// The connection broke before the reply came; the outcome of a write is unknown.
    case connectionLost(String)
    /// The reply has a shape this client does not know.
    case unexpectedReply(String)

    /// The error that the text of an error reply stands for.
    init(reply text: String) {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        let rest = parts.count > 1 ? String(parts[1]) : text
        switch parts.first {
        case "UNAVAILABLE": self = .unavailable(rest)
        case "TIMEOUT": self = .timedOut(rest)
        case "OVERLOADED": self = .overloaded(rest)
        case "TOOMANYSIBLINGS": self = .tooManySiblings(rest)
        case "BADCONTEXT": self = .badContext(rest)
        case "WRONGCLUSTER": self = .wrongCluster(rest)
        case "NOAUTH": self = .notAuthorised(rest)
        case "ERR": self = .rejected(rest)
        default: self = .rejected(text)
        }
    }

    /// The exit status of a command that failed with this error.
    package var exitCode: Int32 {
        switch self {
        case .unavailable, .noEndpoint: 69
        case .timedOut, .overloaded, .connectionLost: 75
        case .tooManySiblings, .badContext: 65
        case .wrongCluster, .unexpectedReply: 70
        case .notAuthorised: 77
        case .rejected(let text): DynaError.isAboutData(text) ? 65 : 64
        }
    }

    /// Whether a write that failed with this error may have been done all the same.
    package var leavesOutcomeUnknown: Bool {
        switch self {
        case .timedOut, .connectionLost, .unexpectedReply: true
        default: false
        }
    }

    /// Whether a rejection is about the size of what was sent, not about how it was asked.
    private static func isAboutData(_ text: String) -> Bool {
        let words = ["too large", "too long", "too big", "larger than", "longer than"]
        return words.contains { text.contains($0) }
    }
}

extension DynaError: CustomStringConvertible {
    /// One line that tells what happened and, where it helps, what to do.
    public var description: String {
        switch self {
        case .unavailable(let text): "UNAVAILABLE: \(text)"
        case .timedOut(let text): "timed out: \(text)"
        case .overloaded(let text): "overloaded: \(text)"
        case .tooManySiblings(let text): "too many siblings: \(text)"
        case .badContext(let text): "bad context: \(text)"
        case .wrongCluster(let text): "wrong cluster: \(text)"
        case .notAuthorised(let text): "not authorised: \(text)"
        case .rejected(let text): text
        case .noEndpoint(let text): "no endpoint answers: \(text)"
        case .connectionLost(let text): "connection lost, a write may have been done: \(text)"
        case .unexpectedReply(let text): "unexpected reply: \(text)"
        }
    }
}
