import HeapModule
import Ring

/// What is due at some time.
enum Due: Hashable, Sendable {
    /// A request's time is up.
    case request(UInt64)
    /// The detector's period passed.
    case period
    /// The drain's time is up.
    case drain
    /// An exchange goes on; with the number of its wake-up.
    case exchange(UInt64, UInt64)
    /// The next exchange in the background is due.
    case nextExchange
    /// This node's refill goes on.
    case refill
    /// Whoever has not answered is asked again about dead records.
    case reaping
    /// Dead records are listed.
    case listDead
    /// A scrub goes on, or the next one begins; with the number of its wake-up.
    case scrub(UInt64)
    /// A delivery of hints to a member goes on; with the number of its wake-up.
    case handoff(MemberIndex, UInt64)
}

/// The times at which something is due, earliest first.
///
/// Entries of finished requests stay until their time and are ignored then: taking them out would
/// cost more than letting them pass.
struct Deadlines: Sendable {
    private struct Entry: Comparable, Sendable {
        let nanoseconds: UInt64
        let sequence: UInt64
        let due: Due

        static func == (left: Entry, right: Entry) -> Bool { left.sequence == right.sequence }

        static func < (left: Entry, right: Entry) -> Bool {
            (left.nanoseconds, left.sequence) < (right.nanoseconds, right.sequence)
        }
    }

    private var heap = Heap<Entry>()
    private var sequence: UInt64 = 0

    /// How many entries there are.
    var count: Int { heap.count }

    /// The earliest time, nil where nothing is due ever.
    var next: UInt64? { heap.min?.nanoseconds }

    /// Adds what is due at a time.
    mutating func add(_ due: Due, at nanoseconds: UInt64) {
        sequence += 1
        heap.insert(Entry(nanoseconds: nanoseconds, sequence: sequence, due: due))
    }

    /// Takes out the earliest entry if its time has come.
    mutating func pop(at nanoseconds: UInt64) -> Due? {
        guard let first = heap.min, first.nanoseconds <= nanoseconds else { return nil }
        heap.removeMin()
        return first.due
    }
}
