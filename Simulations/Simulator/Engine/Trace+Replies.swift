import Primitives
import Replica

// What a store answers, word by word.
extension Trace {
    /// Takes in an answer with all that it says.
    mutating func add(_ reply: ReplicaReply) {
        switch reply {
        case .record(let bytes):
            add(1)
            add(optional: bytes) { $0.add($1) }
        case .unreadable: add(2)
        case .put(let receipt):
            add(3)
            add(receipt)
        case .merged(let isChanged): add(isChanged ? 4 : 5)
        case .refused(let refusal): add(refusal)
        case .hints(let page): add(page)
        case .hintRefused: add(9)
        case .counts(let counts):
            add(10)
            add(counts.records)
            add(counts.live)
            add(counts.hints)
            add(counts.hintBytes)
        case .done: add(11)
        case .failed(.full): add(12)
        case .failed(.failed(let reason)):
            add(13)
            add(reason)
        default: add(comparing: reply)
        }
    }

    /// Takes in what a write left; its context is a part of the record.
    mutating func add(_ receipt: PutReceipt) {
        add(receipt.record)
        add(count: receipt.liveCount)
        var facts: UInt64 = receipt.isOnly ? 1 : 0
        facts |= receipt.isRepeated ? 2 : 0
        switch receipt.newEpoch {
        case nil: break
        case .firstWrite: facts |= 4
        case .endedRun: facts |= 8
        case .unknownDotCovered: facts |= 12
        }
        add(facts)
    }

    /// Answers for anti-entropy, for reaping and for scrubs.
    private mutating func add(comparing reply: ReplicaReply) {
        switch reply {
        case .treeHashes(let hashes):
            add(14)
            add(hashes) { $0.add($1) }
        case .leafKeys(let entries, let isComplete):
            add(isComplete ? 15 : 16)
            add(entries) {
                $0.add($1.hash)
                $0.add($1.digest)
            }
        case .records(let records):
            add(17)
            add(records) {
                $0.add($1.key)
                $0.add($1.record)
            }
        case .dead(let records, let next):
            add(18)
            add(records) { $0.add($1) }
            add(optional: next) { $0.add($1) }
        case .digests(let digests):
            add(19)
            add(digests) { trace, digest in trace.add(optional: digest) { $0.add($1) } }
        case .copies(let copies):
            add(20)
            add(copies) { $0.add(($1.isRecord ? 1 : 0) | ($1.isHint ? 2 : 0)) }
        case .reaped(let places):
            add(21)
            add(places) { $0.add(count: $1) }
        case .alreadyReaped(let record):
            add(22)
            add(record)
        case .scrubbed(let page): add(page)
        // All others are taken in above; named here, so that a new answer has to be, too.
        case .record, .unreadable, .put, .merged, .refused, .hints, .hintRefused, .counts, .done,
            .failed:
            break
        }
    }

    // MARK: Their parts

    private mutating func add(_ refusal: PutRefusal) {
        switch refusal {
        case .tooManySiblings(let most):
            add(6)
            add(count: most)
        case .recordTooLarge(let most):
            add(7)
            add(count: most)
        }
    }

    private mutating func add(_ page: HintPage) {
        add(8)
        add(page.hints) { $0.add($1) }
        add(page.damaged) { $0.add($1) }
        add(optional: page.next) { $0.add($1) }
    }

    private mutating func add(_ page: ScrubPage) {
        add(23)
        for count in [page.records, page.bytes, page.hints, page.unnamed, page.lost] {
            add(count: count)
        }
        add(page.unreadable) { $0.add($1) }
        add(page.leaves) { $0.add($1) }
        add(page.misfiled) { $0.add($1) }
        add(page.hintKeys) { $0.add($1) }
        add(optional: page.next) { $0.add($1) }
    }
}
