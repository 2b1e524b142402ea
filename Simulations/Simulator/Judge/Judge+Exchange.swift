import AntiEntropy

/// An exchange that a node has begun.
struct BegunExchange {
    let id: UInt64
    let at: UInt64
    /// What each node durably held then, by node and slot.
    let held: [[Judge.Held]]
}

// Exchanges: what two nodes held when one began, both know when it ends. That replicas agree in
// the end does not show it, since each of two nodes begins exchanges with the other.
extension Judge {
    /// Judges an exchange that ended, at the moment at which its node says so.
    mutating func check(
        ended exchange: BegunExchange, of node: Int, with partner: Int, _ counts: Exchange.Counts
    ) {
        let sides = [(node, partner), (partner, node)]
        // What was refused is left to a later one; what is destroyed nobody can know.
        let isTold = sides.allSatisfy { side, _ in
            !isFalsified[side] && (losses[side]?.at ?? 0) < exchange.at
        }
        guard counts.refused == 0, isTold else { return }
        for key in keys.indices where owners[key].contains(node) && owners[key].contains(partner) {
            check(.convergence)
            for (side, other) in sides where !held[side][key].isUnreadable {
                let known = exchange.held[other][key].record.context
                guard !knows(side, key, known) else { continue }
                find(
                    .convergence, key: key,
                    "n\(node + 1) ended an exchange with n\(partner + 1), and n\(side + 1) does "
                        + "not know what n\(other + 1) held when it began",
                    [
                        "n\(other + 1) held: " + describe(exchange.held[other][key]),
                        "n\(side + 1) holds: " + describe(held[side][key]),
                    ])
            }
        }
    }
}
