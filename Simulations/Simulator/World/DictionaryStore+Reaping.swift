import AntiEntropy
import Causality
import Primitives
import Replica

// Dead records as the real store keeps them.
extension DictionaryStore {
    /// What is kept under keys.
    func copies(of keys: [Key]) -> [FoundCopies] {
        keys.map { key in
            FoundCopies(
                isRecord: content.rows[key.hash] != nil, isHint: content.hints[key.hash] != nil)
        }
    }

    /// Removes records that still are the named ones; the places of those that are gone now.
    func reap(_ dead: [DeadRecord], at time: HybridTimestamp) -> [Int] {
        var gone: [Int] = []
        for (place, name) in dead.enumerated() {
            switch keeper.reap(name, at: time, found: lookup(name.key)) {
            case .keep: continue
            case .absent: break
            case .remove: content.forget(name.key)
            }
            gone.append(place)
        }
        return gone
    }
}

extension DictionaryStore.Content {
    /// The next records that are dead by a time.
    func listDead(
        after place: DeathPlace?, until time: HybridTimestamp, limit: Int
    ) -> ReplicaReply {
        // order-free: sorted by place right here.
        let places = rows.values.compactMap { row in
            row.death.map { (place: DeathPlace($0, row.key.hash), row: row) }
        }
        .filter { found in place.map { $0 < found.place } ?? true && found.place.time <= time }
        .sorted { $0.place < $1.place }
        .prefix(limit)
        let dead = places.map { found in
            DeadRecord(
                key: found.row.key, digest: Record.digest(of: found.row.encoding),
                copies: found.row.stored.copies)
        }
        return .dead(dead, next: places.count < limit ? nil : places.last?.place)
    }

    fileprivate mutating func forget(_ key: Key) {
        guard let old = rows.removeValue(forKey: key.hash) else { return }
        file(key, from: old.filed, to: FiledRecord(copies: 0, record: []))
        counts.records -= 1
        counts.live -= old.stored.record.liveCount > 0 ? 1 : 0
    }
}

extension DeathPlace {
    fileprivate init(_ time: HybridTimestamp, _ hash: Hash128) {
        self.init(time: time, hash: Int64(bitPattern: hash.high))
    }
}
