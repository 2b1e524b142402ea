import Primitives

// How an assignment follows the members that leave and join.
extension Assignment {
    // MARK: Leaving

    /// Gives what a member had to others, and moves nothing else.
    ///
    /// Each replica goes to the member that adds a zone, if one does, and has least; paths of such
    /// choices then even out what greed left uneven.
    mutating func remove(_ leaver: Int) {
        leave(leaver)
        var heirs = Array(repeating: -1, count: replicas.count)
        for partition in replicas.indices {
            guard let position = takeOut(leaver, of: partition),
                replicas[partition].count < depth
            else { continue }
            let heir = bestHeir(of: partition)
            append(heir, to: partition)
            replicas[partition].swapAt(position, replicas[partition].count - 1)
            heirs[partition] = heir
        }
        evenOut(heirs: &heirs, budget: .max)
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
    /// It takes replicas where that adds a zone first, then from those who have most.
    mutating func add(_ member: Member) {
        let depthBefore = depth
        let new = enter(member)
        guard depth == depthBefore else {
            for partition in replicas.indices {
                append(new, to: partition)
            }
            return
        }
        let total = depth * replicas.count
        let share = total / present.count
        let ideal = (copies * replicas.count + present.count - 1) / present.count
        let budget = ideal * 105 / 100
        while load[new] < share, let (partition, old) = bestGift(to: new) {
            move(partition, from: old, to: new)
        }
        var heirs: [Int] = []
        evenOut(heirs: &heirs, budget: budget - load[new])
    }

    /// The replica whose move to a new member gains most: a zone, or relief of who has most.
    private func bestGift(to new: Int) -> (partition: Int, old: Int)? {
        var best: (gain: Int, load: Int, partition: Int, old: Int)?
        for (partition, owners) in replicas.enumerated() where !owners.contains(new) {
            for old in owners {
                let gain = zoneGain(partition, replacing: old, with: new)
                guard gain > 0 || (gain == 0 && load[old] > load[new] + 1) else { continue }
                guard (gain, load[old]) > (best?.gain ?? -1, best?.load ?? -1) else { continue }
                best = (gain, load[old], partition, old)
            }
        }
        return best.map { ($0.partition, $0.old) }
    }

    // MARK: Evening out

    /// Moves replicas along paths from members with most to members with less, until all are within
    /// one of each other, no path is left, or the budget of moves is spent.
    ///
    /// With `heirs` only the replica that a partition's heir took may move; empty: all may. A move
    /// never costs a zone. Such paths reach the most even assignment that the allowed moves have.
    mutating func evenOut(heirs: inout [Int], budget: Int) {
        var left = budget
        while let path = shortestPath(heirs), path.count <= left {
            left -= path.count
            for step in path {
                move(step.partition, from: step.old, to: step.new)
                if !heirs.isEmpty {
                    heirs[step.partition] = step.new
                }
            }
        }
    }

    /// One replica's move.
    private struct Step {
        let partition: Int
        let old: Int
        let new: Int
    }

    /// The shortest chain of moves from a member with most to one with at least two less.
    private func shortestPath(_ heirs: [Int]) -> [Step]? {
        guard let most = present.map({ load[$0] }).max(),
            present.contains(where: { load[$0] < most - 1 })
        else { return nil }
        var steps: [Step?] = Array(repeating: nil, count: load.count)
        var seen = Array(repeating: false, count: load.count)
        var queue = present.filter { load[$0] == most }
        for source in queue {
            seen[source] = true
        }
        let held = movable(heirs)
        var next = 0
        while next < queue.count {
            let old = queue[next]
            next += 1
            for new in present where !seen[new] {
                guard let partition = held[old].first(where: { canMove($0, old, new) })
                else { continue }
                seen[new] = true
                steps[new] = Step(partition: partition, old: old, new: new)
                guard load[new] >= most - 1 else { return chain(to: new, steps) }
                queue.append(new)
            }
        }
        return nil
    }

    /// The partitions whose replica each member may give away.
    private func movable(_ heirs: [Int]) -> [[Int]] {
        var held: [[Int]] = Array(repeating: [], count: load.count)
        for (partition, owners) in replicas.enumerated() {
            for owner in owners where heirs.isEmpty || heirs[partition] == owner {
                held[owner].append(partition)
            }
        }
        return held
    }

    private func canMove(_ partition: Int, _ old: Int, _ new: Int) -> Bool {
        !replicas[partition].contains(new)
            && zoneGain(partition, replacing: old, with: new) >= 0
    }

    /// The steps that lead to a member, the last one first: a member receives before it gives.
    private func chain(to target: Int, _ steps: [Step?]) -> [Step] {
        var path: [Step] = []
        var member = target
        while let step = steps[member] {
            path.append(step)
            member = step.old
        }
        return path
    }
}
