import Primitives
import Replica

// What must hold after a start, and when everything is over.
extension Judge {
    /// Judges what a node found on its disk when it started.
    mutating func judge(startOf node: Int, peek: (StoredPlace) -> StoredState) {
        let doubt = inDoubt[node].take()
        unreported[node] = Unreported()
        reapedHere[node] = [:]
        var expected = held[node]
        var after = expected
        for entry in doubt?.after ?? [] { after[entry.slot] = entry.held }
        var isThere = false
        var isGone = false
        for slot in held[node].indices {
            check(.restart)
            let found = look(at: slot, on: node, peek)
            held[node][slot] = found
            guard !isFalsified[node] else { continue }
            if expected[slot] != after[slot] {
                isThere = isThere || found == after[slot]
                // A hint for which there was no room is missing from what is there.
                isGone = isGone || found == expected[slot] && (slot < keys.count || !hasFewHints)
                if found == after[slot] { expected[slot] = after[slot] }
            }
            guard found != expected[slot] else { continue }
            find(
                .restart, key: slot % keys.count,
                "n\(node + 1) starts with something else than it made durable",
                ["found: " + describe(found), "durable: " + describe(expected[slot])])
        }
        if isThere, isGone {
            find(.restart, "n\(node + 1) kept a part of a transaction")
        }
    }

    /// Judges the Merkle trees of a node, given in what they differ from a rebuild.
    ///
    /// A record that damage took away is still in the sums of its tree.
    mutating func judge(treesOf node: Int, difference: String?) {
        check(.trees)
        guard let difference, !isFalsified[node] else { return }
        find(.trees, "the trees of n\(node + 1) do not follow its records: \(difference)")
    }

    /// What all of a key's owners hold together.
    func union(of key: Int) -> SeenRecord {
        var merged = SeenRecord()
        for node in owners[key] where !held[node][key].isUnreadable {
            merged.merge(held[node][key].record)
        }
        return merged
    }

    /// Keys whose owners among `nodes` hold different records.
    func divergentKeys(among nodes: [Int]) -> [Int] {
        keys.indices.filter { key in
            let holders = owners[key].filter { nodes.contains($0) }
            guard let first = holders.first(where: { !held[$0][key].isUnreadable }) else {
                return !holders.isEmpty
            }
            return holders.contains { node in
                settled(node, key) != settled(first, key)
                    && !(isBesideDamage(key, node) && settled(first, key) == Held())
            }
        }
    }

    /// A key that nobody wrote, which a damaged neighbour on a falsified disk makes unreadable:
    /// there is nothing to repair it with.
    private func isBesideDamage(_ key: Int, _ node: Int) -> Bool {
        held[node][key].isUnreadable && isTainted[node]
    }

    /// Judges agreement once it is due.
    mutating func judgeConvergence() {
        check(.convergence, times: keys.count)
        for key in divergentKeys(among: Array(0..<world.nodes)) {
            let records = owners[key].map { "n\($0 + 1): " + describe(held[$0][key]) }
            find(.convergence, key: key, "replicas still differ after the bound", records)
        }
    }

    /// Judges what became of every operation in the end.
    mutating func judgeEnd() {
        var writes: [[Int]] = Array(repeating: [], count: keys.count)
        for index in history.indices where history[index].kind != .get {
            writes[history[index].key].append(index)
        }
        for key in keys.indices { judgeEnd(of: key, writes: writes[key]) }
    }

    private mutating func judgeEnd(of key: Int, writes: [Int]) {
        var final = union(of: key)
        checkMinted(final, key: key, "in the end")
        judge(returnOf: final, key: key, "in the end")
        // Removed tombstones are as good as there.
        final.context = whole(final.context, of: key)
        // What any applied write saw, all together: seen sets are downward closed.
        var covered = SeenVector()
        for write in writes {
            for dot in history[write].dots where final.context.covers(dot.dot) {
                covered.join(dot.seen)
            }
        }
        for write in writes { judge(write, key, final, covered) }
        check(.noFalseConflict)
        for version in final.versions where covered.covers(version.dot) {
            find(
                .noFalseConflict, key: key,
                "a sibling is left though another write saw it",
                version.operation.map { [describe($0)] } ?? [])
        }
        judgeDeletes(writes, key, final)
        judgeRetries(writes, key, final, covered)
    }

    /// What some write saw under one dot is not back under another.
    ///
    /// A record remembers so many operations for so long; where more may have been forgotten
    /// nothing is promised.
    private mutating func judgeRetries(
        _ writes: [Int], _ key: Int, _ final: SeenRecord, _ covered: SeenVector
    ) {
        let named = writes.count { history[$0].hasOperationID }
        guard named <= SeenRecord.overwrittenMax, !watchesAges, !isTainted.contains(true) else {
            return
        }
        for version in final.versions where !version.id.isEmpty {
            check(.noFalseConflict)
            guard let write = version.operation,
                let seen = history[write].dots.first(where: { covered.covers($0.dot) })
            else { continue }
            let isDelete = writes.contains { other in
                history[other].kind == .delete
                    && history[other].dots.contains { $0.seen.covers(seen.dot) }
            }
            find(
                isDelete ? .noResurrection : .noFalseConflict, key: key,
                "a retry brought back under dot \(version.dot) what was overwritten before",
                [describe(write), "in the end: " + describe(final)])
        }
    }

    private mutating func judge(
        _ write: Int, _ key: Int, _ final: SeenRecord, _ covered: SeenVector
    ) {
        let entry = history[write]
        let applied = entry.dots.filter { final.context.covers($0.dot) }
        let isVisible = final.versions.contains { $0.operation == write }
        if entry.outcome == .refused {
            check(.replies)
            if !entry.dots.isEmpty {
                find(.replies, key: key, "a refused write was written", [describe(write)])
            }
        }
        if entry.outcome == .done, !world.isOverBudget {
            check(.durability)
            if applied.isEmpty {
                find(
                    .durability, key: key, "an acknowledged write is lost",
                    [describe(write), "in the end: " + describe(final)])
                return
            }
        }
        guard !applied.isEmpty else { return }
        check(.frontier)
        let isCovered = applied.contains { covered.covers($0.dot) }
        let isReaped = applied.contains { reaped[key].dots.contains($0.dot) }
        guard !isVisible, !isCovered, !isReaped else { return }
        find(
            entry.outcome == .done ? .durability : .frontier, key: key,
            "a write is gone though no other write saw it",
            [describe(write), "in the end: " + describe(final)])
    }

    /// What an acknowledged delete covered is gone.
    private mutating func judgeDeletes(_ writes: [Int], _ key: Int, _ final: SeenRecord) {
        for write in writes
        where history[write].kind == .delete && history[write].outcome == .done {
            check(.noResurrection)
            // Without its tombstone it may come back from a disk that lied.
            let mayReturn = isTainted.contains(true)
            for dot in history[write].dots
            where !(mayReturn && reaped[key].dots.contains(dot.dot)) {
                for version in final.versions where dot.seen.covers(version.dot) {
                    find(
                        .noResurrection, key: key, "a deleted version is back",
                        [describe(write)] + (version.operation.map { [describe($0)] } ?? []))
                }
            }
        }
    }
}
