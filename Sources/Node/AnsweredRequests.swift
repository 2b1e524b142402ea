import Primitives

/// Requests whose clients have their answer and that still wait for slower replicas.
///
/// They take no place from those that wait for an answer: one replica that hangs would else fill a
/// coordinator with requests for which it is not needed. They have places of their own, and when
/// these are taken the oldest is ended as if its time were up.
struct AnsweredRequests: Sendable {
    /// How many are open.
    private(set) var count = 0
    /// Their numbers in the order of their answers, and some that have ended since.
    private var order: [UInt64] = []
    private var first = 0

    /// A request was answered.
    mutating func add(_ request: UInt64) {
        count += 1
        order.append(request)
    }

    /// A request that was answered has ended.
    mutating func remove() { count -= 1 }

    /// Whether most of what is remembered has ended.
    var isCrowded: Bool { order.count > 64 + 4 * count }

    /// Forgets what has ended.
    mutating func compact(isOpen: (UInt64) -> Bool) {
        order = order[first...].filter(isOpen)
        first = 0
    }

    /// Takes out the one that was answered first.
    mutating func popOldest(isOpen: (UInt64) -> Bool) -> UInt64? {
        while first < order.count {
            let request = order[first]
            first += 1
            if isOpen(request) { return request }
        }
        return nil
    }
}

extension Node {
    /// How many requests wait for an answer.
    var unansweredRequests: Int { load.requests - answered.count }

    /// A get or put was answered; it may go on for those that were slower.
    mutating func noteAnswered(_ request: UInt64) {
        let isNew =
            gets.with(request) { Node.flag(&$0.isAnswered) }
            ?? puts.with(request) { Node.flag(&$0.isAnswered) }
        if isNew == true { answered.add(request) }
    }

    /// A get or put has ended.
    mutating func noteEnd(wasAnswered: Bool) {
        load.requests -= 1
        guard wasAnswered else { return }
        answered.remove()
        guard answered.isCrowded else { return }
        let (gets, puts) = (gets, puts)
        answered.compact { gets.contains($0) || puts.contains($0) }
    }

    /// Ends the oldest answered requests where there are too many.
    mutating func limitAnswered(_ now: Instant, _ effects: inout [Effect]) {
        while answered.count > settings.requestsMax, let oldest = popOldestAnswered() {
            effects.append(.note(.answeredRequestEnded))
            expire(oldest, now, &effects)
        }
    }

    private mutating func popOldestAnswered() -> UInt64? {
        let (gets, puts) = (gets, puts)
        return answered.popOldest { gets.contains($0) || puts.contains($0) }
    }

    /// Sets a flag; whether it was not set.
    private static func flag(_ flag: inout Bool) -> Bool {
        defer { flag = true }
        return !flag
    }
}
