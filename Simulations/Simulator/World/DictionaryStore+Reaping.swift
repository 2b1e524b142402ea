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
                isRecord: content.records[key.hash] != nil, isHint: content.hints[key.hash] != nil)
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
        let places = deaths.map { (place: DeathPlace($0.value, $0.key), hash: $0.key) }
            .filter { found in place.map { $0 < found.place } ?? true && found.place.time <= time }
            .sorted { $0.place < $1.place }
            .prefix(limit)
        let dead = places.compactMap { found -> DeadRecord? in
            guard let key = keys[found.hash], let record = encodings[found.hash] else { return nil }
            return DeadRecord(
                key: key, digest: Record.digest(of: record),
                copies: records[found.hash]?.copies ?? 0)
        }
        return .dead(dead, next: places.count < limit ? nil : places.last?.place)
    }

    fileprivate mutating func forget(_ key: Key) {
        guard let old = records.removeValue(forKey: key.hash),
            let record = encodings.removeValue(forKey: key.hash)
        else { return }
        file(
            key, from: FiledRecord(copies: old.copies, record: record),
            to: FiledRecord(copies: 0, record: []))
        deaths[key.hash] = nil
        counts.records -= 1
        counts.live -= old.record.liveCount > 0 ? 1 : 0
    }
}

extension DeathPlace {
    fileprivate init(_ time: HybridTimestamp, _ hash: Hash128) {
        self.init(time: time, hash: Int64(bitPattern: hash.high))
    }
}
