import Causality
import Primitives
import Replica
import Ring

/// Whether the answers that a read's reply was made of lacked something that the others knew.
package enum ReadFreshness: Hashable, Sendable {
    /// All that were asked answered, and the reply lacked nothing that was written before the read
    /// began.
    case fresh
    /// The reply lacked versions that were written before the read began; when the oldest was.
    case stale(oldestMissed: HybridTimestamp)
    /// Not all that were asked answered: nobody knows.
    case unknown
}

extension Record {
    /// When the oldest version was written that a reader of another record of this key misses.
    ///
    /// Nil where none is missed. Versions that bear a time from which on the read went on are left
    /// out: they may not have been acknowledged when it began. Others may not have been either,
    /// if their write took long, so that this counts rather too many than too few; what was
    /// overwritten by one that is left out counts with it, and so too few by that.
    package func oldestMissed(
        by told: Record, writtenBefore time: HybridTimestamp, under conflict: ConflictResolution
    ) -> HybridTimestamp? {
        let missed = seen(under: conflict).siblings.entries.filter { sibling in
            // A twin of the same operation says the same.
            sibling.value.timestamp < time && !told.context.covers(sibling.dot)
                && told.sibling(of: sibling.value.operation) == nil
        }
        return missed.map(\.value.timestamp).min()
    }
}
