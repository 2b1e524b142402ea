import Primitives
import Ring

/// What a store finds where it keeps a record for others.
package struct FoundHint: Sendable {
    /// The record.
    package let lookup: Lookup
    /// Whom it is kept for.
    package let targets: [MemberIndex]

    /// What was found.
    package init(_ lookup: Lookup, for targets: [MemberIndex]) {
        self.lookup = lookup
        self.targets = targets
    }
}

// Decisions about records that a node keeps for others, the same for every store.
extension RecordKeeper {
    /// Coordinates a write of which this node keeps a hint and no record of its own.
    ///
    /// A repetition changes nothing in the record, but it may be kept for more than before: who
    /// counts on the hint now need not be who did at the first try.
    package mutating func putHint(
        _ command: PutCommand, for targets: [MemberIndex], found: FoundHint
    ) -> Decision {
        let decision = put(command, found: found.lookup)
        guard case .keep(.put) = decision else { return decision }
        return widen(decision, to: targets, found: found)
    }

    /// Takes a record in for others, or throws where its bytes are not one.
    package func keepHint(
        _ hint: Hint, for targets: [MemberIndex], found: FoundHint
    ) throws(MalformedBytes) -> Decision {
        widen(try merge(hint.merge, found: found.lookup), to: targets, found: found)
    }

    /// What leaves a record as it is still has to be written where it is kept for more.
    private func widen(
        _ decision: Decision, to targets: [MemberIndex], found: FoundHint
    ) -> Decision {
        guard case .keep(let reply) = decision, case .found(let stored) = found.lookup,
            !targets.allSatisfy(found.targets.contains)
        else { return decision }
        return .write(stored, reply)
    }
}

extension StoredRecord {
    /// The record's encoding; the receipt of a put has it already.
    package func encoding(with reply: ReplicaReply) -> Bytes {
        guard case .put(let receipt) = reply else { return record.encoded()[...] }
        return receipt.record
    }
}
