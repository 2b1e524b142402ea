import Primitives
import Replica
import Ring

// Records kept for primaries that lack them.
extension SQLiteStore {
    /// Coordinates a write as a fallback: all that is written is a hint.
    func putHint(
        _ put: PutCommand, for targets: [MemberIndex]
    ) throws(SQLiteError) -> ReplicaReply {
        let found = try hints.find(put.key)
        let decision = keeper.putHint(put, for: targets, found: found.hint)
        return try carryOut(decision, put.key, for: targets, found)
    }

    /// Keeps a record for primaries, merged with what is kept under its key already.
    func keepHint(_ hint: Hint, for targets: [MemberIndex]) throws(SQLiteError) -> ReplicaReply {
        let found = try hints.find(hint.key)
        let decision: RecordKeeper.Decision
        do throws(MalformedBytes) {
            decision = try keeper.keepHint(hint, for: targets, found: found.hint)
        } catch {
            return .failed(.failed("a record that was sent is malformed: \(error.what)"))
        }
        return try carryOut(decision, hint.key, for: targets, found)
    }

    private func carryOut(
        _ decision: RecordKeeper.Decision, _ key: Key, for targets: [MemberIndex],
        _ old: HintTable.Found
    ) throws(SQLiteError) -> ReplicaReply {
        switch decision {
        case .keep(let reply): return reply
        case .write(let stored, let reply):
            let record = stored.encoding(with: reply)
            return try write(stored, record, key, for: targets, old) ? reply : .hintRefused
        }
    }

    /// Writes a hint; false where there is no room for it.
    private func write(
        _ stored: StoredRecord, _ record: Bytes, _ key: Key, for targets: [MemberIndex],
        _ old: HintTable.Found
    ) throws(SQLiteError) -> Bool {
        var (oldTargets, oldBytes): ([MemberIndex], UInt64) = ([], 0)
        if case .row(let row) = old {
            (oldTargets, oldBytes) = (row.targets, UInt64(row.encoded().count))
        }
        let added = targets.filter { !oldTargets.contains($0) }
        let row = HintRow(
            key: key, ownEpoch: stored.ownEpoch, targets: (oldTargets + added).sorted(),
            record: record
        ).encoded()
        let bytes = counts.hintBytes - min(oldBytes, counts.hintBytes) + UInt64(row.count)
        guard bytes <= UInt64(options.hintBytesMax) || bytes <= counts.hintBytes else {
            return false
        }
        try hints.write(row, of: key, for: added)
        counts.hintBytes = bytes
        counts.hints += UInt64(added.count)
        return true
    }

    /// Forgets those hints for a member that still are exactly what it has, and those that are
    /// damaged.
    func settle(_ settled: [Hint], for target: MemberIndex) throws(SQLiteError) {
        for hint in settled {
            switch try hints.find(hint.key) {
            case .absent:
                try hints.remove(hint.key, from: target)
            case .unreadable:
                try hints.remove(hint.key, from: target)
                if try !hints.hasTargets(hint.key) { try hints.remove(hint.key) }
                counts.hints -= min(1, counts.hints)
            case .row(let row) where row.record == hint.record && row.targets.contains(target):
                try settle(row, for: target)
            case .row:
                break
            }
        }
    }

    private func settle(_ row: HintRow, for target: MemberIndex) throws(SQLiteError) {
        let left = row.targets.filter { $0 != target }
        try hints.remove(row.key, from: target)
        let bytes = UInt64(row.encoded().count)
        counts.hints -= min(1, counts.hints)
        counts.hintBytes -= min(bytes, counts.hintBytes)
        guard !left.isEmpty else { return try hints.remove(row.key) }
        let rest = HintRow(
            key: row.key, ownEpoch: row.ownEpoch, targets: left, record: row.record
        ).encoded()
        try hints.write(rest, of: row.key, for: [])
        counts.hintBytes += UInt64(rest.count)
    }
}

/// What is kept under a key for primaries that lack it.
package enum HintInspection: Sendable {
    /// Nothing.
    case absent
    /// A record's encoding, and whom it is kept for.
    case kept(Bytes, targets: [MemberIndex])
    /// Something that cannot be read.
    case unreadable
}

extension SQLiteStore {
    /// What is kept under a key, for whoever watches the store: a simulator, or a test.
    package func inspectHint(_ key: Key) -> HintInspection {
        switch try? hints.find(key) {
        case .absent: .absent
        case .row(let row): .kept(row.record, targets: row.targets)
        case .unreadable, nil: .unreadable
        }
    }
}
