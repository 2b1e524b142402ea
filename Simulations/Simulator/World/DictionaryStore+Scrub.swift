import AntiEntropy
import Primitives
import Replica
import Ring

// Scrubbing where nothing is ever damaged: all that can be found is a record filed under another n.
extension DictionaryStore.Content {
    func scrub(_ command: ScrubCommand) -> ScrubPage {
        switch command.place {
        case .records(let first): return scrubRecords(from: first, command)
        case .hints(let after): return scrubHints(after: after, command)
        case .targets(let after): return scrubTargets(after: after, command)
        }
    }

    func recheck(_ names: [Key]) -> ScrubPage {
        var page = ScrubPage()
        for name in names {
            guard let row = rows[name.hash] else { continue }
            page.records += 1
            page.bytes += row.encoding.count
        }
        return page
    }

    private func scrubRecords(from first: UInt64, _ command: ScrubCommand) -> ScrubPage {
        var page = ScrubPage()
        var span = ScrubSpan(from: first, of: command, shape: trees.shape)
        // order-free: sorted by hash right here.
        let found = rows.filter { $0.key.high >= first }.sorted { $0.key < $1.key }
        for (hash, row) in found {
            // As many bytes as its row takes in the real store.
            let bytes = 9 + 8 + 2 + row.key.canonical.count + 1 + row.encoding.count
            guard span.takes(hash.high, bytes: bytes) else { break }
            page.records += 1
            page.bytes += row.encoding.count
            if row.stored.copies != command.filing.copies(of: row.key) {
                page.misfiled.append(row.key)
            }
        }
        page.next = span.next(isBroken: false).map { .records(from: $0) } ?? .hints(after: nil)
        return page
    }

    private func scrubHints(after key: Key?, _ command: ScrubCommand) -> ScrubPage {
        var page = ScrubPage()
        // order-free: sorted by key right here.
        let all = hints.values.sorted { $0.key.isBefore($1.key) }
        let found = all.filter { hint in key.map { $0.isBefore(hint.key) } ?? true }
            .prefix(command.countMax)
        page.hints = found.count
        page.bytes = found.reduce(0) { $0 + $1.encoding.count }
        let isEnd = found.count < command.countMax
        page.next = isEnd ? .targets(after: nil) : .hints(after: found.last?.key)
        return page
    }

    private func scrubTargets(after place: HintTarget?, _ command: ScrubCommand) -> ScrubPage {
        var page = ScrubPage()
        // order-free: sorted right here.
        let all = hints.values.flatMap { hint in
            hint.targets.map { HintTarget(member: $0, key: hint.key) }
        }.sorted { $0.isBefore($1) }
        let found = all.filter { entry in place.map { $0.isBefore(entry) } ?? true }
            .prefix(command.countMax)
        guard found.count == command.countMax, let last = found.last else { return page }
        page.next = .targets(after: last)
        return page
    }

    mutating func mend(_ command: MendCommand) {
        guard case .refile(let filings) = command else { return }
        for (key, copies) in filings {
            guard let old = rows[key.hash], old.stored.copies != copies else { continue }
            var new = old
            new.stored.copies = copies
            rows[key.hash] = new
            file(key, from: old.filed, to: new.filed)
        }
    }
}

extension Key {
    fileprivate func isBefore(_ other: Key) -> Bool {
        canonical.lexicographicallyPrecedes(other.canonical)
    }
}

extension HintTarget {
    fileprivate func isBefore(_ other: HintTarget) -> Bool {
        member == other.member ? key.isBefore(other.key) : member.raw < other.member.raw
    }
}
