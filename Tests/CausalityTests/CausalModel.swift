/// A set of write numbers, one bit each.
struct WriteSet: Equatable {
    private var words: [UInt64] = []

    func contains(_ write: Int) -> Bool {
        write / 64 < words.count && words[write / 64] >> UInt64(write % 64) & 1 == 1
    }

    mutating func insert(_ write: Int) {
        while words.count <= write / 64 {
            words.append(0)
        }
        words[write / 64] |= 1 << UInt64(write % 64)
    }

    mutating func formUnion(_ other: WriteSet) {
        if words.count < other.words.count {
            words += Array(repeating: 0, count: other.words.count - words.count)
        }
        for index in other.words.indices {
            words[index] |= other.words[index]
        }
    }
}

/// What a replica holds when causality is kept the naive way.
///
/// Every value carries the set of all writes that its writer had seen: no vectors, no dots. One
/// rule decides: a value is replaced when another value's history names it.
struct ModelReplica: Equatable {
    struct Value: Equatable {
        let write: Int
        let history: WriteSet
    }

    /// In ascending order of writes.
    private(set) var values: [Value] = []
    /// Every write that this replica heard of, directly or in a history.
    private(set) var seen = WriteSet()

    var writes: [Int] { values.map(\.write) }

    /// Takes a write whose number is higher than all before it.
    mutating func put(_ write: Int, history: WriteSet) {
        values.removeAll { history.contains($0.write) }
        values.append(Value(write: write, history: history))
        seen.formUnion(history)
        seen.insert(write)
    }

    mutating func merge(_ other: ModelReplica) {
        let known = Set(writes)
        values += other.values.filter { !known.contains($0.write) }
        values.sort { $0.write < $1.write }
        var replaced = WriteSet()
        for value in values {
            replaced.formUnion(value.history)
        }
        values.removeAll { replaced.contains($0.write) }
        seen.formUnion(other.seen)
    }
}
