/// How often the judges of transactions came across moments that a sweep must have seen.
struct JudgedMoments {
    /// A hint had changed when it was to be forgotten: what was delivered was not what is kept.
    var hintsChanged = 0
    /// A put overwrote two values or more, as its context had seen them.
    var siblingsResolved = 0
    /// A delete did.
    var siblingsDeleted = 0
    /// What could not be read was replaced by a record.
    var unreadableRepaired = 0

    /// Counts a write that saw some of the versions before it.
    mutating func count(_ seen: Int, isDelete: Bool) {
        guard seen > 1 else { return }
        if isDelete { siblingsDeleted += 1 } else { siblingsResolved += 1 }
    }
}
