import Primitives

/// What a member remembers of the databases that a name had before its present one.
///
/// A database whose place another one took and then counted must never come back: what was deleted
/// since may be forgotten everywhere else. Until the new one counts the old one may: a disk that
/// was only missing at a start is found again.
package struct PastIdentities: Hashable, Sendable {
    /// How many are remembered; beyond that the oldest is forgotten.
    package static let countMax = 16

    /// The databases that had the name, the latest last.
    package private(set) var nodes: [NodeID] = []
    /// Whether the present one counted in quorums since it took their place.
    package var areReplaced = false

    /// No database had the name before.
    package init() {}

    /// What was remembered; of too many only the latest.
    package init(nodes: [NodeID], areReplaced: Bool) {
        self.nodes = Array(nodes.suffix(PastIdentities.countMax))
        self.areReplaced = areReplaced
    }

    /// Whether there were any.
    package var isEmpty: Bool { nodes.isEmpty }

    /// Whether a database must not come back.
    package func forbids(_ node: NodeID) -> Bool {
        areReplaced && nodes.contains(node)
    }

    /// The database `new` has the name from now on, in the place of `old`.
    package mutating func replace(_ old: NodeID, by new: NodeID) {
        let others = nodes.filter { $0 != new && $0 != old }
        self = PastIdentities(nodes: others + [old], areReplaced: false)
    }
}
