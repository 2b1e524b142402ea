import Primitives
import Replica
import Ring

/// A record that is kept for others.
struct KeptHint {
    let key: Key
    var stored: StoredRecord
    var encoding: Bytes
    var targets: [MemberIndex]

    /// How many bytes it takes in the real store.
    var bytes: UInt64 {
        UInt64(9 + 8 + 2 + 2 * targets.count + 2 + key.canonical.count + encoding.count)
    }
}

// Hints as the real store keeps them.
extension DictionaryStore {
    func putHint(_ put: PutCommand, for targets: [MemberIndex]) -> ReplicaReply {
        carryOut(
            keeper.putHint(put, for: targets, found: findHint(put.key)), put.key, for: targets)
    }

    func keepHint(_ hint: Hint, for targets: [MemberIndex]) -> ReplicaReply {
        let found = findHint(hint.key)
        guard let decision = try? keeper.keepHint(hint, for: targets, found: found) else {
            return .failed(.failed("a record that was sent is malformed"))
        }
        return carryOut(decision, hint.key, for: targets)
    }

    private func findHint(_ key: Key) -> FoundHint {
        guard let kept = content.hints[key.hash] else { return FoundHint(.absent, for: []) }
        return FoundHint(.found(kept.stored), for: kept.targets)
    }

    private func carryOut(
        _ decision: RecordKeeper.Decision, _ key: Key, for targets: [MemberIndex]
    ) -> ReplicaReply {
        switch decision {
        case .keep(let reply): return reply
        case .write(let stored, let reply):
            let record = stored.encoding(with: reply)
            return write(stored, record, key, for: targets) ? reply : .hintRefused
        }
    }

    private func write(
        _ stored: StoredRecord, _ record: Bytes, _ key: Key, for targets: [MemberIndex]
    ) -> Bool {
        let old = content.hints[key.hash]
        let added = targets.filter { !(old?.targets.contains($0) ?? false) }
        let kept = KeptHint(
            key: key, stored: stored, encoding: record,
            targets: ((old?.targets ?? []) + added).sorted())
        let bytes = content.counts.hintBytes - (old?.bytes ?? 0) + kept.bytes
        guard bytes <= UInt64(hintBytesMax) || bytes <= content.counts.hintBytes else {
            return false
        }
        content.hints[key.hash] = kept
        content.counts.hintBytes = bytes
        content.counts.hints += UInt64(added.count)
        return true
    }
}

extension DictionaryStore.Content {
    /// What lies in a place.
    func peek(_ place: StoredPlace) -> StoredState {
        guard place.isHint else {
            return rows[place.key.hash].map { .record($0.encoding) } ?? .absent
        }
        return hints[place.key.hash].map { .hint($0.encoding, targets: $0.targets) } ?? .absent
    }

    /// Some of the hints for a member.
    func page(_ command: HintPageCommand) -> HintPage {
        let after = command.after?.canonical ?? []
        // order-free: sorted by key right here.
        let kept = hints.values
            .filter {
                $0.targets.contains(command.target)
                    && after.lexicographicallyPrecedes($0.key.canonical)
            }
            .sorted { $0.key.canonical.lexicographicallyPrecedes($1.key.canonical) }
        var (page, bytes): ([Hint], Int) = ([], 0)
        for hint in kept where page.count < command.countMax && bytes < command.bytesMax {
            page.append(Hint(key: hint.key, record: hint.encoding))
            bytes += hint.encoding.count
        }
        let isFull = page.count >= command.countMax || bytes >= command.bytesMax
        return HintPage(hints: page, next: isFull ? page.last?.key : nil)
    }

    /// Forgets a hint for a member if it still is exactly what that has.
    mutating func settle(_ hint: Hint, for target: MemberIndex) {
        guard var kept = hints[hint.key.hash], kept.encoding == hint.record,
            kept.targets.contains(target)
        else { return }
        counts.hints -= 1
        counts.hintBytes -= kept.bytes
        kept.targets.removeAll { $0 == target }
        hints[hint.key.hash] = kept.targets.isEmpty ? nil : kept
        if !kept.targets.isEmpty { counts.hintBytes += kept.bytes }
    }
}
