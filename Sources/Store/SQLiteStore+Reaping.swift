import AntiEntropy
import Causality
import Primitives
import Replica

// Dead records, and how they go.
extension SQLiteStore {
    /// The next records that are dead by a time; what cannot be read is left out.
    func listDead(
        after place: DeathPlace?, until time: HybridTimestamp, limit: Int
    ) throws(SQLiteError) -> ReplicaReply {
        let places = try deaths.page(after: place, until: time, limit: limit)
        var found: [DeadRecord] = []
        for place in places {
            guard let content = try records.content(inRow: place.hash),
                let key = Key(canonical: content.key), key.rowid == place.hash,
                let record = try? Record(decoding: content.record),
                record.deathTime == place.time
            else { continue }
            found.append(
                DeadRecord(
                    key: key, digest: Record.digest(of: content.record),
                    copies: content.copies))
        }
        return .dead(found, next: places.count < limit ? nil : places.last)
    }

    /// The digests of records; nil for what is absent or cannot be read.
    func digests(of keys: [Key]) throws(SQLiteError) -> [Hash128?] {
        var digests: [Hash128?] = []
        digests.reserveCapacity(keys.count)
        for key in keys {
            guard case .row(let content, _) = try records.find(key) else {
                digests.append(nil)
                continue
            }
            digests.append(Record.digest(of: content.record))
        }
        return digests
    }

    /// What is kept under keys; what cannot be read is something.
    func copies(of keys: [Key]) throws(SQLiteError) -> [FoundCopies] {
        var copies: [FoundCopies] = []
        copies.reserveCapacity(keys.count)
        for key in keys {
            var (isRecord, isHint) = (true, true)
            if case .absent = try records.find(key) { isRecord = false }
            if case .absent = try hints.find(key) { isHint = false }
            copies.append(FoundCopies(isRecord: isRecord, isHint: isHint))
        }
        return copies
    }

    /// Removes records that still are the named ones; the places of those that are gone now.
    func reap(_ dead: [DeadRecord], at time: HybridTimestamp) throws(SQLiteError) -> [Int] {
        var gone: [Int] = []
        for (place, name) in dead.enumerated() {
            let found = try records.find(name.key)
            let lookup = found.lookup
            switch keeper.reap(name, at: time, found: lookup) {
            case .keep: continue
            case .absent: gone.append(place)
            case .remove:
                // A row that others lost their place to must stay, or they would look absent.
                guard try records.remove(name.key, from: found.slot) else { continue }
                try forget(name.key, (found, lookup))
                gone.append(place)
            }
        }
        return gone
    }

    private func forget(
        _ key: Key, _ old: (found: RecordTable.Found, lookup: Lookup)
    ) throws(SQLiteError) {
        trees.file(key, from: old.found.filed, to: FiledRecord(copies: 0, record: []))
        try deaths.move(hash: key.rowid, from: old.lookup.deathTime, to: nil)
        counts.records -= min(1, counts.records)
        if case .found(let stored) = old.lookup, stored.record.liveCount > 0 {
            counts.live -= min(1, counts.live)
        }
    }
}
