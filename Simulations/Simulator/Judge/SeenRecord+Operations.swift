import Primitives

// What a record remembers of operations that left no version: by the rules in docs/causality.md.
extension SeenRecord {
    /// The most overwritten operations that a record remembers.
    static let overwrittenMax = 64
    /// How much older than the newest of them one may be, in milliseconds.
    static let overwrittenMilliseconds: UInt64 = 300_000

    /// Notes as overwritten all operations of which somebody saw a version.
    mutating func overwrite(where isSeen: (SeenDot) -> Bool) {
        for version in versions where !version.id.isEmpty && isSeen(version.dot) {
            note(version.id, version.timestamp)
        }
        for twin in twins where isSeen(twin.dot) { note(twin.id, twin.timestamp) }
    }

    private mutating func note(_ id: Bytes, _ timestamp: UInt64) {
        overwritten[id] = max(overwritten[id] ?? 0, timestamp)
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
        // order-free: the greater of both, per operation.
        for (id, timestamp) in others.overwritten { note(id, timestamp) }
        for twin in other.twins { add(twin) }
    }

    private mutating func add(_ twin: SeenTwin) {
        guard !twins.contains(where: { $0.dot == twin.dot }) else { return }
        let index = twins.firstIndex { twin.dot.isLess(than: $0.dot) } ?? twins.count
        twins.insert(twin, at: index)
    }

    /// No version of what was overwritten stays, and of the others of one operation only the one
    /// with the least dot; then the oldest operations are forgotten.
    mutating func settleOperations() {
        for version in versions where overwritten[version.id] != nil {
            note(version.id, version.timestamp)
        }
        if !overwritten.isEmpty { versions.removeAll { overwritten[$0.id] != nil } }
        dropTwins()
        for twin in twins where overwritten[twin.id] != nil { note(twin.id, twin.timestamp) }
        twins.removeAll { overwritten[$0.id] != nil }
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
            guard !version.id.isEmpty else { continue }
            add(SeenTwin(dot: version.dot, id: version.id, timestamp: version.timestamp))
        }
    }

    private mutating func forget() {
        // order-free: a maximum.
        guard let newest = overwritten.values.max() else { return }
        // order-free: a filter.
        overwritten = overwritten.filter {
            $0.value + SeenRecord.overwrittenMilliseconds << 16 >= newest
        }
        guard overwritten.count > SeenRecord.overwrittenMax else { return }
        // order-free: sorted right here, by a total order.
        let sorted = overwritten.sorted { left, right in
            left.value == right.value
                ? right.key.lexicographicallyPrecedes(left.key) : left.value > right.value
        }
        for entry in sorted.dropFirst(SeenRecord.overwrittenMax) { overwritten[entry.key] = nil }
    }
}
