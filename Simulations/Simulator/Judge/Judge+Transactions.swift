import Causality
import Primitives
import Replica
import Ring

/// How a transaction ended.
enum TransactionEnd {
    /// It is durable.
    case committed
    /// It was rolled back.
    case rolledBack
    /// The process died, or a sync failed: it is there or not.
    case inDoubt
}

// What every transaction should have made of what the node held.
extension Judge {
    /// Judges one transaction.
    ///
    /// - Parameters:
    ///   - receipts: what became of writes by their place in the batch, as far as it matters:
    ///     receipts of puts, formed before the commit, and refusals.
    ///   - peek: what lies in a place now.
    mutating func judge(
        transaction batch: [ReplicaCommand], receipts: [(index: Int, reply: ReplicaReply)],
        of node: Int, end: TransactionEnd, peek: (StoredPlace) -> StoredState
    ) {
        var working = Working(end: end)
        var nextReceipt = 0
        for (index, command) in batch.enumerated() {
            while nextReceipt < receipts.count, receipts[nextReceipt].index < index {
                nextReceipt += 1
            }
            let isNext = nextReceipt < receipts.count && receipts[nextReceipt].index == index
            apply(command, isNext ? receipts[nextReceipt].reply : nil, to: &working, node)
        }
        conclude(working, node, end, peek)
        guard end == .committed else { return }
        for command in batch {
            if case .rememberStart(let name, let start, _) = command {
                remember(start, of: name, by: node)
            }
        }
    }

    /// What a transaction changes, by slot.
    struct Working {
        let end: TransactionEnd
        /// Records that are reaped.
        var removals: [Removal] = []
        /// What a slot should hold, and what it does where no hint found room to grow.
        var entries: [(slot: Int, held: Held, least: Held)] = []

        /// Where a slot's entry is; it begins with what the node holds.
        mutating func place(of slot: Int, or held: @autoclosure () -> Held) -> Int {
            for (place, entry) in entries.enumerated() where entry.slot == slot { return place }
            let held = held()
            entries.append((slot, held, held))
            return entries.count - 1
        }
    }

    /// Works out what one command makes of what the node holds.
    private mutating func apply(
        _ command: ReplicaCommand, _ reply: ReplicaReply?, to working: inout Working, _ node: Int
    ) {
        switch command {
        case .put(let put):
            guard let key = keyIndex[put.key.hash], let reply else { return }
            var slot = key
            if case .instead = put.hints { slot += keys.count }
            let place = working.place(of: slot, or: held[node][slot])
            apply(put, reply, to: &working.entries[place].held, key: key, node: node)
            working.entries[place].least = working.entries[place].held
            if case .put(let receipt) = reply {
                keepHint(receipt.record, put.hints, key: key, in: &working, node)
            }
        case .merge(let merge):
            guard let key = keyIndex[merge.key.hash] else { return }
            let place = working.place(of: key, or: held[node][key])
            let before = working.entries[place].held
            guard !isReaped(merge, reply, held: before, working.end, at: (key, node)) else {
                return
            }
            apply(merge, to: &working.entries[place].held, key: key, node: node)
        case .reap(let dead, let time):
            apply(dead, at: time, to: &working, node)
        case .keepHint(let command):
            guard let key = keyIndex[command.hint.key.hash] else { return }
            if case .hintRefused? = reply { return }
            let slot = keys.count + key
            let place = working.place(of: slot, or: held[node][slot])
            let merge = command.hint.merge
            apply(merge, to: &working.entries[place].held, key: key, node: node)
            apply(merge, to: &working.entries[place].least, key: key, node: node)
            working.entries[place].held.add(command.targets)
            working.entries[place].least.add(command.targets)
        case .mend(.refile(let filings)):
            // Filed elsewhere, and nothing else.
            for filing in filings {
                guard let key = keyIndex[filing.key.hash] else { continue }
                _ = working.place(of: key, or: held[node][key])
            }
        case .settleHints(let target, let hints):
            for hint in hints { settle(hint, for: Int(target.raw), in: &working, node) }
        default:
            return
        }
    }

    private mutating func conclude(
        _ working: Working, _ node: Int, _ end: TransactionEnd, _ peek: (StoredPlace) -> StoredState
    ) {
        switch end {
        case .inDoubt:
            // What comes after a failed transaction is not even tried.
            guard inDoubt[node] == nil else { return }
            var doubt = InDoubt()
            for entry in working.entries {
                doubt.before.append((entry.slot, held[node][entry.slot]))
                doubt.after.append((entry.slot, entry.held))
            }
            inDoubt[node] = doubt
            judge(working.removals, of: node)
        case .rolledBack:
            for entry in working.entries {
                let before = held[node][entry.slot]
                compare(node, entry.slot, before, least: before, peek)
            }
        case .committed:
            for entry in working.entries {
                unreported[node].before.append((entry.slot, held[node][entry.slot]))
                compare(node, entry.slot, entry.held, least: entry.least, peek)
            }
            judge(working.removals, of: node)
        }
    }

    /// What a node durably holds in a slot as far as its store has said.
    func reported(_ node: Int, _ slot: Int) -> Held {
        let latest = unreported[node]
        guard latest.reportAt > now else { return held[node][slot] }
        return latest.before.first { $0.slot == slot }?.held ?? held[node][slot]
    }

    /// Compares what lies in a slot with what should, and believes what lies there.
    private mutating func compare(
        _ node: Int, _ slot: Int, _ expected: Held, least: Held,
        _ peek: (StoredPlace) -> StoredState
    ) {
        let found = look(at: slot, on: node, peek)
        if held[node][slot].isUnreadable, !found.isUnreadable, found != Held() {
            moments.unreadableRepaired += 1
        }
        held[node][slot] = found
        guard found != expected, !isFalsified[node] else { return }
        // A hint beside a record is kept only where there is room for it.
        if slot >= keys.count, hasFewHints, expected.isGrown(from: found, from: least) { return }
        let evidence = ["held: " + describe(found), "should be: " + describe(expected)]
        let what = slot >= keys.count ? "keeps another hint" : "holds something else"
        let text = "n\(node + 1) \(what) after a transaction than it should"
        find(oracle(for: found, expected), key: slot % keys.count, text, evidence)
    }

    /// Whether nodes may run out of room for hints.
    var hasFewHints: Bool { world.node.hintBytesMax < NodeKnobs().hintBytesMax }

    /// What a node holds in a slot.
    mutating func look(at slot: Int, on node: Int, _ peek: (StoredPlace) -> StoredState) -> Held {
        let key = slot % keys.count
        switch peek(StoredPlace(key: keys[key], isHint: slot >= keys.count)) {
        case .absent: return Held()
        case .unreadable: return Held(isUnreadable: true)
        case .record(let bytes):
            heldRecords[key].insert(Digest.of(bytes))
            let record = read(bytes, key: key, "on n\(node + 1)")
            judge(returnOf: record, key: key, "n\(node + 1)")
            if record.mayBeDead(in: history) { deadRecords[Record.digest(of: bytes)] = record }
            return Held(record: record)
        case .hint(let bytes, let targets):
            heldRecords[key].insert(Digest.of(bytes))
            let record = read(bytes, key: key, "in a hint on n\(node + 1)")
            return Held(record: record, targets: targets.map { Int($0.raw) })
        }
    }

    /// Which promise a difference breaks: something that should be there is not, something is there
    /// that should not be.
    func oracle(for found: Held, _ expected: Held) -> Oracle {
        guard !found.isUnreadable else { return .provenance }
        let isMissing = expected.record.versions.contains { version in
            !found.record.versions.contains { $0.dot == version.dot }
        }
        if isMissing { return .noFalseOverwrite }
        let isAlike = found.record.says(expected.record)
        if isAlike, found.record.versions.map(\.expiry) != expected.record.versions.map(\.expiry) {
            return .expiry
        }
        let isExtra = found.record.versions.count > expected.record.versions.count
        return isExtra ? .noFalseConflict : .noFalseOverwrite
    }

    func describe(_ held: Held) -> String {
        guard !held.isUnreadable else { return "unreadable" }
        guard !held.targets.isEmpty else { return describe(held.record) }
        return describe(held.record) + " for "
            + held.targets.map { "n\($0 + 1)" }.joined(separator: ",")
    }

    // MARK: Puts

    private mutating func apply(
        _ put: PutCommand, _ reply: ReplicaReply, to held: inout Held, key: Int, node: Int
    ) {
        let (author, isGenuine) = author(put.version.value, put.version.operation, key: key)
        check(.provenance)
        guard let author, isGenuine else {
            find(.provenance, key: key, "n\(node + 1) coordinates a write that nobody asked for")
            return
        }
        switch reply {
        case .put(let receipt):
            take(receipt, author, put.conflict, to: &held, at: Place(key: key, node: node))
        case .refused(let refusal):
            judge(refusal, author, put, held, key: key)
        case .unreadable where !held.isUnreadable && !isTainted[node]:
            find(.provenance, key: key, "n\(node + 1) calls a good record unreadable")
        default:
            break
        }
    }

    private mutating func take(
        _ receipt: PutReceipt, _ author: Int, _ conflict: ConflictResolution,
        to held: inout Held, at place: Place
    ) {
        let (key, node) = (place.key, place.node)
        let after = read(receipt.record, key: key, "put at n\(node + 1)")
        putRecords[key].insert(Digest.of(receipt.record))
        if held.isUnreadable, !isTainted[node] {
            find(.provenance, key: key, "n\(node + 1) writes over an unreadable record")
        }
        let before = held.record
        held = Held(record: after, targets: held.targets)
        allow(after, author, conflict)
        guard !receipt.isRepeated else {
            if after.hasOverwritten(author) { overwrittenRetried += 1 }
            check(.noFalseOverwrite)
            guard after != before, !isTainted[node] else { return }
            find(.noFalseOverwrite, key: key, "a repeated put at n\(node + 1) changed the record")
            return
        }
        guard
            let version = after.versions.first(where: { version in
                version.operation == author
                    && !before.versions.contains { $0.dot == version.dot }
            })
        else {
            find(
                .acknowledgement, key: key, "a put at n\(node + 1) left no version",
                [describe(author), describe(after)])
            return
        }
        check(.bounds)
        if conflict == .siblings, after.versions.count > world.node.siblingsMax {
            find(
                .bounds, key: key, "a put left \(after.versions.count) siblings",
                [describe(author)])
        }
        if before.context.entries.isEmpty, !reaped[key].dots.isEmpty { recreated += 1 }
        mint(version, author, key: key, node: node)
        judge(expiryOf: version, author, key: key, node: node)
        let seen = effectiveSeen(author, version, before, conflict)
        expiredCovered += before.versions.count { old in
            old.expiry > 0 && old.expiry <= version.timestamp && seen.covers(old.dot)
        }
        moments.count(
            before.versions.count { seen.covers($0.dot) },
            isDelete: history[author].kind == .delete)
        history[author].dots.append((version.dot, seen))
        var expected = before
        expected.put(version, seen: seen)
        judge(put: after, before: before, expected: expected, by: author, at: place)
    }

    /// Judges when a new version expires: as long after its timestamp as its client asked.
    private mutating func judge(
        expiryOf version: SeenVersion, _ author: Int, key: Int, node: Int
    ) {
        check(.expiry)
        let due = history[author].ttlMilliseconds.map { version.timestamp + $0 << 16 } ?? 0
        guard version.expiry != due else { return }
        find(
            .expiry, key: key,
            "a put at n\(node + 1) left a version that expires at another time than it should",
            [describe(author), "expires: \(version.expiry >> 16), should: \(due >> 16)"])
    }

    /// Where something happens.
    private struct Place {
        let key: Int
        let node: Int
    }

    /// Judges a put's record against what the model makes of the one before.
    private mutating func judge(
        put after: SeenRecord, before: SeenRecord, expected: SeenRecord, by author: Int,
        at place: Place
    ) {
        check(.noFalseOverwrite)
        check(.noFalseConflict)
        claimed[place.key].join(after.context)
        guard after != expected, !isTainted[place.node] else { return }
        find(
            oracle(for: Held(record: after), Held(record: expected)), key: place.key,
            "a put at n\(place.node + 1) made something else of the record than it should",
            [
                describe(author), "before: " + describe(before),
                "after: " + describe(after), "should be: " + describe(expected),
            ])
    }

    /// Remembers a new dot; judges that it never was one, and that nobody claims to have seen it.
    private mutating func mint(_ version: SeenVersion, _ author: Int, key: Int, node: Int) {
        check(.dotUniqueness)
        let dot = version.dot
        if let other = dots[DotOfKey(key: key, dot: dot)] {
            find(
                .dotUniqueness, key: key, "n\(node + 1) minted dot \(dot) twice",
                [describe(other), describe(author)])
        } else if claimed[key].covers(dot) {
            find(
                .noFalseOverwrite, key: key,
                "n\(node + 1) minted dot \(dot), which some context covers already",
                [describe(author)])
        }
        dots[DotOfKey(key: key, dot: dot)] = author
        minted[key].join(dot)
    }

    /// What a write saw: what its client says, or for an overwrite what its coordinator knew; in a
    /// `lastWriteWins` bucket also all that it is newer than.
    private func effectiveSeen(
        _ author: Int, _ version: SeenVersion, _ before: SeenRecord,
        _ conflict: ConflictResolution
    ) -> SeenVector {
        var seen = history[author].seen ?? before.context
        let isNewest = before.versions.allSatisfy { $0.timestamp <= version.timestamp }
        if conflict == .lastWriteWins, isNewest { seen.join(before.context) }
        return seen
    }

    /// Notes which context a write's answer may carry: one that covers no version its client has
    /// not seen.
    private mutating func allow(
        _ after: SeenRecord, _ author: Int, _ conflict: ConflictResolution
    ) {
        let shown = conflict == .lastWriteWins ? after.newestOnly() : after
        guard shown.versions.count == 1, shown.versions[0].operation == author else { return }
        givable[author, default: []].append(after.context)
    }

    private mutating func judge(
        _ refusal: PutRefusal, _ author: Int, _ put: PutCommand, _ held: Held, key: Int
    ) {
        guard case .tooManySiblings = refusal else { return }
        check(.bounds)
        let seen = history[author].seen ?? held.record.context
        let left = held.record.versions.count { !seen.covers($0.dot) }
        guard left + 1 <= world.node.siblingsMax else { return }
        find(
            .bounds, key: key, "a put was refused though it would leave \(left + 1) siblings",
            [describe(author)])
    }

    // MARK: Merges

    mutating func apply(
        _ merge: MergeCommand, to held: inout Held, key: Int, node: Int
    ) {
        let incoming = read(merge.record, key: key, "sent to n\(node + 1)")
        checkMinted(incoming, key: key, "sent to n\(node + 1)")
        check(.noFalseOverwrite)
        if held.isUnreadable {
            guard merge.isComplete else { return }
            held = Held(record: incoming)
        } else {
            held.record.merge(incoming)
        }
    }
}
