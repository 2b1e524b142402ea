import AntiEntropy
import Membership
import Node
import Primitives
import Quorum
import Replica

// What nodes tell of themselves, in the words of the protocol.
extension LogWords {
    func text(_ note: Note) -> String {
        switch note {
        case .status(let name, let status): text(status, name)
        case .identityChanged(let name, _, _): "\(name) came with new data under its old name"
        case .refilling: "begins to be refilled, since its data was lost: it does not count"
        case .counted(isRefilled: true): "is refilled: it counts from now on"
        case .counted(isRefilled: false): "counts: nobody knows of lost data of its name"
        case .notCounted(let name): "\(name) stored a record and does not count for it"
        case .staleStart(let name, let start, let known):
            "\(name) started an old copy of its data: start \(start.number), known \(known.number)"
        case .startAccepted: "its start is accepted by a majority"
        case .clockAhead(let name, let milliseconds):
            "refuses a message of \(name), whose clock is \(milliseconds) ms ahead"
        case .unknownDotCovered(let key):
            "does not know a write of its own to \(text(key)) that a context covers"
        case .storeFailed(let failure): text(failure)
        case .storeRecovered: "its store takes writes again"
        case .bucketChanged(let bucket):
            "has new properties of bucket \(String(decoding: bucket.name, as: UTF8.self))"
        default: repair(note)
        }
    }

    private func repair(_ note: Note) -> String {
        switch note {
        case .unreadable(let key): "cannot read its record of \(text(key))"
        case .readRepair(let name): "repairs \(name), which knew less"
        case .readJudged(_, let freshness): text(freshness)
        case .exchanged(let name, let counts, let isComplete): text(counts, isComplete, with: name)
        case .scrubbed(let counts, let isComplete): text(counts, isComplete)
        case .hintKept(let name): "keeps a hint for \(name)"
        case .recordTooOld(let name): "refuses a record of \(name) that was read too long ago"
        case .recordReread(let key): "reads \(text(key)) again: what was sent grew too old"
        case .reaped(let count): "removed \(count) tombstones"
        case .hintRefused: "has no room for another hint"
        case .hintsDelivered(let name, let count): "delivered \(count) hints to \(name)"
        case .hintDamaged(let key): "forgets a damaged hint of \(text(key))"
        default: "tells something that this log has no words for"
        }
    }

    private func text(_ status: MemberStatus, _ name: String) -> String {
        switch status {
        case .up: "takes \(name) for up"
        case .suspect: "suspects \(name)"
        case .down: "calls \(name) down"
        }
    }

    func text(_ failure: StoreFailure) -> String {
        switch failure {
        case .full: "its disk is full: it refuses writes"
        case .failed(let reason): "its store takes no writes: \(reason)"
        }
    }

    private func text(_ freshness: ReadFreshness) -> String {
        switch freshness {
        case .fresh: "finds that a read of its was fresh"
        case .stale: "finds that a read of its was stale"
        case .unknown: "cannot tell whether a read of its was fresh"
        }
    }

    private func text(
        _ counts: Exchange.Counts, _ isComplete: Bool, with name: String
    ) -> String {
        guard isComplete else { return "breaks its exchange with \(name) off" }
        guard counts.sent + counts.received > 0 else { return "agrees with \(name)" }
        return "exchanges with \(name): \(counts.sent) records sent, \(counts.received) received"
    }

    private func text(_ counts: ScrubCounts, _ isComplete: Bool) -> String {
        guard isComplete else { return "breaks its scrub off" }
        let faults = [
            ("unreadable", counts.unreadable), ("mended", counts.mended),
            ("leaves computed anew", counts.leaves), ("filed anew", counts.refiled),
            ("hints mended", counts.hintsMended),
        ]
        let found = faults.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
        return "has scrubbed what it keeps: "
            + (found.isEmpty ? "nothing is wrong" : found.joined(separator: ", "))
    }

    func text(_ reason: StopReason) -> String {
        switch reason {
        case .drained(isClean: true): "is drained and leaves its clean-shutdown mark"
        case .drained(isClean: false): "is drained, but could not leave its clean-shutdown mark"
        case .staleData(let by, let own, let known):
            "stops: \(by) refuses its start \(own.number), since it knows start \(known.number)"
        }
    }

    // MARK: What clients are told

    func text(_ reply: ClientReply) -> String {
        switch reply {
        case .got(let result):
            "\(values(result.record.liveCount)) from \(result.answers) replicas "
                + "(r=\(result.required)): \(text(result.record))"
        case .put(let result):
            "stored by \(text(result.replicas)) (w=\(result.required)), "
                + "\(values(result.siblings))"
        case .local: "what it holds itself"
        case .count: "how many records it holds"
        case .json: "a document"
        case .failed(let failure): text(failure)
        }
    }

    func values(_ count: Int) -> String {
        switch count {
        case 0: "no value"
        case 1: "1 value"
        default: "\(count) values"
        }
    }

    func text(_ failure: RequestFailure) -> String {
        switch failure {
        case .unavailable(let required, let reachable, let reason):
            "unavailable: \(reachable) of \(required) can be reached"
                + (reason.isEmpty ? "" : ", \(reason)")
        case .timedOut(let required, let answered):
            "timed out: \(answered) of \(required) answered"
        case .overloaded(let reason): "overloaded: \(reason)"
        case .refused(.tooManySiblings(let max)): "refused: more than \(max) siblings"
        case .refused(.recordTooLarge(let max)): "refused: a record of more than \(max) bytes"
        case .badRequest(let reason): "refused: \(reason)"
        case .storeFailed(let reason): "its store failed: \(reason)"
        }
    }
}
