import Primitives

// What a record remembers of operations that left no version: by the rules in docs/causality.md.
extension SeenRecord {
    /// The most overwritten operations that a record remembers.
    static let overwrittenMax = 32
    /// How much older than the newest of them one may be, in milliseconds.
    static let overwrittenMilliseconds: UInt64 = 300_000

    /// Notes as overwritten all operations of which somebody saw a version.
    mutating func overwrite(where isSeen: (SeenDot) -> Bool) {
        for version in versions where !version.id.isEmpty && isSeen(version.dot) {
            note(version.operation, version.id, version.timestamp)
        }
        for twin in twins where isSeen(twin.dot) { note(twin.operation, twin.id, twin.timestamp) }
    }

    private mutating func note(_ operation: Int?, _ id: Bytes, _ timestamp: UInt64) {
        guard let operation else { return }
        note(SeenOverwritten(operation: operation, id: id, timestamp: timestamp))
    }

    private mutating func note(_ entry: SeenOverwritten) {
        let index = position(of: entry.operation)
        if index < overwritten.count, overwritten[index].operation == entry.operation {
            overwritten[index].timestamp = max(overwritten[index].timestamp, entry.timestamp)
        } else {
            overwritten.insert(entry, at: index)
        }
    }

    private func position(of operation: Int) -> Int {
        overwritten.lastIndex { $0.operation < operation }.map { $0 + 1 } ?? 0
    }

    /// Whether an operation was overwritten.
    func hasOverwritten(_ operation: Int?) -> Bool {
        guard let operation, !overwritten.isEmpty else { return false }
        let index = position(of: operation)
        return index < overwritten.count && overwritten[index].operation == operation
    }

    /// Whether a dot is covered for another reason than that its version stepped back.
    private func hasReplaced(_ dot: SeenDot) -> Bool {
        context.covers(dot) && !versions.contains { $0.dot == dot }
            && !twins.contains { $0.dot == dot }
    }

    /// Takes in what another record remembers, before the versions are merged.
    mutating func joinOperations(_ other: SeenRecord) {
        let own = self
        overwrite { other.hasReplaced($0) }
        var others = other
        others.overwrite { own.hasReplaced($0) }
        if others.overwritten != overwritten {
            overwritten = SeenRecord.union(overwritten, others.overwritten)
        }
        for twin in other.twins { add(twin) }
    }

    /// All that two lists have, both ascending by operation.
    private static func union(
        _ left: [SeenOverwritten], _ right: [SeenOverwritten]
    ) -> [SeenOverwritten] {
        var union: [SeenOverwritten] = []
        union.reserveCapacity(left.count + right.count)
        var rest = right[...]
        for var entry in left {
            while let next = rest.first, next.operation < entry.operation {
                union.append(rest.removeFirst())
            }
            if let same = rest.first, same.operation == entry.operation {
                entry.timestamp = max(entry.timestamp, rest.removeFirst().timestamp)
            }
            union.append(entry)
        }
        union += rest
        return union
    }

    private mutating func add(_ twin: SeenTwin) {
        guard !twins.contains(where: { $0.dot == twin.dot }) else { return }
        let index = twins.firstIndex { twin.dot.isLess(than: $0.dot) } ?? twins.count
        twins.insert(twin, at: index)
    }

    /// The oldest operations are forgotten; no version of what was overwritten stays, and of the
    /// others of one operation only the one with the least dot.
    mutating func settleOperations() {
        for twin in twins where hasOverwritten(twin.operation) {
            note(twin.operation, twin.id, twin.timestamp)
        }
        forget()
        if !overwritten.isEmpty {
            let left = versions.filter { !$0.id.isEmpty && hasOverwritten($0.operation) }
            for version in left { note(version.operation, version.id, version.timestamp) }
            versions.removeAll { version in left.contains { $0.dot == version.dot } }
        }
        dropTwins()
        if !twins.isEmpty {
            let standing = versions.map(\.operation)
            twins = twins.filter { standing.contains($0.operation) }
        }
        forget()
    }

    private mutating func dropTwins() {
        guard versions.count > 1 else { return }
        let all = versions
        for version in all {
            let isTwin = all.contains {
                $0.operation == version.operation && version.operation != nil
                    && $0.dot.isLess(than: version.dot)
            }
            guard isTwin else { continue }
            versions.removeAll { $0.dot == version.dot }
            guard !version.id.isEmpty, let operation = version.operation else { continue }
            add(
                SeenTwin(
                    dot: version.dot, operation: operation, id: version.id,
                    timestamp: version.timestamp))
        }
    }

    private mutating func forget() {
        var (newest, oldest) = (UInt64.min, UInt64.max)
        for entry in overwritten {
            newest = max(newest, entry.timestamp)
            oldest = min(oldest, entry.timestamp)
        }
        let lifetime = SeenRecord.overwrittenMilliseconds << 16
        if newest > lifetime, oldest < newest - lifetime {
            overwritten.removeAll { $0.timestamp < newest - lifetime }
        }
        while overwritten.count > SeenRecord.overwrittenMax {
            var oldest = overwritten[0]
            for entry in overwritten.dropFirst() where entry.isForgotten(before: oldest) {
                oldest = entry
            }
            overwritten.removeAll { $0.operation == oldest.operation }
        }
    }
}
