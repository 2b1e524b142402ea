import Causality
import Primitives
import Replica

// Tombstones that are removed. A record may go where nothing is left that it keeps from coming
// back: every owner has it, or more; and nobody keeps anything else of its key that it covers.
extension Judge {
    /// What the judges know of removals, of one key.
    struct Reaped {
        /// What the removed records covered.
        var context = SeenVector()
        /// The versions that went with them.
        var dots: [SeenDot] = []
        /// The latest time at which one was removed.
        var time: UInt64 = 0
    }

    /// A removal within a transaction.
    struct Removal {
        let key: Int
        let record: SeenRecord
        let time: HybridTimestamp
    }

    /// Works out which records a command removes: those that are exactly the named ones.
    mutating func apply(
        _ dead: [DeadRecord], at time: HybridTimestamp, to working: inout Working, _ node: Int
    ) {
        for name in dead {
            guard let key = keyIndex[name.key.hash], let record = deadRecords[name.digest] else {
                continue
            }
            let place = working.place(of: key, or: held[node][key])
            let kept = working.entries[place].held
            if kept == Held(), working.end == .committed { reapedHere[node][key] = record }
            guard !kept.isUnreadable, kept.record == record, isDead(record, at: time) else {
                continue
            }
            working.entries[place].held = Held()
            working.entries[place].least = Held()
            working.removals.append(Removal(key: key, record: record, time: time))
            if working.end == .committed { reapedHere[node][key] = record }
        }
    }

    private func isDead(_ record: SeenRecord, at time: HybridTimestamp) -> Bool {
        record.versions.allSatisfy { version in
            version.operation.map { history[$0].kind == .delete } ?? false
                || version.expiry > 0 && version.expiry <= time.raw
        }
    }

    /// Whether a merge brings what was removed here, so that it is not taken in.
    ///
    /// What a failed transaction was told is not known; then the node's memory is guessed.
    mutating func isReaped(
        _ merge: MergeCommand, _ reply: ReplicaReply?, held: Held, _ end: TransactionEnd,
        at place: (key: Int, node: Int)
    ) -> Bool {
        let (key, node) = place
        guard case .alreadyReaped? = reply else {
            guard held == Held(), let record = reapedHere[node][key],
                read(merge.record, key: key, "sent to n\(node + 1)") == record
            else { return false }
            guard end == .committed else { return true }
            find(
                .noResurrection, key: key,
                "n\(node + 1) takes back a tombstone that it has removed", [describe(record)])
            return false
        }
        reapedOffered += 1
        check(.noFalseOverwrite)
        let record = read(merge.record, key: key, "sent to n\(node + 1)")
        guard held != Held() || !reaped[key].context.covers(record.context) else { return true }
        guard !isTainted[node] else { return true }
        find(
            .noFalseOverwrite, key: key,
            "n\(node + 1) does not take in a record, as if it had been removed",
            ["record: " + describe(record), "held: " + describe(held)])
        return true
    }

    /// Judges removals that were committed, or may have been.
    mutating func judge(_ removals: [Removal], of node: Int) {
        removedCounts[node] += removals.count
        for removal in removals {
            judge(removal, of: node)
            let key = removal.key
            reaped[key].context.join(removal.record.context)
            reaped[key].dots += removal.record.versions.map(\.dot)
            reaped[key].time = max(reaped[key].time, removal.time.raw)
            reapedRecords += 1
        }
    }

    private mutating func judge(_ removal: Removal, of node: Int) {
        let (key, record) = (removal.key, removal.record)
        check(.noResurrection)
        for other in held.indices where !isTainted[other] {
            let isOwner = owners[key].contains(other)
            if isOwner, other != node, !knows(other, key, record.context) {
                find(
                    .noResurrection, key: key,
                    "n\(node + 1) removes a tombstone that n\(other + 1) has not seen",
                    [
                        "removed: " + describe(record),
                        "n\(other + 1): " + describe(held[other][key]),
                    ])
            }
            for slot in isOwner ? [keys.count + key] : [key, keys.count + key] {
                let kept = held[other][slot]
                // The tombstone itself may be kept again, from an owner that still has it.
                let isOlder = kept.record.versions.contains { version in
                    record.context.covers(version.dot)
                        && !record.versions.contains { $0.dot == version.dot }
                }
                guard isOlder else { continue }
                find(
                    .noResurrection, key: key,
                    "n\(node + 1) removes a tombstone while n\(other + 1) keeps something of the "
                        + "key for others",
                    ["removed: " + describe(record), "n\(other + 1): " + describe(kept)])
            }
        }
    }

    /// Whether a node holds, or removed, all that a context covers.
    func knows(_ node: Int, _ key: Int, _ context: SeenVector) -> Bool {
        whole(held[node][key].record.context, of: key).covers(context)
    }

    /// A context with what was reaped of its key: nobody has to know that any more.
    func whole(_ context: SeenVector, of key: Int) -> SeenVector {
        var whole = context
        whole.join(reaped[key].context)
        return whole
    }

    /// Judges that nothing is back which a removed tombstone had covered.
    ///
    /// A node whose disk lied, or was destroyed, may have lost the tombstone before the others
    /// removed it.
    mutating func judge(returnOf record: SeenRecord, key: Int, _ place: String) {
        guard !reaped[key].context.entries.isEmpty, !isTainted.contains(true) else { return }
        check(.noResurrection)
        for version in record.versions where reaped[key].context.covers(version.dot) {
            guard let operation = version.operation, history[operation].kind == .put,
                version.expiry == 0 || version.expiry > reaped[key].time
            else { continue }
            find(
                .noResurrection, key: key,
                "\(place): what was deleted is back after its tombstone was removed",
                [describe(operation), describe(record)])
        }
    }

    /// What a node holds, where a tombstone that another node removed already counts as nothing.
    func settled(_ node: Int, _ key: Int) -> Held {
        let kept = held[node][key]
        guard !kept.isUnreadable, reaped[key].context.covers(kept.record.context),
            isDead(kept.record, at: HybridTimestamp(reaped[key].time))
        else { return kept }
        return Held()
    }
}

extension SeenRecord {
    /// Whether nothing in it stays for ever.
    func mayBeDead(in history: [HistoryEntry]) -> Bool {
        versions.allSatisfy { version in
            version.expiry > 0 || version.operation.map { history[$0].kind == .delete } ?? false
        }
    }
}
