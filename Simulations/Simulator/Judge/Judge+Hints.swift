import Primitives
import Replica
import Ring

// Records that nodes keep for others.
extension Judge {
    /// What a coordinated write leaves as a hint, beside its record or instead of it.
    mutating func keepHint(
        _ record: Bytes, _ hints: HintTargets, key: Int, in working: inout Working, _ node: Int
    ) {
        let slot = keys.count + key
        switch hints {
        case .none: return
        case .instead(let targets):
            let place = working.place(of: slot, or: held[node][slot])
            working.entries[place].held.add(targets)
            working.entries[place].least = working.entries[place].held
        case .beside(let targets):
            let place = working.place(of: slot, or: held[node][slot])
            let merge = Hint(key: keys[key], record: record).merge
            apply(merge, to: &working.entries[place].held, key: key, node: node)
            working.entries[place].held.add(targets)
        }
    }

    /// Judges that a hint is forgotten for an owner only where that durably has all it holds.
    mutating func settle(
        _ hint: Hint, for target: Int, in working: inout Working, _ node: Int
    ) {
        guard let key = keyIndex[hint.key.hash] else { return }
        let slot = keys.count + key
        let place = working.place(of: slot, or: held[node][slot])
        check(.hints)
        let settled = hint.record.isEmpty ? SeenRecord() : read(hint.record, key: key, "a hint")
        _ = working.entries[place].least.settle(settled, for: target)
        let kept = working.entries[place].held
        let isWhole = !kept.isUnreadable && !hint.record.isEmpty
        if isWhole, kept.targets.contains(target), kept.record != settled {
            moments.hintsChanged += 1
        }
        guard working.entries[place].held.settle(settled, for: target) else { return }
        var merged = held[target][key].record
        merged.merge(settled)
        guard merged != held[target][key].record, !isTainted[target] else { return }
        // What was removed there needs no copy any more.
        if settled.mayBeDead(in: history), knows(target, key, settled.context) { return }
        find(
            .hints, key: key,
            "n\(node + 1) forgets a hint for n\(target + 1), which does not hold it",
            ["hint: " + describe(settled), "n\(target + 1): " + describe(held[target][key])])
    }

    /// Judges that no hint is left once all owners are back.
    mutating func judgeHints() {
        check(.hints, times: keys.count)
        for node in held.indices {
            for key in keys.indices {
                let kept = held[node][keys.count + key]
                guard kept != Held(), !(kept.isUnreadable && isTainted[node]) else { continue }
                find(
                    .hints, key: key, "n\(node + 1) still keeps a hint after the bound",
                    [describe(kept)])
            }
        }
    }

    /// Whether any hint is kept for a member that is back.
    var hasPendingHints: Bool {
        held.contains { slots in
            slots[keys.count...].contains { !$0.targets.isEmpty }
        }
    }
}

extension Judge.Held {
    /// Forgets a hint for a member where it is what that has; says whether it was.
    mutating func settle(_ settled: SeenRecord, for target: Int) -> Bool {
        guard !isUnreadable else {
            self = Judge.Held()
            return false
        }
        guard targets.contains(target), settled == record else { return false }
        targets.removeAll { $0 == target }
        if targets.isEmpty { self = Judge.Held() }
        return true
    }

    /// Whether a hint may have grown from `least` to `found`, and then not further for want of
    /// room.
    func isGrown(from found: Judge.Held, from least: Judge.Held) -> Bool {
        guard !found.isUnreadable, found.targets.allSatisfy(targets.contains) else { return false }
        var (grown, merged) = (found.record, record)
        grown.merge(least.record)
        merged.merge(found.record)
        return grown == found.record && merged == record
    }

    mutating func add(_ members: [MemberIndex]) {
        for member in members where !targets.contains(Int(member.raw)) {
            targets.append(Int(member.raw))
        }
        targets.sort()
    }
}
