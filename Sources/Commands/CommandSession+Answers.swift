import Causality
import Primitives
import Quorum
import RESP
import Replica

// What is made of the node's replies.
extension CommandSession {
    /// Makes an answer of the replies to a plan's requests, or says what to ask next.
    package func finish(
        _ step: CommandStep, _ replies: [ClientReply], into writer: inout RESPWriter
    ) -> CommandPlan {
        if let failure = replies.lazy.compactMap(\.failure).first {
            writer.error(failure.message(isWrite: step.isWrite))
            return .answered
        }
        switch step {
        case .value: writer.write(newest: replies[0])
        case .values:
            writer.arrayHeader(replies.count)
            replies.forEach { writer.write(newest: $0) }
        case .acknowledgement: writer.simple("OK")
        case .readBeforeDelete(let keys): return delete(keys, replies, into: &writer)
        case .deleted: writer.integer(replies.count)
        case .existing: writer.integer(replies.count { $0.newest != nil })
        case .length: writer.integer(replies[0].newest?.count ?? 0)
        case .type: writer.simple(replies[0].newest == nil ? "none" : "string")
        case .count: writer.write(count: replies[0])
        case .remaining(let isInSeconds):
            let left = replies[0].remainingMilliseconds
            writer.integer(isInSeconds && left >= 0 ? (left + 500) / 1_000 : left)
        case .siblings(let key, let isFull):
            write(siblings: replies[0], of: key, isFull: isFull, into: &writer)
        case .outcome(let key): write(outcome: replies[0], of: key, into: &writer)
        case .document: writer.write(document: replies[0])
        }
        return .answered
    }

    /// Deletes the keys that have a value, with the context they were read with.
    private func delete(
        _ keys: [Key], _ replies: [ClientReply], into writer: inout RESPWriter
    ) -> CommandPlan {
        var requests: [ClientRequest] = []
        var seen: [Key] = []
        for (key, reply) in zip(keys, replies) where reply.newest != nil && !seen.contains(key) {
            guard case .got(let result) = reply else { continue }
            seen.append(key)
            let basis = PutCommand.Basis.overwrite(result.record.context)
            requests.append(.put(PutRequest(key: key, content: .tombstone, basis: basis)))
        }
        guard !requests.isEmpty else {
            writer.integer(0)
            return .answered
        }
        return .ask(requests, .deleted)
    }

    private func write(
        siblings reply: ClientReply, of key: Key, isFull: Bool, into writer: inout RESPWriter
    ) {
        var record = Record()
        var counts: (answers: Int, required: Int)?
        switch reply {
        case .got(let result):
            record = result.record
            counts = (result.answers, result.required)
        case .local(let found): record = found ?? Record()
        default: break
        }
        let isAbsent = record.context.entries.isEmpty
        guard !isAbsent || isFull else {
            writer.null()
            return
        }
        writer.arrayHeader(counts == nil ? 2 : 4)
        if isAbsent {
            writer.null()
        } else {
            writer.bulk(ContextToken.encode(record.context, for: key)[...])
        }
        write(record, into: &writer)
        if let counts {
            writer.integer(counts.answers)
            writer.integer(counts.required)
        }
    }

    private func write(_ record: Record, into writer: inout RESPWriter) {
        let live = record.live
        writer.arrayHeader(live.count)
        for sibling in live {
            let expiry = sibling.value.expiry
            writer.arrayHeader(expiry == nil ? 3 : 4)
            writer.bulk(sibling.value.value ?? [])
            writer.integer(Int64(sibling.value.timestamp.milliseconds))
            writer.bulk(sibling.dot.description)
            if let expiry {
                writer.integer(Int64(expiry.milliseconds))
            }
        }
    }

    private func write(
        outcome reply: ClientReply, of key: Key, into writer: inout RESPWriter
    ) {
        guard case .put(let result) = reply else { return writer.null() }
        writer.arrayHeader(5)
        if let context = result.context {
            writer.bulk(ContextToken.encode(context, for: key)[...])
        } else {
            writer.null()
        }
        writer.integer(result.replicas.count)
        writer.integer(result.required)
        writer.arrayHeader(result.replicas.count)
        for replica in result.replicas {
            let index = Int(replica.raw)
            let names = environment.memberNames
            writer.bulk(index < names.count ? names[index] : "?")
        }
        writer.integer(result.siblings)
    }
}

extension ClientReply {
    /// Why the request failed; nil where it did not.
    var failure: RequestFailure? {
        if case .failed(let failure) = self { return failure }
        return nil
    }

    /// The newest value that a read found.
    var newest: Bytes? {
        guard case .got(let result) = self else { return nil }
        return result.record.live.first?.value.value
    }
}

extension RESPWriter {
    mutating func write(newest reply: ClientReply) {
        if let value = reply.newest {
            bulk(value)
        } else {
            null()
        }
    }

    mutating func write(count reply: ClientReply) {
        if case .count(let count) = reply {
            integer(Int64(clamping: count.live))
        } else {
            null()
        }
    }

    mutating func write(document reply: ClientReply) {
        if case .json(let text) = reply {
            bulk(text)
        } else {
            null()
        }
    }
}
