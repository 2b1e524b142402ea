import Primitives

/// A search for chains of replacements that even out an assignment, cheapest first (Dijkstra).
///
/// An edge from one member to another is a partition in which the second can replace the first. It
/// is free where the move gives back what moved before, or passes on what moved anyway.
struct MovePaths {
    /// One replacement.
    struct Step {
        let partition: Int
        let old: Int
        let new: Int
    }

    private struct Edge {
        let partition: Int
        let cost: Int
    }

    private let assignment: Assignment
    private let origin: [[Int]]
    /// The partitions of every member.
    private var held: [[Int]]
    /// Those of them that are not as in the origin: only there are moves free.
    private var heldChanged: [[Int]]
    /// The cheapest edge of every pair of members once it was looked for: nil inside is none.
    private var edges: [Edge??]

    /// A search over an assignment as it is; quadratic in members at the worst, and lazy.
    init(_ assignment: Assignment, origin: [[Int]]) {
        self.assignment = assignment
        self.origin = origin
        let count = assignment.load.count
        held = Array(repeating: [], count: count)
        heldChanged = held
        edges = Array(repeating: nil, count: count * count)
        for (partition, owners) in assignment.replicas.enumerated() {
            let isChanged = owners != origin[partition]
            for owner in owners {
                held[owner].append(partition)
                if isChanged { heldChanged[owner].append(partition) }
            }
        }
    }

    /// The cheapest steps from a member to one that has at least two less.
    ///
    /// The last step comes first: a member receives before it gives. Nil where no steps are within
    /// the budget.
    mutating func path(from source: Int, budget: Int) -> [Step]? {
        let load = assignment.load
        var steps: [Step?] = Array(repeating: nil, count: load.count)
        var costs = Array(repeating: Int.max, count: load.count)
        var open = assignment.present
        costs[source] = 0
        while let index = open.indices.min(by: { costs[open[$0]] < costs[open[$1]] }) {
            let old = open.remove(at: index)
            guard costs[old] <= budget else { return nil }
            guard load[old] + 1 >= load[source] else { return chain(to: old, steps) }
            let taken = chain(to: old, steps).map(\.partition)
            for new in open where costs[new] > costs[old] {
                guard let edge = edge(from: old, to: new, avoiding: taken),
                    costs[old] + edge.cost < costs[new]
                else { continue }
                costs[new] = costs[old] + edge.cost
                steps[new] = Step(partition: edge.partition, old: old, new: new)
            }
        }
        return nil
    }

    /// The steps that lead to a member, the last one first.
    private func chain(to target: Int, _ steps: [Step?]) -> [Step] {
        var path: [Step] = []
        var member = target
        while let step = steps[member] {
            path.append(step)
            member = step.old
        }
        return path
    }

    /// An edge in none of the partitions that the path uses already: two steps that each keep a
    /// partition's zones can lose one together.
    private mutating func edge(from old: Int, to new: Int, avoiding taken: [Int]) -> Edge? {
        let known: Edge?
        if let cached = edges[old * held.count + new] {
            known = cached
        } else {
            known = cheapest(from: old, to: new, avoiding: [])
            edges[old * held.count + new] = .some(known)
        }
        guard let known, taken.contains(known.partition) else { return known }
        return cheapest(from: old, to: new, avoiding: taken)
    }

    private func cheapest(from old: Int, to new: Int, avoiding taken: [Int]) -> Edge? {
        let free = heldChanged[old].first {
            cost($0, old, new) <= 0 && canMove($0, old, new) && !taken.contains($0)
        }
        if let free { return Edge(partition: free, cost: 0) }
        let paid = held[old].first { canMove($0, old, new) && !taken.contains($0) }
        return paid.map { Edge(partition: $0, cost: 1) }
    }

    private func cost(_ partition: Int, _ old: Int, _ new: Int) -> Int {
        assignment.moveCost(partition, from: old, to: new, origin: origin)
    }

    private func canMove(_ partition: Int, _ old: Int, _ new: Int) -> Bool {
        !assignment.replicas[partition].contains(new)
            && assignment.zoneGain(partition, replacing: old, with: new) >= 0
    }
}
