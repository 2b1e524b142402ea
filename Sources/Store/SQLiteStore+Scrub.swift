import AntiEntropy
import Primitives
import Replica
import Ring

// Verifying what is kept before somebody needs it, and putting right what can be put right from
// what is kept itself. Rot is only found by reading: a record that nobody asks for would lose one
// replica after the other without anyone noticing.
extension SQLiteStore {
    /// Verifies the next records or hints.
    func scrub(_ command: ScrubCommand) throws(SQLiteError) -> ScrubPage {
        switch command.place {
        case .records(let first):
            return try scrubRecords(from: first, command)
        case .hints(let after):
            return try skippingDamage(to: .targets(after: nil)) { () throws(SQLiteError) in
                try scrubHints(after: after, command)
            }
        case .targets(let after):
            return try skippingDamage(to: nil) { () throws(SQLiteError) in
                try scrubTargets(after: after, command)
            }
        }
    }

    /// Which of these keys' records still cannot be read.
    func recheck(_ keys: [Key]) throws(SQLiteError) -> ScrubPage {
        var page = ScrubPage()
        for key in keys {
            guard case .row(let content, _) = try records.find(key) else {
                if case .unreadable = try records.find(key) { page.unreadable.append(key) }
                continue
            }
            page.records += 1
            page.bytes += content.record.count
        }
        return page
    }

    private func skippingDamage(
        to next: ScrubPlace?, _ body: () throws(SQLiteError) -> ScrubPage
    ) throws(SQLiteError) -> ScrubPage {
        do throws(SQLiteError) {
            return try body()
        } catch {
            guard error.isCorrupt else { throw error }
            var page = ScrubPage()
            (page.lost, page.next) = (1, next)
            return page
        }
    }

    // MARK: Records

    private func scrubRecords(
        from first: UInt64, _ command: ScrubCommand
    ) throws(SQLiteError) -> ScrubPage {
        let shape = trees.forest.shape
        var span = ScrubSpan(from: first, of: command, shape: shape)
        var look = RecordLook(filing: command.filing, shape: shape)
        var isBroken = false
        var seen: [Int64] = []
        do throws(SQLiteError) {
            try records.scanRows(first...UInt64.max) { rowid, row in
                guard span.takes(UInt64(bitPattern: rowid), bytes: row.count) else {
                    return false
                }
                seen.append(rowid)
                look.take(row, at: rowid)
                return true
            }
        } catch {
            guard error.isCorrupt else { throw error }
            isBroken = true
            look.page.lost += 1
        }
        try verifyPaths(to: seen, &look)
        if let range = span.verified(isBroken: isBroken) {
            for row in try records.collisionRows() {
                look.takeCollision(row.row, under: row.name, in: range)
            }
            look.page.leaves = trees.forest.leaves(differingFrom: look.forest, in: range)
                .filter { !look.unreadable.contains($0) }
        }
        let next = span.next(isBroken: isBroken)
        look.page.next = next.map { .records(from: $0) } ?? .hints(after: nil)
        return look.page
    }

    /// Verifies that the rows which were read in their order are found one by one as well.
    ///
    /// The database's index may lead past a row, or to two of one number; neither shows in a row.
    private func verifyPaths(
        to rowids: [Int64], _ look: inout RecordLook
    ) throws(SQLiteError) {
        var isSound = true
        var last: UInt64?
        for rowid in rowids {
            let hash = UInt64(bitPattern: rowid)
            if let last, hash <= last { isSound = false }
            last = hash
            guard try !records.isFound(rowid) else { continue }
            isSound = false
            look.lose(rowid)
        }
        if !isSound { look.page.lost += 1 }
    }

    // MARK: Hints

    private func scrubHints(
        after key: Key?, _ command: ScrubCommand
    ) throws(SQLiteError) -> ScrubPage {
        var page = ScrubPage()
        let rows = try hints.rows(after: key, limit: command.countMax)
        var last: Key?
        for (name, row) in rows {
            guard let key = Key(canonical: name[...]) else { continue }
            last = key
            guard let hint = HintRow(decoding: row), hint.key == key else {
                // While it is found under a target its delivery reports and forgets it.
                if try !hints.hasTargets(key) { page.hintKeys.append(key) }
                continue
            }
            var isFound = true
            for target in hint.targets where try !hints.isFound(key, under: target) {
                isFound = false
            }
            if isFound { page.hints += 1 } else { page.hintKeys.append(key) }
            page.bytes += hint.record.count
        }
        let isEnd = rows.count < command.countMax || last == nil
        page.next = isEnd ? .targets(after: nil) : .hints(after: last)
        return page
    }

    private func scrubTargets(
        after place: HintTarget?, _ command: ScrubCommand
    ) throws(SQLiteError) -> ScrubPage {
        var page = ScrubPage()
        let entries = try hints.targets(after: place, limit: command.countMax)
        var last: HintTarget?
        for (number, name) in entries {
            guard let raw = UInt16(exactly: number), let key = Key(canonical: name[...]) else {
                continue
            }
            last = HintTarget(member: MemberIndex(raw), key: key)
            switch try hints.find(key) {
            case .row(let row) where row.targets.contains(MemberIndex(raw)): break
            case .row, .absent: page.hintKeys.append(key)
            case .unreadable: break
            }
        }
        guard entries.count == command.countMax, let last else { return page }
        page.next = .targets(after: last)
        return page
    }

    // MARK: Mending

    /// Puts right what follows from other things that are kept.
    func mend(_ command: MendCommand) throws(SQLiteError) {
        switch command {
        case .leaves(let leaves):
            for leaf in leaves { try trees.repair(leaf) }
        case .hints(let keys):
            for key in keys { try mendIndex(of: key) }
            // What damage did to the counts is not known.
            (counts.hints, counts.hintBytes) = try hints.tally()
        case .refile(let filings):
            for filing in filings { try refile(filing.key, in: filing.copies) }
        }
    }

    private func refile(_ key: Key, in copies: UInt8) throws(SQLiteError) {
        let found = try records.find(key)
        guard case .found(var stored) = found.lookup, case .row(let content, let slot) = found,
            stored.copies != copies
        else { return }
        stored.copies = copies
        try records.write(key, stored, record: content.record, to: slot)
        trees.file(
            key, from: found.filed, to: FiledRecord(copies: copies, record: content.record))
    }

    private func mendIndex(of key: Key) throws(SQLiteError) {
        switch try hints.find(key) {
        case .row(let row):
            try hints.removeTargets(of: key)
            try hints.write(row.encoded(), of: key, for: row.targets)
        case .absent:
            try hints.removeTargets(of: key)
        case .unreadable:
            // Nobody can deliver it, and nobody would report it.
            if try !hints.hasTargets(key) { try hints.remove(key) }
        }
    }
}

/// What is seen of records while a page of them is read.
private struct RecordLook {
    var page = ScrubPage()
    /// The trees of what was read.
    var forest: MerkleForest
    /// The leaves of records that cannot be read.
    var unreadable: Set<TreeLeaf> = []
    private let filing: FilingRule
    /// The keys of the records that were read, and their sizes.
    private var taken: [Int64: (key: Key, bytes: Int)] = [:]

    init(filing: FilingRule, shape: TreeShape) {
        self.filing = filing
        forest = MerkleForest(shape: shape)
    }

    mutating func take(_ row: [UInt8], at rowid: Int64) {
        guard let content = Row.decode(row), let key = Key(canonical: content.key),
            key.rowid == rowid
        else { return miss(Row.key(inHead: row), at: rowid) }
        taken[rowid] = (key, content.record.count)
        take(content, of: key)
    }

    /// A record that was read is not found where it is looked for.
    mutating func lose(_ rowid: Int64) {
        guard let (key, bytes) = taken.removeValue(forKey: rowid) else { return }
        page.records -= 1
        page.bytes -= bytes
        page.misfiled.removeAll { $0 == key }
        miss(key, at: rowid)
    }

    mutating func takeCollision(
        _ row: [UInt8], under name: [UInt8], in range: ClosedRange<UInt64>
    ) {
        guard let key = Key(canonical: name[...]), range.contains(key.hash.high) else { return }
        guard let content = Row.decode(row), content.key.elementsEqual(name)
        else { return miss(key, at: key.rowid) }
        take(content, of: key)
    }

    private mutating func take(_ content: Row.Content, of key: Key) {
        page.records += 1
        page.bytes += content.record.count
        let filed = FiledRecord(copies: content.copies, record: content.record)
        if let change = forest.change(filing: filed, under: key.hash) { forest.apply(change) }
        if content.copies != filing.copies(of: key) { page.misfiled.append(key) }
    }

    private mutating func miss(_ key: Key?, at rowid: Int64) {
        // The others find out what is missing here once the leaf does not claim it any more.
        guard let key, key.rowid == rowid else {
            page.unnamed += 1
            return
        }
        page.unreadable.append(key)
        unreadable.insert(forest.shape.treeLeaf(of: key.hash.high))
    }
}
