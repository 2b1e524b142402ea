import Primitives

// How an assignment follows the members that leave and join.
extension Assignment {
    // MARK: Leaving

    /// Gives what a member had to others, and moves nothing else.
    ///
    /// Each replica goes to the member that adds a zone, if one does, and has least; paths of such
    /// choices then even out what greed left uneven. The result is as even as any choice of heirs
    /// makes it; it can be uneven where those who have least own the same partitions already.
    mutating func remove(_ leaver: Int) {
        leave(leaver)
        var lost: [(partition: Int, position: Int)] = []
        for partition in replicas.indices {
            guard let position = takeOut(leaver, of: partition) else { continue }
            lost.append((partition, position))
        }
        let origin = replicas
        for (partition, position) in lost where replicas[partition].count < depth {
            append(bestHeir(of: partition), to: partition)
            replicas[partition].swapAt(position, replicas[partition].count - 1)
        }
        evenOut(from: origin, budget: 0)
    }

    private func bestHeir(of partition: Int) -> Int {
        let owners = replicas[partition]
        let used = owners.map { zones[$0] }
        let best = present.filter { !owners.contains($0) }.min {
            (used.contains(zones[$0]) ? 1 : 0, load[$0], $0)
                < (used.contains(zones[$1]) ? 1 : 0, load[$1], $1)
        }
        guard let best else { preconditionFailure("no member is left to take a replica") }
        return best
    }

    // MARK: Joining

    /// Gives a new member its share, moving at most 1.05 times the ideal number of replicas.
    ///
    /// It takes replicas where that adds a zone first, then from those who have most. What is left
    /// of the budget goes into zones that partitions still miss, then into evenness.
    mutating func add(_ member: Member) {
        let depthBefore = depth
        let origin = replicas
        let new = enter(member)
        guard depth == depthBefore else {
            for partition in replicas.indices {
                append(new, to: partition)
            }
            return
        }
        let ideal = (copies * replicas.count + present.count - 1) / present.count
        let budget = ideal * 105 / 100
        while load[new] < budget, let (partition, old) = bestGift(to: new) {
            move(partition, from: old, to: new)
        }
        let left = budget - load[new]
        let repairs = addMissingZones(from: origin, budget: left)
        evenOut(from: origin, budget: left - repairs)
    }

    /// The replica whose move to a new member gains most: a zone, or relief of who has most.
    private func bestGift(to new: Int) -> (partition: Int, old: Int)? {
        var best: (gain: Int, load: Int, partition: Int, old: Int)?
        for partition in scatteredPartitions(for: new) where !replicas[partition].contains(new) {
            for old in replicas[partition] {
                let gain = zoneGain(partition, replacing: old, with: new)
                guard gain > 0 || (gain == 0 && load[old] > load[new] + 1) else { continue }
                guard (gain, load[old]) > (best?.gain ?? -1, best?.load ?? -1) else { continue }
                best = (gain, load[old], partition, old)
            }
        }
        return best.map { ($0.partition, $0.old) }
    }

    /// All partitions in an order of the member's own.
    ///
    /// In one order for all, members would meet the same members in many partitions; when one of
    /// them leaves, too few others could take its replicas. An odd stride visits each of a power
    /// of two once.
    private func scatteredPartitions(for member: Int) -> some Sequence<Int> {
        replicas.indices.lazy.map { ($0 * 97 + member * 41) % replicas.count }
    }

    /// Replaces replicas of partitions that could be in more zones; returns how many it moved.
    ///
    /// Partitions miss a zone for as long as the members that joined there may not take enough.
    private mutating func addMissingZones(from origin: [[Int]], budget: Int) -> Int {
        let zonesWanted = min(depth, Set(present.map { zones[$0] }).count)
        var moved = 0
        for partition in replicas.indices {
            while moved < budget, zoneCount(of: partition) < zonesWanted,
                let (old, new) = zoneGift(in: partition)
            {
                moved += moveCost(partition, from: old, to: new, origin: origin)
                move(partition, from: old, to: new)
            }
        }
        return moved
    }

    /// The replacement that gains a partition a zone, to who has least from who has most.
    private func zoneGift(in partition: Int) -> (old: Int, new: Int)? {
        let owners = replicas[partition]
        let used = owners.map { zones[$0] }
        let givers = owners.filter { owner in used.count { $0 == zones[owner] } > 1 }
        let takers = present.filter { !used.contains(zones[$0]) }
        guard let old = givers.max(by: { (load[$0], $0) < (load[$1], $1) }),
            let new = takers.min(by: { (load[$0], $0) < (load[$1], $1) })
        else { return nil }
        return (old, new)
    }

    private func zoneCount(of partition: Int) -> Int {
        Set(replicas[partition].map { zones[$0] }).count
    }
}
