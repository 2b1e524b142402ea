import Simulator

/// Where two runs part that should have been one.
enum TraceComparison {
    /// The first of two runs' checkpoints that are different, found by halving; nil where as many
    /// as both have are equal.
    ///
    /// A trace takes in what came before: once different, it stays different.
    static func firstDifference(
        _ left: [TraceCheckpoint], _ right: [TraceCheckpoint]
    ) -> Int? {
        var (low, high) = (0, min(left.count, right.count))
        while low < high {
            let middle = (low + high) / 2
            if left[middle] == right[middle] {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < min(left.count, right.count) ? low : nil
    }

    /// The virtual times, in nanoseconds, between which two runs part.
    static func part(
        _ left: [TraceCheckpoint], _ right: [TraceCheckpoint]
    ) -> ClosedRange<UInt64> {
        let shared = min(left.count, right.count)
        let place = firstDifference(left, right) ?? shared
        let from = place > 0 ? left[place - 1].at : 0
        guard place < shared else { return from...UInt64.max }
        return from...max(left[place].at, right[place].at, from)
    }

    /// In which events the runs part, for a reader.
    static func window(_ left: [TraceCheckpoint], _ right: [TraceCheckpoint]) -> String {
        let shared = min(left.count, right.count)
        let place = firstDifference(left, right) ?? shared
        let from =
            place > 0
            ? "event \(left[place - 1].events) at \(Text.seconds(left[place - 1].at, digits: 6))"
            : "the start"
        guard place < shared else { return "equal up to \(from), different after it" }
        let until = min(left[place].events, right[place].events)
        return "equal up to \(from), different by event \(until)"
    }

    /// The lines around the first different one of two logs: 20 equal ones before it, then both
    /// sides; nil where one log is the other.
    static func excerpt(_ left: [String], _ right: [String], around count: Int = 20) -> [String]? {
        let shared = min(left.count, right.count)
        let place = (0..<shared).first { left[$0] != right[$0] } ?? shared
        guard place < max(left.count, right.count) else { return nil }
        return left[max(0, place - count)..<place].map { "  " + $0 }
            + left[place...].prefix(count).map { "< " + $0 }
            + right[place...].prefix(count).map { "> " + $0 }
    }
}
