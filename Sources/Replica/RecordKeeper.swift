import Causality
import Primitives
import Ring

/// A record as one node keeps it: with the epoch under which this node may extend it.
package struct StoredRecord: Equatable, Sendable {
    /// The own epoch, 0 where this node never coordinated the record.
    ///
    /// Local to the node, never replicated, never derived from a context or a merge.
    package var ownEpoch: UInt64
    /// How many owners of its partition keep it, as of its last write; local to the node.
    ///
    /// It is filed in the Merkle tree of that replica set, and in none where this is 0.
    package var copies: UInt8
    /// What is replicated.
    package var record: Record

    /// A record with what is local to the node.
    package init(ownEpoch: UInt64, copies: UInt8 = 0, record: Record) {
        self.ownEpoch = ownEpoch
        self.copies = copies
        self.record = record
    }
}

/// What a store found under a key.
package enum Lookup: Sendable {
    /// Nothing is known about the key.
    case absent
    /// A record.
    case found(StoredRecord)
    /// There is something, and it cannot be read.
    case unreadable
}

/// Limits of one record.
package struct RecordLimits: Hashable, Sendable {
    /// The most siblings that a coordinated write may leave.
    package var siblingsMax = 100
    /// The largest sum of the values of a record that a coordinated write may leave, in bytes.
    package var recordBytesMax = 16 << 20

    /// The defaults: 100 siblings, 16 MiB.
    package init() {}
}

/// How commands change records: the pure part of every store.
///
/// A store looks a record up, asks here what it becomes, and writes that in the same transaction.
package struct RecordKeeper: Sendable {
    /// What a store has to do with the record.
    package enum Decision: Sendable {
        /// Write the record, then answer.
        case write(StoredRecord, ReplicaReply)
        /// Leave everything as it is and answer.
        case keep(ReplicaReply)
    }

    /// Mints the dots of coordinated writes.
    package var minter: DotMinter
    /// What was reaped lately.
    var reaped = ReapedRecords()
    private let limits: RecordLimits

    /// A keeper that mints with `minter`.
    package init(minter: DotMinter, limits: RecordLimits = RecordLimits()) {
        self.minter = minter
        self.limits = limits
    }

    /// Coordinates a write.
    package mutating func put(_ command: PutCommand, found: Lookup) -> Decision {
        var stored: StoredRecord
        switch found {
        case .unreadable: return .keep(.unreadable)
        case .absent: stored = StoredRecord(ownEpoch: 0, record: Record())
        case .found(let existing): stored = existing
        }
        let earlier = stored.record.sibling(of: command.version.operation)
        if earlier != nil || stored.record.past.isOverwritten(command.version.operation) {
            let shown = stored.record.seen(under: command.conflict, at: command.version.timestamp)
            return .keep(.put(receipt(stored.record, shown, earlier?.dot, isRepeated: true)))
        }
        let known = stored.record.context
        let seen = seen(by: command, record: stored.record)
        if let refusal = refusal(command, seen: seen, record: stored.record) {
            return .keep(.refused(refusal))
        }
        let (dot, reason) = minter.mint(own: stored.ownEpoch, known: known, seen: seen)
        stored.ownEpoch = dot.actor.epoch
        stored.copies = command.copies
        stored.record.put(command.version, seen: seen, dot: dot)
        let shown = stored.record.seen(under: command.conflict, at: command.version.timestamp)
        return .write(stored, .put(receipt(stored.record, shown, dot, reason)))
    }

    /// Takes in a record that another node sent, or throws where its bytes are not one.
    package func merge(
        _ command: MergeCommand, found: Lookup
    ) throws(MalformedBytes) -> Decision {
        let incoming = try Record(decoding: command.record)
        switch found {
        case .unreadable where !command.isComplete:
            return .keep(.unreadable)
        case .absent where reaped.contains(command.key, record: command.record):
            return .keep(
                .alreadyReaped(
                    DeadRecord(
                        key: command.key, digest: Record.digest(of: command.record),
                        copies: command.copies)))
        case .unreadable, .absent:
            let stored = StoredRecord(ownEpoch: 0, copies: command.copies, record: incoming)
            return .write(stored, .merged(changed: true))
        case .found(var stored):
            let before = stored.record
            stored.record.merge(incoming)
            guard stored.record != before else { return .keep(.merged(changed: false)) }
            stored.copies = command.copies
            dropCoveredEpoch(of: &stored, known: before.context)
            return .write(stored, .merged(changed: true))
        }
    }

    /// Someone knows a dot of this record's own epoch that this node does not: it was lost here, so
    /// that the epoch must not be extended any more.
    private func dropCoveredEpoch(of stored: inout StoredRecord, known: VersionVector) {
        let actor = Actor(node: minter.node, epoch: stored.ownEpoch)
        if stored.record.context[actor] > known[actor] {
            stored.ownEpoch = 0
        }
    }

    /// What a write covers.
    ///
    /// In a `lastWriteWins` bucket that is everything known here, unless something known is newer:
    /// then that wins, and the write stands hidden beside it.
    private func seen(by command: PutCommand, record: Record) -> VersionVector {
        var seen = command.basis.context(known: record.context)
        let isNewest = record.siblings.entries.allSatisfy {
            $0.value.timestamp <= command.version.timestamp
        }
        if command.conflict == .lastWriteWins, isNewest {
            seen.join(record.context)
        }
        return seen
    }

    /// The limits are judged on what would remain; a bucket that shows only the newest has none.
    ///
    /// Expired values count like all else that the writer has not seen: they are still stored.
    private func refusal(
        _ command: PutCommand, seen: VersionVector, record: Record
    ) -> PutRefusal? {
        guard command.conflict == .siblings else { return nil }
        let remaining = record.siblings.entries.filter { !seen.covers($0.dot) }
        if remaining.count + 1 > limits.siblingsMax {
            return .tooManySiblings(max: limits.siblingsMax)
        }
        let bytes = remaining.reduce(command.version.value?.count ?? 0) {
            $0 + ($1.value.value?.count ?? 0)
        }
        guard !remaining.isEmpty, bytes > limits.recordBytesMax else { return nil }
        return .recordTooLarge(bytesMax: limits.recordBytesMax)
    }

    private func receipt(
        _ record: Record, _ shown: Record, _ dot: Dot?, _ newEpoch: DotMinter.Reason? = nil,
        isRepeated: Bool = false
    ) -> PutReceipt {
        let entries = shown.siblings.entries
        return PutReceipt(
            record: record.encoded()[...], context: record.context, liveCount: shown.liveCount,
            isOnly: entries.count == 1 && entries.first?.dot == dot,
            isRepeated: isRepeated, newEpoch: newEpoch)
    }
}

extension PutCommand.Basis {
    /// The context that the write has seen, given what the coordinator's replica knows.
    package func context(known: VersionVector) -> VersionVector {
        switch self {
        case .seen(let seen): return seen
        case .overwrite(let seen):
            var joined = seen
            joined.join(known)
            return joined
        }
    }
}
