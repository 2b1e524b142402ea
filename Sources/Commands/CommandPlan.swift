import Causality
import Primitives
import Quorum
import RESP
import Replica

/// What a node that serves clients knows of itself, for the commands that it answers alone.
package struct CommandEnvironment: Sendable {
    /// The names of the members, by index.
    package let memberNames: [String]
    /// This node's name.
    package let nodeName: String
    /// The program's version.
    package let version: String
    /// The process id.
    package let process: UInt32
    /// The port for clients.
    package let port: Int

    /// What a node knows of itself.
    package init(
        memberNames: [String], nodeName: String, version: String, process: UInt32, port: Int
    ) {
        self.memberNames = memberNames
        self.nodeName = nodeName
        self.version = version
        self.process = process
        self.port = port
    }
}

/// What has to happen for a command.
package enum CommandPlan: Sendable {
    /// The answer was written already.
    case answered
    /// The answer was written already; the connection is to be closed after it.
    case answeredAndClose
    /// Ask the node all of this; the step makes an answer of the replies, in the same order.
    case ask([ClientRequest], CommandStep)
}

/// What is made of the node's replies to a command.
package enum CommandStep: Sendable {
    /// `GET`: the newest value or null.
    case value
    /// `MGET`: the newest value or null of each key.
    case values
    /// `SET`, `MSET`: OK.
    case acknowledgement
    /// `DEL`, `UNLINK`: the keys were read; those that have a value are to be deleted.
    case readBeforeDelete([Key])
    /// `DEL`, `UNLINK`: how many keys were deleted.
    case deleted
    /// `EXISTS`: how many keys have a value.
    case existing
    /// `STRLEN`: the length of the newest value.
    case length
    /// `TTL`, `PTTL`: for how long the newest value will still be there.
    case remaining(isInSeconds: Bool)
    /// `TYPE`: string or none.
    case type
    /// `DBSIZE`: the count.
    case count
    /// `DYNA.GET`: siblings and context; whether an absent key is answered in full, too.
    case siblings(Key, isFull: Bool)
    /// `DYNA.PUT`, `DYNA.DEL`: the outcome.
    case outcome(Key)
    /// `DYNA.STATUS`, `DYNA.RING`, `DYNA.BUCKET`, `DYNA.REPAIR`, `DYNA.SCRUB`,
    /// `DYNA.DELAYS`, `DYNA.DELAY`: a document.
    case document
}

extension CommandStep {
    /// Whether the requests may write.
    var isWrite: Bool {
        switch self {
        case .acknowledgement, .deleted, .outcome, .document: true
        default: false
        }
    }
}

/// The bucket that plain Redis commands act on.
let defaultBucket = Bytes(text: "default")

extension RequestFailure {
    /// The error as a client sees it: its first word says what may have been written.
    package func message(isWrite: Bool) -> String {
        switch self {
        case .unavailable(let required, let reachable, let reason):
            return "UNAVAILABLE \(reachable) of \(required) required replicas can be reached"
                + (reason.isEmpty ? "" : ", \(reason)")
                + (isWrite ? "; nothing was written" : "")
        case .timedOut(let required, let answered):
            return "TIMEOUT \(answered) of \(required) required replicas answered"
                + (isWrite
                    ? "; the write may have reached some of them: retry it with the same "
                        + "operation id" : "")
        case .overloaded(let text):
            return "OVERLOADED \(text); \(isWrite ? "nothing was written, " : "")try again later"
        case .refused(.tooManySiblings(let max)):
            return "TOOMANYSIBLINGS the key would have more than \(max) siblings: get it, and put "
                + "one value with the context of that get"
        case .refused(.recordTooLarge(let max)):
            return "TOOMANYSIBLINGS the siblings of the key would be larger than \(max) bytes "
                + "together: get it, and put one value with the context of that get"
        case .badRequest(let text):
            return "ERR \(text)"
        case .storeFailed(let text):
            return "UNAVAILABLE \(text)\(isWrite ? "; nothing was written" : "")"
        }
    }
}
