import Primitives
import Replica

/// What a node owes since its data was destroyed.
struct Loss {
    /// When that was.
    var at: UInt64
    /// Per key what it held and others still did: only what it is told again makes it whole.
    var owed: [SeenVector]
}

// Nodes whose data is destroyed: they come back empty, and must not count before they know again
// what others held of what they lost. Judged from what stores hold, never from what nodes say.
extension Judge {
    /// A node's data was falsified, or replaced by an older copy.
    mutating func taint(_ node: Int) {
        isTainted[node] = true
        isFalsified[node] = true
    }

    /// A node's data is destroyed: all that it held is gone.
    mutating func lose(_ node: Int) {
        var owed = losses[node]?.owed ?? Array(repeating: SeenVector(), count: keys.count)
        for key in keys.indices where owners[key].contains(node) {
            owed[key].join(held[node][key].record.context)
        }
        isTainted[node] = true
        losses[node] = Loss(at: now, owed: owed)
        for slot in held[node].indices { held[node][slot] = Held() }
        inDoubt[node] = nil
        // What nobody has any more cannot be owed: that is for the judge of durability.
        for other in losses.indices {
            guard var loss = losses[other] else { continue }
            for key in keys.indices {
                loss.owed[key] = loss.owed[key].common(with: known(of: key, besides: other))
            }
            losses[other] = loss
        }
    }

    /// What the other owners of a key hold together, on disks that nothing falsified.
    private func known(of key: Int, besides node: Int) -> SeenVector {
        var known = SeenVector()
        for owner in owners[key] where owner != node && !isFalsified[owner] {
            known.join(held[owner][key].record.context)
        }
        return known
    }

    /// What a node whose data was destroyed after a moment lacks of a key; nil where it owes
    /// nothing that can be told.
    private func owed(_ key: Int, by node: Int, since time: UInt64) -> SeenVector? {
        guard let loss = losses[node], loss.at < time, !isFalsified[node] else { return nil }
        return loss.owed[key].common(with: known(of: key, besides: node))
    }

    /// A key of which a node does not hold what it lost, if its data was destroyed before a moment.
    private func missingKey(of node: Int, before time: UInt64) -> Int? {
        guard losses[node] != nil else { return nil }
        return keys.indices.first { key in
            guard let owed = owed(key, by: node, since: time) else { return false }
            return !knows(node, key, owed)
        }
    }

    /// Judges that nobody who lacks what it lost confirms a write or answers a read.
    mutating func checkRefilled(
        _ members: [Int], askedAt time: UInt64, of operation: Int?, _ what: String
    ) {
        for member in members where losses[member] != nil {
            check(.refill)
            guard let key = missingKey(of: member, before: time) else { continue }
            find(
                .refill, key: key,
                "n\(member + 1) counts for \(what) though it lacks what it lost with its data",
                (operation.map { [describe($0)] } ?? [])
                    + ["holds: " + describe(held[member][key].record)])
        }
    }

    /// Judges that no answer to a read lacks what its replica lost with its data.
    mutating func checkRefilled(
        _ answers: [(member: Int, record: Bytes?)], key: Int, openedAt time: UInt64,
        of operation: Int?
    ) {
        checkRefilled(answers.map(\.member), askedAt: time, of: operation, "a read")
        for answer in answers where owners[key].contains(answer.member) {
            guard let owed = owed(key, by: answer.member, since: time) else { continue }
            let record = answer.record.map { read($0, key: key, "an answer") } ?? SeenRecord()
            guard !whole(record.context, of: key).covers(owed) else { continue }
            find(
                .refill, key: key,
                "n\(answer.member + 1) answers a read with less than it lost with its data",
                (operation.map { [describe($0)] } ?? []) + ["answered: " + describe(record)])
        }
    }

    // MARK: Reads show acknowledged writes

    /// Whether every read meets a replica of every acknowledged write: r + w > n, and no fallback
    /// takes a primary's place.
    private var hasRegularReads: Bool {
        world.r + world.w > world.n && (!world.isSloppy || world.nodes == world.n)
    }

    /// Notes a write that is acknowledged.
    mutating func acknowledge(_ operation: Int, by count: Int) {
        let entry = history[operation]
        // Of several dots only one may have reached so many replicas.
        guard hasRegularReads, count >= world.w, entry.dots.count == 1 else { return }
        acknowledged[entry.key].join(entry.dots[0].dot)
    }

    /// Judges that a read shows, or knows to be replaced, all that was acknowledged when it began.
    mutating func judge(
        _ said: SeenVector, sinceAcknowledged floor: SeenVector, key: Int, of operation: Int?,
        required: Int
    ) {
        guard hasRegularReads, required >= world.r, !isFalsified.contains(true) else { return }
        check(.regularReads)
        guard !whole(said, of: key).covers(floor) else { return }
        find(
            .regularReads, key: key,
            "a read misses a write that was acknowledged before it began",
            (operation.map { [describe($0)] } ?? []) + [
                "shown: \(said.entries.map(\.text))",
                "acknowledged: \(floor.entries.map(\.text))",
            ])
    }
}

extension SeenVector {
    /// What both cover.
    func common(with other: SeenVector) -> SeenVector {
        SeenVector(
            entries.compactMap { entry in
                let counter = min(entry.counter, other.counter(entry.node, entry.epoch))
                return counter == 0
                    ? nil : Entry(node: entry.node, epoch: entry.epoch, counter: counter)
            })
    }
}
