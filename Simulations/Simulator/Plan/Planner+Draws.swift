import Primitives

/// Lengths of time in nanoseconds.
enum Span {
    static let micro: UInt64 = 1_000
    static let milli: UInt64 = 1_000_000
    static let second: UInt64 = 1_000_000_000
}

extension RandomStream {
    /// One of some values.
    mutating func pick<Value>(_ values: [Value]) -> Value { values[index(values.count)] }

    /// Something that happens once in so many times.
    mutating func oneIn(_ count: Int) -> Bool { index(count) == 0 }

    /// Something that happens so many times in a hundred.
    mutating func percent(_ chance: Int) -> Bool { index(100) < chance }

    /// The same values in another order.
    mutating func shuffled<Value>(_ values: [Value]) -> [Value] {
        var result = values
        for index in result.indices.dropFirst() {
            result.swapAt(index, self.index(index + 1))
        }
        return result
    }

    /// A length of time from a least to a most.
    mutating func span(_ least: UInt64, _ most: UInt64) -> UInt64 {
        least + below(most - least + 1)
    }

    /// A length of time of which every order of magnitude is as likely: some halvings of the most,
    /// then a point within the last one.
    mutating func anyMagnitude(of most: UInt64, halvings: Int) -> UInt64 {
        let top = most >> UInt64(index(halvings))
        return span(top / 2, top)
    }
}
