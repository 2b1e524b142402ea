import Primitives

/// A version vector as the judges see it: parsed from bytes, with an algebra of their own.
///
/// Written anew, in the plainest way, since whoever judges must not share code with the judged.
struct SeenVector: Equatable {
    /// One actor with the number of its writes that were seen.
    struct Entry: Equatable {
        let node: UInt64
        let epoch: UInt64
        var counter: UInt64
    }

    fileprivate(set) var entries: [Entry] = []

    /// How many of an actor's writes are covered.
    func counter(_ node: UInt64, _ epoch: UInt64) -> UInt64 {
        for entry in entries where entry.node == node && entry.epoch == epoch {
            return entry.counter
        }
        return 0
    }

    func covers(_ dot: SeenDot) -> Bool {
        dot.counter <= counter(dot.node, dot.epoch)
    }

    /// Whether all that the other covers is covered.
    func covers(_ other: SeenVector) -> Bool {
        if entries == other.entries { return true }
        return other.entries.allSatisfy { $0.counter <= counter($0.node, $0.epoch) }
    }

    mutating func join(_ other: SeenVector) {
        if entries == other.entries { return }
        for entry in other.entries { join(entry) }
    }

    mutating func join(_ dot: SeenDot) {
        join(Entry(node: dot.node, epoch: dot.epoch, counter: dot.counter))
    }

    /// Sets an actor's counter to the greater of both; entries stay sorted so that equal vectors
    /// compare equal.
    mutating func join(_ entry: Entry) {
        var index = 0
        while index < entries.count {
            let own = entries[index]
            if (own.node, own.epoch) == (entry.node, entry.epoch) {
                entries[index].counter = max(own.counter, entry.counter)
                return
            }
            if (own.node, own.epoch) > (entry.node, entry.epoch) { break }
            index += 1
        }
        entries.insert(entry, at: index)
    }
}

extension SeenVector {
    /// A vector of entries as they were read; those that do not ascend make it unequal to any
    /// honest one.
    init(_ entries: [Entry]) {
        self.entries = entries
    }
}

/// A dot as the judges see it.
struct SeenDot: Hashable {
    let node: UInt64
    let epoch: UInt64
    let counter: UInt64

    /// A total order without meaning, the one that decides between twins of an operation.
    func isLess(than other: SeenDot) -> Bool {
        (node, epoch, counter) < (other.node, other.epoch, other.counter)
    }
}

extension SeenDot: CustomStringConvertible {
    var description: String {
        "\(String(node, radix: 16).suffix(4)).\(String(epoch, radix: 16)):\(counter)"
    }
}

/// One version in a record as the judges see it.
struct SeenVersion: Equatable {
    let dot: SeenDot
    let timestamp: UInt64
    /// The operation that wrote it, an index into the history; nil where nobody did.
    let operation: Int?
    /// Whether the bytes are those that the operation wrote, and of the kind that it wrote.
    let isGenuine: Bool
    /// The hybrid time from which on it is deleted; 0 where it stays.
    var expiry: UInt64 = 0
    /// The operation id that it carries; empty where it has none.
    var id: Bytes = []
}

/// An operation that was overwritten, as the judges see it.
struct SeenOverwritten: Equatable {
    let operation: Int
    /// The time that its id carries; nil where it carries none.
    let time: UInt64?
    var timestamp: UInt64

    init(operation: Int, id: Bytes, timestamp: UInt64) {
        self.operation = operation
        self.timestamp = timestamp
        time = id.count == 33 ? Judge.hexadecimal(id.prefix(16)) : nil
    }

    /// Of those that are equally old the one whose id comes first is forgotten first.
    func isForgotten(before other: SeenOverwritten) -> Bool {
        timestamp == other.timestamp ? precedes(other) : timestamp < other.timestamp
    }

    /// Whether the id comes first: hexadecimal digits come before `op17`.
    private func precedes(_ other: SeenOverwritten) -> Bool {
        switch (time, other.time) {
        case (let left?, let right?): (left, operation) < (right, other.operation)
        case (_?, nil): true
        case (nil, _?): false
        case (nil, nil): "\(operation)" < "\(other.operation)"
        }
    }
}

/// A version that stepped back behind another one of its operation, as the judges see it.
struct SeenTwin: Equatable {
    let dot: SeenDot
    let operation: Int
    let id: Bytes
    let timestamp: UInt64
}

/// A record as the judges see it.
struct SeenRecord: Equatable {
    var context = SeenVector()
    /// The siblings in ascending order of their dots.
    var versions: [SeenVersion] = []
    /// The operations that were overwritten, ascending by their numbers.
    var overwritten: [SeenOverwritten] = []
    /// The versions that stepped back, in ascending order of their dots.
    var twins: [SeenTwin] = []

    /// What a write that saw `seen` makes of this.
    mutating func put(_ version: SeenVersion, seen: SeenVector) {
        overwrite { seen.covers($0) }
        versions.removeAll { seen.covers($0.dot) }
        insert(version)
        context.join(seen)
        context.join(version.dot)
        settleOperations()
    }

    /// What taking in another record makes of this: what either side replaced is gone.
    mutating func merge(_ other: SeenRecord) {
        guard self != other else { return }
        joinOperations(other)
        let own = versions
        versions.removeAll { version in
            other.context.covers(version.dot)
                && !other.versions.contains { $0.dot == version.dot }
        }
        for version in other.versions where !own.contains(where: { $0.dot == version.dot }) {
            if !context.covers(version.dot) { insert(version) }
        }
        context.join(other.context)
        settleOperations()
    }

    private mutating func insert(_ version: SeenVersion) {
        let index = versions.firstIndex { version.dot.isLess(than: $0.dot) } ?? versions.count
        versions.insert(version, at: index)
    }

    /// Whether another record has the same context and dots.
    func says(_ other: SeenRecord) -> Bool {
        context == other.context
            && versions.elementsEqual(other.versions) { $0.dot == $1.dot }
    }

    /// The same with only the newest version, as a reader of a `lastWriteWins` bucket sees it.
    func newestOnly() -> SeenRecord {
        var record = self
        let newest = versions.max { left, right in
            left.timestamp == right.timestamp
                ? left.dot.isLess(than: right.dot) : left.timestamp < right.timestamp
        }
        record.versions.removeAll { $0.dot != newest?.dot }
        return record
    }
}

/// What a client did, and what really became of it.
struct HistoryEntry {
    /// What an operation is.
    enum Kind: String {
        case put
        case delete
        case get
    }

    /// How an operation ended, as its client knows.
    enum Outcome: String {
        /// No answer yet, or none that tells what happened.
        case unknown
        /// Acknowledged.
        case done
        /// Refused: nothing was written.
        case refused
    }

    let kind: Kind
    let client: Int
    let key: Int
    /// The value written, empty for a tombstone.
    var value: Bytes = []
    /// After how many milliseconds the value expires; nil where it stays.
    var ttlMilliseconds: UInt64?
    /// Whether the client named it by an operation id.
    var hasOperationID = false
    /// The client's time of the first try, in milliseconds since 1970, where its id carries it.
    var idMilliseconds: UInt64?
    /// What the client had seen; nil for a plain overwrite, which sees what its coordinator knows.
    var seen: SeenVector? = SeenVector()
    var askedAt: UInt64
    var answeredAt: UInt64?
    /// The nodes it was asked of, in order.
    var nodes: [Int] = []
    var outcome = Outcome.unknown
    /// Every dot it ever got, with what the write saw: one per coordinator that took it in.
    var dots: [(dot: SeenDot, seen: SeenVector)] = []
}
