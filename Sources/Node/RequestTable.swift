/// Open requests by their numbers, asked and changed where they lie.
///
/// A dictionary of such large values copies one whenever it is looked at: its subscript hands out
/// an optional of its own.
struct RequestTable<Request: Sendable>: Sendable {
    private var places: [UInt64: Int] = [:]
    /// Close together: the last one takes the place of one that leaves.
    private var requests: [(number: UInt64, request: Request)] = []

    /// How many requests are open.
    var count: Int { requests.count }

    /// Whether none is open.
    var isEmpty: Bool { requests.isEmpty }

    /// The numbers of the open requests, ascending.
    var numbers: [UInt64] { requests.map(\.number).sorted() }

    /// Whether a request is open.
    func contains(_ number: UInt64) -> Bool { places[number] != nil }

    /// A copy of a request; nil where it is not open.
    subscript(number: UInt64) -> Request? {
        places[number].map { requests[$0].request }
    }

    /// Opens a request under a number that no other has.
    mutating func open(_ request: Request, as number: UInt64) {
        places[number] = requests.count
        requests.append((number, request))
    }

    /// Asks or changes a request in place; nil where it is not open.
    @discardableResult
    mutating func with<Answer>(
        _ number: UInt64, _ body: (inout Request) -> Answer
    ) -> Answer? {
        guard let place = places[number] else { return nil }
        return body(&requests[place].request)
    }

    /// Takes a request out and hands it over; nil where it is not open.
    mutating func close(_ number: UInt64) -> Request? {
        guard let place = places.removeValue(forKey: number) else { return nil }
        let last = requests.removeLast()
        guard place < requests.count else { return last.request }
        let closed = requests[place].request
        requests[place] = last
        places[last.number] = place
        return closed
    }

    /// A sum over all open requests.
    func sum(_ part: (Request) -> Int) -> Int {
        requests.reduce(0) { $0 + part($1.request) }
    }
}
