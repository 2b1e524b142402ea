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
            if let reply = read(command) {
                reads.append((index, reply))
            } else {
                writes.append(index)
            }
        }
        if !reads.isEmpty {
            report(.durable, reads)
        }
        guard !writes.isEmpty else { return }
        commit(batch, writes, report)
        if logPages.pointee >= options.checkpointPages {
            connection.checkpoint()
        }
    }

    /// The reply of a command that only reads; nil for the others.
    private func read(_ command: ReplicaCommand) -> ReplicaReply? {
        switch command {
        case .get(let key):
            do throws(SQLiteError) {
                switch try records.find(key) {
                case .absent: return .record(nil)
                case .row(let content, _): return .record(content.record)
                case .unreadable: return .unreadable
                }
            } catch {
                return .failed(.failed("cannot read: \(error.message)"))
            }
        case .count: return .counts(counts)
        default: return nil
        }
    }

    private func commit(
        _ batch: [ReplicaCommand], _ writes: [Int], _ report: (StorePhase, [Answer]) -> Void
    ) {
        if let stopped {
            report(.durable, writes.map { ($0, .failed(stopped)) })
            return
        }
        let before = counts
        do throws(SQLiteError) {
            try connection.run("BEGIN IMMEDIATE")
            var answers: [Answer] = []
            for index in writes {
                answers.append((index, try write(batch[index])))
            }
            if counts != before {
                try facts.set(Fact.counts, Fact.encode(counts))
            }
            let receipts = answers.filter { if case .put = $0.reply { true } else { false } }
            if !receipts.isEmpty {
                report(.applied, receipts)
            }
            try connection.run("COMMIT")
            if batch.contains(where: { if case .markClean = $0 { true } else { false } }) {
                stopped = .failed("the clean-shutdown mark was left")
            }
            report(.durable, answers)
        } catch {
            counts = before
            let failure = fail(error)
            report(.durable, writes.map { ($0, .failed(failure)) })
        }
    }

    /// A transaction failed and is rolled back: the run ends, since its dots may be known
    /// elsewhere.
    ///
    /// A full disk is tried again; after any other failure nothing is written any more, because
    /// what the disk holds is not known.
    private func fail(_ error: SQLiteError) -> StoreFailure {
        try? connection.run("ROLLBACK")
        keeper.minter.endRun(next: drawRun())
        guard !error.isFull else { return .full }
        let failure = StoreFailure.failed("\(error.message) (SQLite error \(error.code))")
        stopped = failure
        return failure
    }

    /// A random run number, not the present one.
    private func drawRun() -> UInt32 {
        var run = keeper.minter.run
        while run == keeper.minter.run {
            run = UInt32(truncatingIfNeeded: random.next() >> 32)
        }
        return run
    }

    private func write(_ command: ReplicaCommand) throws(SQLiteError) -> ReplicaReply {
        switch command {
        case .put(let put):
            let found = try records.find(put.key)
            let lookup = found.lookup
            let decision = keeper.put(put, found: lookup)
            return try carryOut(decision, put.key, (found.slot, lookup))
        case .merge(let merge):
            return try carryOut(merge)
        case .leaseClock(let bound):
            try facts.set(Fact.lease, Fact.encode(bound.raw))
        case .rememberStart(let name, let start):
            try facts.set(Fact.startPrefix + name, Fact.encode(start))
        case .setBucket(let entry):
            try buckets.set(Array(entry.name), Fact.encode(entry))
        case .trustPreviousRun:
            if let run = recovered.cleanRun, keeper.minter.run == recovered.start.run {
                keeper.minter.trust(previousRun: run)
            }
        case .markClean(let clock):
            try facts.set(Fact.cleanRun, Fact.encode(UInt64(keeper.minter.run)))
            try facts.set(Fact.lease, Fact.encode(clock.raw))
        case .get, .count:
            preconditionFailure("a read came to be written")
        }
        return .done
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
        return try carryOut(decision, merge.key, (found.slot, lookup))
    }

    private func carryOut(
        _ decision: RecordKeeper.Decision, _ key: Key,
        _ old: (slot: RecordTable.Slot, lookup: Lookup)
    ) throws(SQLiteError) -> ReplicaReply {
        let stored: StoredRecord
        let reply: ReplicaReply
        switch decision {
        case .keep(let reply): return reply
        case .write(let changed, let answer): (stored, reply) = (changed, answer)
        }
        let record: Bytes
        if case .put(let receipt) = reply {
            record = receipt.record
        } else {
            record = stored.record.encoded()[...]
        }
        try records.write(key, stored, record: record, to: old.slot)
        count(stored.record, replacing: old.lookup)
        return reply
    }

    private func count(_ record: Record, replacing found: Lookup) {
        let isLive: UInt64 = record.liveCount > 0 ? 1 : 0
        switch found {
        case .absent:
            counts.records += 1
            counts.live += isLive
        case .found(let old):
            counts.live = counts.live - (old.record.liveCount > 0 ? 1 : 0) + isLive
        case .unreadable:
            break
        }
    }
}

extension RecordTable.Found {
    var slot: RecordTable.Slot {
        switch self {
        case .absent(let slot), .row(_, let slot), .unreadable(let slot): slot
        }
    }

    /// What the keeper needs to know; a row whose record does not decode is unreadable.
    var lookup: Lookup {
        switch self {
        case .absent: return .absent
        case .unreadable: return .unreadable
        case .row(let content, _):
            guard let record = try? Record(decoding: content.record) else { return .unreadable }
            return .found(StoredRecord(ownEpoch: content.ownEpoch, record: record))
        }
    }
}
