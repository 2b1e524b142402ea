import Causality
import Primitives

// What is left of deleted keys, and how it goes: a tombstone keeps what it overwrote from coming
// back, and may only go once nothing is left anywhere that could.

/// A record of which all values are deleted or expired, named for its removal: exactly this record
/// and no other.
package struct DeadRecord: Hashable, Sendable {
    /// Its key.
    package let key: Key
    /// The digest of its canonical encoding.
    package let digest: Hash128
    /// The n under which it is filed.
    package let copies: UInt8

    /// Names a record.
    package init(key: Key, digest: Hash128, copies: UInt8) {
        self.key = key
        self.digest = digest
        self.copies = copies
    }
}

/// The steps in which dead records are removed, in their order.
package enum ReapStep: UInt8, Sendable {
    /// Do you, as an owner, durably hold exactly these records?
    case agree = 0
    /// Is there nothing of their keys with you, but what you hold as an owner?
    case clear = 1
    /// Remove them.
    case remove = 2
}

/// A place in the order in which records die: by the time from which on nothing of a record lives,
/// then by the upper half of its key's hash, as a signed number.
package struct DeathPlace: Hashable, Comparable, Sendable {
    /// The time.
    package let time: HybridTimestamp
    /// The upper half of the key's hash, as a signed number.
    package let hash: Int64

    /// A place.
    package init(time: HybridTimestamp, hash: Int64) {
        self.time = time
        self.hash = hash
    }

    /// By time, then by hash.
    package static func < (left: DeathPlace, right: DeathPlace) -> Bool {
        (left.time, left.hash) < (right.time, right.hash)
    }
}

/// Where a node has something of a key.
package struct FoundCopies: Hashable, Sendable {
    /// Whether there is a record.
    package let isRecord: Bool
    /// Whether there is something that is kept for others.
    package let isHint: Bool

    /// What was found.
    package init(isRecord: Bool, isHint: Bool) {
        self.isRecord = isRecord
        self.isHint = isHint
    }
}

/// The records that were reaped last: another replica that has not reaped one yet must not give it
/// back, or two of them would go on reaping in a circle.
///
/// Kept in memory only: what comes back after a restart is reaped once more.
package struct ReapedRecords: Sendable {
    /// The most that are remembered.
    package static let countMax = 1 << 16

    private var digests: [Hash128: Hash128] = [:]
    private var order: [Hash128] = []
    private var oldest = 0

    /// Nothing was reaped.
    package init() {}

    /// Remembers a record, in place of the oldest where there are too many.
    package mutating func insert(_ record: DeadRecord) {
        let hash = record.key.hash
        guard digests.updateValue(record.digest, forKey: hash) == nil else { return }
        guard order.count == ReapedRecords.countMax else { return order.append(hash) }
        digests[order[oldest]] = nil
        order[oldest] = hash
        oldest = (oldest + 1) % ReapedRecords.countMax
    }

    /// Whether exactly this record was reaped.
    package func contains(_ key: Key, record: Bytes) -> Bool {
        guard !digests.isEmpty, let digest = digests[key.hash] else { return false }
        return Record.digest(of: record) == digest
    }
}

extension Record {
    /// The digest of a canonical encoding: causal history, values and tombstones.
    package static func digest(of encoding: Bytes) -> Hash128 {
        Murmur3.hash128(encoding, seed: 0x6d65_726b)
    }

    /// The time from which on nothing in it lives; nil while a value stays.
    package var deathTime: HybridTimestamp? {
        var latest = HybridTimestamp(0)
        for sibling in siblings.entries {
            let version = sibling.value
            if version.value == nil {
                latest = max(latest, version.timestamp)
            } else if let expiry = version.expiry {
                latest = max(latest, expiry)
            } else {
                return nil
            }
        }
        return latest
    }
}

extension RecordKeeper {
    /// What becomes of a record that is to be reaped.
    package enum Reaping: Hashable, Sendable {
        /// It is exactly this one, and goes.
        case remove
        /// There is none.
        case absent
        /// There is another one, or it cannot be read, or something in it still lives: it stays.
        case keep
    }

    /// Reaps a record, if it still is exactly the one that all agreed upon.
    package mutating func reap(
        _ dead: DeadRecord, at time: HybridTimestamp, found: Lookup
    ) -> Reaping {
        switch found {
        case .unreadable:
            return .keep
        case .absent:
            reaped.insert(dead)
            return .absent
        case .found(let stored):
            guard stored.record.isDead(at: time),
                Record.digest(of: stored.record.encoded()[...]) == dead.digest
            else { return .keep }
            reaped.insert(dead)
            return .remove
        }
    }
}
