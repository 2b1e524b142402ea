import Primitives

/// Who mints dots: one node under one epoch.
///
/// An epoch is a run number (upper 32 bits, random per start) and a count (lower 32 bits), so that
/// two copies of the same data can never mint the same dot. Epoch 0 stands for "none".
package struct Actor: Hashable, Comparable, Sendable {
    /// The database that mints.
    package let node: NodeID
    /// The epoch under which it mints.
    package let epoch: UInt64

    /// An actor of a node.
    package init(node: NodeID, epoch: UInt64) {
        self.node = node
        self.epoch = epoch
    }

    /// Orders by node, then by epoch; the order carries no meaning beyond being total.
    package static func < (left: Actor, right: Actor) -> Bool {
        (left.node.raw, left.epoch) < (right.node.raw, right.epoch)
    }
}

/// The name of one write, for ever (Preguiça et al., "Dotted Version Vectors", 2010).
@usableFromInline
package struct Dot: Hashable, Comparable, Sendable {
    /// Who minted it.
    package let actor: Actor
    /// Which of the actor's writes to that key it is, from 1.
    package let counter: UInt64

    /// The dot of an actor's write number `counter`.
    package init(actor: Actor, counter: UInt64) {
        self.actor = actor
        self.counter = counter
    }

    /// Orders by actor, then by counter.
    @usableFromInline
    package static func < (left: Dot, right: Dot) -> Bool {
        left.actor == right.actor ? left.counter < right.counter : left.actor < right.actor
    }
}

extension Dot: CustomStringConvertible {
    /// Node, epoch and counter: `<hex>.<hex>:<decimal>`, short enough for a list on a terminal.
    @usableFromInline
    package var description: String {
        actor.node.description + "." + String(actor.epoch, radix: 16) + ":" + String(counter)
    }
}
