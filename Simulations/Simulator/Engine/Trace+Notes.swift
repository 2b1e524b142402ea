import AntiEntropy
import Node
import Primitives
import Quorum
import Replica

// What a node tells about itself, word by word.
extension Trace {
    /// Takes in a note with all that it says.
    mutating func add(_ note: Note) {
        switch note {
        case .readJudged(let request, let freshness):
            add(1)
            add(request)
            add(freshness)
        case .readRepair(let name): add(2, name)
        case .hintKept(let name): add(3, name)
        case .hintsDelivered(let name, let count):
            add(4, name)
            add(count: count)
        case .hintRefused: add(5)
        case .hintDamaged(let key): add(6, key)
        case .recordTooOld(let name): add(7, name)
        case .recordReread(let key): add(8, key)
        case .reaped(let count):
            add(9)
            add(count: count)
        case .unreadable(let key): add(10, key)
        case .unknownDotCovered(let key): add(11, key)
        case .exchanged(let name, let counts, let isComplete):
            add(12, name)
            add(counts)
            add(isComplete)
        case .scrubbed(let counts, let isComplete):
            add(13)
            add(counts)
            add(isComplete)
        default: add(rare: note)
        }
    }

    /// Facts about members, about the node and about its store.
    private mutating func add(rare note: Note) {
        switch note {
        case .status(let name, let status):
            add(14, name)
            add(UInt64(status.rawValue))
        case .identityChanged(let name, let old, let new):
            add(15, name)
            add(old.raw)
            add(new.raw)
        case .refilling: add(16)
        case .counted(let isRefilled): add(isRefilled ? 17 : 18)
        case .notCounted(let name): add(19, name)
        case .staleStart(let name, let start, let known):
            add(20, name)
            add(start)
            add(known)
        case .startAccepted: add(21)
        case .clockAhead(let name, let milliseconds):
            add(22, name)
            add(milliseconds)
        case .storeFailed(.full): add(23)
        case .storeFailed(.failed(let reason)): add(24, reason)
        case .storeRecovered: add(25)
        case .answeredRequestEnded: add(27)
        case .bucketChanged(let entry):
            add(26)
            add(entry)
        // All others are taken in above; named here, so that a new note has to be, too.
        case .readJudged, .readRepair, .hintKept, .hintsDelivered, .hintRefused, .hintDamaged,
            .recordTooOld, .recordReread, .reaped, .unreadable, .unknownDotCovered, .exchanged,
            .scrubbed:
            break
        }
    }

    /// Takes in why a node stops.
    mutating func add(_ reason: StopReason) {
        switch reason {
        case .drained(let isClean): add(isClean ? 1 : 2)
        case .staleData(let name, let own, let known):
            add(3, name)
            add(own)
            add(known)
        }
    }

    /// Takes in what a scrub counted.
    mutating func add(_ counts: ScrubCounts) {
        for count in [
            counts.records, counts.bytes, counts.hints, counts.unreadable, counts.mended,
            counts.leaves, counts.refiled, counts.hintsMended, counts.lost,
        ] {
            add(count: count)
        }
    }

    // MARK: Their parts

    private mutating func add(_ kind: UInt64, _ name: String) {
        add(kind)
        add(name)
    }

    private mutating func add(_ kind: UInt64, _ key: Key) {
        add(kind)
        add(key)
    }

    private mutating func add(_ freshness: ReadFreshness) {
        switch freshness {
        case .fresh: add(1)
        case .stale(let oldest):
            add(2)
            add(oldest.raw)
        case .unknown: add(3)
        }
    }

    private mutating func add(_ counts: Exchange.Counts) {
        for count in [
            counts.nodes, counts.leaves, counts.keys, counts.sent, counts.received, counts.bytes,
            counts.refused,
        ] {
            add(count)
        }
    }
}
