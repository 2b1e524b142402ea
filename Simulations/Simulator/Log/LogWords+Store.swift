import AntiEntropy
import Primitives
import Quorum
import Replica
import Ring

// What nodes have their stores do, and what the stores say.
extension LogWords {
    func text(_ command: ReplicaCommand) -> String {
        switch command {
        case .get(let key): "get \(text(key))"
        case .put(let put):
            "put \(text(put.key)) \(text(put.version.content)), \(text(put.basis))"
                + text(put.hints)
        case .merge(let merge): "merge \(text(merge))"
        case .keepHint(let command):
            "keep a hint for \(text(command.targets)): \(text(command.hint.key)) "
                + text(record: command.hint.record)
        case .getHint(let key): "get the hint of \(text(key))"
        case .pageHints(let page): "list hints for \(text(page.target))"
        case .settleHints(let target, let hints):
            "forget hints for \(text(target)): \(text(keys: hints.map(\.key)))"
        case .getAll(let hashes, _): "get \(text(hashes: hashes))"
        case .digests(let keys): "get digests of \(text(keys: keys))"
        case .findCopies(let keys): "find copies of \(text(keys: keys))"
        case .reap(let records, _): "reap \(text(keys: records.map(\.key)))"
        case .recheck(let keys): "look again at \(text(keys: keys))"
        default: upkeep(command)
        }
    }

    private func upkeep(_ command: ReplicaCommand) -> String {
        switch command {
        case .count: "count"
        case .treeHashes(let nodes): "get hashes of \(nodes.count) tree nodes"
        case .leafKeys: "list keys of a leaf"
        case .listDead: "list dead records"
        case .scrub: "scrub"
        case .mend: "mend"
        case .leaseClock: "lease the clock"
        case .rememberStart(let name, let start, _): "remember start \(start.number) of \(name)"
        case .setRefill(.done): "remember that this data counts"
        case .setRefill: "remember that this data does not count"
        case .setBucket: "keep a bucket's properties"
        case .trustPreviousRun: "go on with the previous run's epochs"
        case .markStale(let by, _): "mark this data as an old copy, as \(by) says"
        case .markClean: "leave the clean-shutdown mark"
        default: "something that this log has no words for"
        }
    }

    private func text(_ hints: HintTargets) -> String {
        switch hints {
        case .none: ""
        case .beside(let targets): ", and a hint for \(text(targets))"
        case .instead(let targets): ", as a hint for \(text(targets))"
        }
    }

    func text(_ reply: ReplicaReply) -> String {
        switch reply {
        case .record(let bytes): text(record: bytes)
        case .unreadable: "unreadable"
        case .put(let receipt):
            (receipt.isRepeated ? "was put before: " : "put: ") + text(record: receipt.record)
                + (receipt.newEpoch == nil ? "" : ", a new epoch")
        case .merged(changed: true): "merged"
        case .merged(changed: false): "merged, nothing new"
        case .refused(let refusal): text(RequestFailure.refused(refusal))
        case .hints(let page): "hints of \(text(keys: page.hints.map(\.key)))"
        case .hintRefused: "no room for a hint"
        case .records(let records): "records of \(text(keys: records.map(\.key)))"
        case .dead(let records, _): "dead: \(text(keys: records.map(\.key)))"
        case .reaped(let places): "\(places.count) are gone"
        case .alreadyReaped(let record): "\(text(record.key)) was reaped exactly as it is"
        case .failed(let failure): text(failure)
        default: figures(reply)
        }
    }

    private func figures(_ reply: ReplicaReply) -> String {
        switch reply {
        case .counts(let counts): "\(counts.records) records, \(counts.hints) hints"
        case .treeHashes(let hashes): "\(hashes.count) hashes"
        case .leafKeys(let entries, _): "keys: \(text(hashes: entries.map(\.hash)))"
        case .digests(let digests): "\(digests.count) digests"
        case .copies(let copies): "\(copies.count { $0.isRecord || $0.isHint }) copies"
        case .scrubbed(let page): "\(page.records) records and \(page.hints) hints verified"
        case .done: "done"
        default: "an answer that this log has no words for"
        }
    }
}
