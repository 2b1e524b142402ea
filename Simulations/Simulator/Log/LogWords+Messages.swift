import Primitives
import Quorum
import Replica
import Ring
import Wire

// What nodes say to each other, one short line each: kind, request number, key, record.
extension LogWords {
    func text(_ message: Message) -> String {
        switch message {
        case .heartbeat(_, let hearsYou, let isCounted, _):
            "heartbeat" + (hearsYou ? "" : ", hears nothing") + (isCounted ? "" : ", not counted")
        case .replicate(let request, let merge, let owner):
            "replicate \(request)" + (owner.map { " as a hint for \(text($0))" } ?? "")
                + " " + text(merge)
        case .replicated(let request, let outcome, _): "replicated \(request): \(text(outcome))"
        case .fetch(let request, let key, let isHint):
            "fetch \(request) \(text(key))" + (isHint ? " from its hints" : "")
        case .fetched(let request, let outcome, _): "fetched \(request): \(text(outcome))"
        case .repair(let merge): "repair " + text(merge)
        case .forward(let request, let put): "forward \(request) \(text(put))"
        case .forwarded(let request, .success(let result)):
            "forwarded \(request): \(text(ClientReply.put(result)))"
        case .forwarded(let request, .failure(let failure)):
            "forwarded \(request): \(text(failure))"
        case .startAccepted(let start, _): "accepts start \(start.number)"
        case .startRefused(let start, let known):
            "refuses start \(start.number): start \(known.number) is known"
        case .buckets(let buckets): "properties of \(buckets.count) buckets"
        default: comparison(message)
        }
    }

    private func comparison(_ message: Message) -> String {
        switch message {
        case .compareTrees(let request, let hashes):
            "compare trees \(request): \(hashes.count) hashes"
        case .treesCompared(let request, let places):
            "trees compared \(request): \(places.count) differ"
        case .compareKeys(let request, _, let entries):
            "compare keys \(request): \(text(hashes: entries.map(\.hash)))"
        case .keysCompared(let request, let wanted, let offered):
            "keys compared \(request): wants \(text(hashes: wanted)), "
                + "offers \(text(hashes: offered))"
        case .fetchAll(let request, let hashes): "fetch all \(request): \(text(hashes: hashes))"
        case .fetchedAll(let request, let records, _):
            "fetched all \(request): \(text(keys: records.map(\.key))), "
                + "\(records.reduce(0) { $0 + $1.record.count }) bytes"
        case .exchangeFailed(let request): "exchange failed \(request)"
        case .reap(let request, let question):
            "reap \(request), \(text(question.step)): \(text(keys: question.records.map(\.key)))"
        case .reaped(let request, let places, _): "reaped \(request): yes to \(places.count)"
        case .statusRequest(let request): "status wanted \(request)"
        case .status(let request, _): "status \(request)"
        default: "a message that this log has no words for"
        }
    }

    func text(_ merge: MergeCommand) -> String {
        "\(text(merge.key)) \(text(record: merge.record))"
    }

    private func text(_ put: PutRequest) -> String {
        "\(text(put.key)) \(text(put.content)), \(text(put.basis))"
    }

    func text(_ content: Version.Content) -> String {
        switch content {
        case .value(let bytes): "a value of \(bytes.count) bytes"
        case .tombstone: "a tombstone"
        }
    }

    func text(_ basis: PutCommand.Basis) -> String {
        switch basis {
        case .seen(let context) where context.entries.isEmpty: "without a context"
        case .seen(let context): "over \(text(context))"
        case .overwrite: "over all that is known"
        }
    }

    func text(_ step: ReapStep) -> String {
        switch step {
        case .agree: "have you exactly this"
        case .clear: "have you no copy beside it"
        case .remove: "remove it"
        }
    }

    private func text(_ outcome: ReplicateOutcome) -> String {
        switch outcome {
        case .stored: "stored"
        case .unreadable: "its own record is unreadable"
        case .overloaded: "overloaded"
        case .failed: "its store takes no writes"
        case .tooOld: "too old"
        case .storedUncounted: "stored, but it does not count"
        }
    }

    private func text(_ outcome: FetchOutcome) -> String {
        switch outcome {
        case .record(let bytes, _): text(record: bytes)
        case .unreadable: "unreadable"
        case .failed: "it could not look"
        case .refilling: "it does not count before it is refilled"
        }
    }
}
