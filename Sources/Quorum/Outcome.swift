import Causality
import Primitives
import Replica
import Ring

/// What a read found.
package struct GetResult: Sendable {
    /// The merged record of the replicas that answered in time; empty where none has the key.
    package let record: Record
    /// How many distinct replicas answered.
    package let answers: Int
    /// How many had to.
    package let required: Int
    /// The coordinator's hybrid time at which the record is shown.
    package private(set) var time = HybridTimestamp(0)

    /// What a read found.
    package init(record: Record, answers: Int, required: Int) {
        self.record = record
        self.answers = answers
        self.required = required
    }

    /// What a client is shown of it at its coordinator's hybrid time: what has expired is deleted.
    package func seen(at time: HybridTimestamp) -> GetResult {
        var result = GetResult(
            record: record.seen(at: time), answers: answers, required: required)
        result.time = time
        return result
    }
}

/// What a write achieved.
package struct PutResult: Hashable, Sendable {
    /// The context after the write; nil where the key has siblings the client has not seen, since
    /// a context that covers them would delete them with the client's next put.
    package let context: VersionVector?
    /// The distinct replicas that stored it durably, in the order of their confirmations.
    package let replicas: [MemberIndex]
    /// How many had to.
    package let required: Int
    /// How many values the key has now, as the coordinator knows.
    package let siblings: Int

    /// What a write achieved.
    package init(
        context: VersionVector?, replicas: [MemberIndex], required: Int, siblings: Int
    ) {
        self.context = context
        self.replicas = replicas
        self.required = required
        self.siblings = siblings
    }
}

/// Why a request failed; a client can tell from it what may have been written.
package enum RequestFailure: Error, Hashable, Sendable {
    /// Known beforehand: too few replicas can be reached. Nothing was written. The text says why
    /// some of those that can be reached do not count; it is empty where there are none.
    case unavailable(required: Int, reachable: Int, because: String = "")
    /// The replicas that answered were too few. A write may have reached some and may survive:
    /// retrying it with the same operation id is safe.
    case timedOut(required: Int, answered: Int)
    /// A limit was reached, refused at once. Nothing was written.
    case overloaded(String)
    /// The key would have too many siblings, or too large ones. Nothing was written.
    case refused(PutRefusal)
    /// The request is impossible; the text says the rule.
    case badRequest(String)
    /// This node's store takes no writes; the text says why. Nothing was written.
    case storeFailed(String)
}

/// What a node answers a client.
package enum ClientReply: Sendable {
    /// A read is done.
    case got(GetResult)
    /// A write is done.
    case put(PutResult)
    /// What the asked node holds; nil where it holds nothing.
    case local(Record?)
    /// How much the asked node holds.
    case count(RecordCounts)
    /// A document in JSON.
    case json(String)
    /// The request failed.
    case failed(RequestFailure)
}
