import AntiEntropy
import CSQLite
import Causality
import Primitives
import Replica

/// How far a reply's command has come.
package enum StorePhase: Hashable, Sendable {
    /// A put's record is formed and not durable yet: other replicas may be sent to meanwhile.
    case applied
    /// The reply is final, and what the command wrote is on stable storage.
    case durable
}

extension SQLiteStore {
    /// A reply with the position of its command in the batch.
    package typealias Answer = (index: Int, reply: ReplicaReply)

    /// Carries out all commands in one transaction.
    ///
    /// `report` is called up to three times: with the replies of reads, which are carried out first
    /// and see what was committed before; with the receipts of puts, before the commit; and with
    /// the final replies of all writes, after it.
    package func execute(
        _ batch: [ReplicaCommand], report: (StorePhase, [Answer]) -> Void
    ) {
        var reads: [Answer] = []
        var writes: [Int] = []
        for (index, command) in batch.enumerated() {
            if command.isRead {
                reads.append((index, read(command)))
            } else {
                writes.append(index)
            }
        }
        if !reads.isEmpty {
            report(.durable, reads)
        }
        guard !writes.isEmpty else { return }
        commit(batch, writes, report)
        foldTreesIfDue()
        checkpointIfDue()
    }

    /// The reply of a command that only reads.
    private func read(_ command: ReplicaCommand) -> ReplicaReply {
        do throws(SQLiteError) {
            switch command {
            case .get(let key):
                switch try records.find(key) {
                case .absent: return .record(nil)
                case .row(let content, _): return .record(content.record)
                case .unreadable: return .unreadable
                }
            case .getHint(let key):
                switch try hints.find(key) {
                case .absent: return .record(nil)
                case .row(let row): return .record(row.record)
                case .unreadable: return .unreadable
                }
            case .pageHints(let page): return .hints(try hints.page(page))
            case .count: return .counts(counts)
            case .treeHashes(let nodes):
                return .treeHashes(nodes.map { trees.forest.hash(of: $0) })
            case .leafKeys(let node, let after, let limit):
                return try leafKeys(node, after: after, limit: limit)
            case .getAll(let hashes, let bytesMax):
                return try getAll(hashes, bytesMax: bytesMax)
            case .listDead(let place, let time, let limit):
                return try listDead(after: place, until: time, limit: limit)
            case .digests(let keys): return .digests(try digests(of: keys))
            case .scrub(let command): return .scrubbed(try scrub(command))
            case .recheck(let keys): return .scrubbed(try recheck(keys))
            default: preconditionFailure("a write came to be read")
            }
        } catch {
            return .failed(.failed("cannot read: \(error.summary)"))
        }
    }

    private func commit(
        _ batch: [ReplicaCommand], _ writes: [Int], _ report: (StorePhase, [Answer]) -> Void
    ) {
        if let stopped {
            report(.durable, writes.map { ($0, .failed(stopped.failure)) })
            return
        }
        let before = counts
        do throws(SQLiteError) {
            try transaction.begin.run()
            let (answers, isMarked) = try writeAll(batch, writes)
            if (counts.records, counts.live) != (before.records, before.live) {
                try facts.set(Fact.counts, Fact.encode(counts))
            }
            try trees.keepChanges()
            let receipts = answers.filter { if case .put = $0.reply { true } else { false } }
            if !receipts.isEmpty {
                report(.applied, receipts)
            }
            try transaction.commit.run()
            trees.commit()
            isDiskFull = false
            stopped = isMarked ? SQLiteStore.marked : nil
            report(.durable, answers)
        } catch {
            counts = before
            trees.rollBack()
            let failure = fail(error)
            report(.durable, writes.map { ($0, .failed(failure)) })
        }
    }

    private static let marked = Stop.ended("the clean-shutdown mark was left")

    /// Carries out the writes in their order; those behind a clean-shutdown mark are refused.
    private func writeAll(
        _ batch: [ReplicaCommand], _ writes: [Int]
    ) throws(SQLiteError) -> (answers: [Answer], isMarked: Bool) {
        var answers: [Answer] = []
        answers.reserveCapacity(writes.count)
        var isMarked = false
        for index in writes {
            guard !isMarked else {
                answers.append((index, .failed(SQLiteStore.marked.failure)))
                continue
            }
            answers.append((index, try write(batch[index])))
            if case .markClean = batch[index] {
                isMarked = true
            }
        }
        return (answers, isMarked)
    }

    private func write(_ command: ReplicaCommand) throws(SQLiteError) -> ReplicaReply {
        switch command {
        case .put(let put):
            return try carryOut(put)
        case .merge(let merge):
            return try carryOut(merge)
        case .leaseClock(let bound):
            try facts.set(Fact.lease, Fact.encode(bound.raw))
        case .rememberStart(let name, let start, let past):
            let value = Fact.encode(start, past)
            try facts.set(Fact.startPrefix + name, value)
            try Memory(facts: facts, buckets: buckets, path: options.path).countNames()
        case .setRefill(let state):
            try facts.set(Fact.refill, Fact.encode(state.rawValue))
        case .setBucket(let entry):
            guard try isNews(entry) else { break }
            try buckets.set(Array(entry.name), Fact.encode(entry))
            try Memory(facts: facts, buckets: buckets, path: options.path).countNames()
        case .trustPreviousRun:
            if let run = recovered.cleanRun {
                keeper.minter.trust(previousRun: run)
            }
        case .markStale(_, let known):
            try facts.set(Fact.stale, Fact.encode(known))
        case .markClean(let clock):
            try facts.set(Fact.cleanRun, Fact.encode(UInt64(keeper.minter.run)))
            try facts.set(Fact.lease, Fact.encode(clock.raw))
        case .keepHint(let command):
            return try keepHint(command.hint, for: command.targets)
        case .settleHints(let target, let settled):
            try settle(settled, for: target)
        case .findCopies(let keys):
            return .copies(try copies(of: keys))
        case .reap(let dead, let time):
            return .reaped(try reap(dead, at: time))
        case .mend(let command):
            try mend(command)
        case .get, .getHint, .pageHints, .count, .treeHashes, .leafKeys, .getAll, .listDead,
            .digests, .scrub, .recheck:
            preconditionFailure("a read came to be written")
        }
        return .done
    }

    /// Whether an entry is newer than the stored one; several may be on their way at once.
    private func isNews(_ entry: BucketEntry) throws(SQLiteError) -> Bool {
        let name = Array(entry.name)
        guard let value = try buckets.readable(name), let old = Fact.decodeBucket(name, value)
        else { return true }
        return entry.isNewer(than: old)
    }

    private func carryOut(_ put: PutCommand) throws(SQLiteError) -> ReplicaReply {
        if case .instead(let targets) = put.hints {
            return try putHint(put, for: targets)
        }
        let found = try records.find(put.key)
        let lookup = found.lookup
        let decision = keeper.put(put, found: lookup)
        let reply = try carryOut(decision, put.key, (found, lookup))
        if case .beside(let targets) = put.hints, case .put(let receipt) = reply {
            // What finds no room is left to anti-entropy.
            _ = try keepHint(Hint(key: put.key, record: receipt.record), for: targets)
        }
        return reply
    }

    private func carryOut(_ merge: MergeCommand) throws(SQLiteError) -> ReplicaReply {
        let found = try records.find(merge.key)
        let lookup = found.lookup
        let decision: RecordKeeper.Decision
        do throws(MalformedBytes) {
            decision = try keeper.merge(merge, found: lookup)
        } catch {
            return .failed(.failed("a record that was sent is malformed: \(error.what)"))
        }
        return try carryOut(decision, merge.key, (found, lookup))
    }

    private func carryOut(
        _ decision: RecordKeeper.Decision, _ key: Key,
        _ old: (found: RecordTable.Found, lookup: Lookup)
    ) throws(SQLiteError) -> ReplicaReply {
        let stored: StoredRecord
        let reply: ReplicaReply
        switch decision {
        case .keep(let reply): return reply
        case .write(let changed, let answer): (stored, reply) = (changed, answer)
        }
        let record = stored.encoding(with: reply)
        try records.write(key, stored, record: record, to: old.found.slot)
        if case .unreadable = old.found {
            try trees.repair(key)
        } else {
            let filed = FiledRecord(copies: stored.copies, record: record)
            trees.file(key, from: old.found.filed, to: filed)
        }
        try deaths.move(
            hash: key.rowid, from: old.lookup.deathTime, to: stored.record.deathTime)
        count(stored.record, replacing: old.lookup)
        return reply
    }

    /// Keeps the counts current.
    ///
    /// They may be wrong where a disk falsified something, which must not end the process.
    private func count(_ record: Record, replacing found: Lookup) {
        let isLive: UInt64 = record.liveCount > 0 ? 1 : 0
        switch found {
        case .absent:
            counts.records += 1
            counts.live += isLive
        case .found(let old):
            let wasLive: UInt64 = old.record.liveCount > 0 ? 1 : 0
            counts.live = counts.live + isLive - min(wasLive, counts.live + isLive)
        case .unreadable:
            break
        }
    }
}
