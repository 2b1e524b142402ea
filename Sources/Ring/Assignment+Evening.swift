import Primitives

// How an assignment becomes even without moving more than it may.
extension Assignment {
    /// Moves replicas along paths from members with more to members with less, until no path makes
    /// the assignment more even or the budget is spent.
    ///
    /// A path takes one replica from its source, passes others on between members and gives one to
    /// its target, which has at least two less; no step costs a zone. Where every such path was
    /// taken, no other choice of the same moves is more even: these are the cost-reducing paths of
    /// optimal semi-matchings (Harvey, Ladner, Lovász, Tamir: "Semi-matchings for bipartite graphs
    /// and load balancing", 2003). Zones and a budget make that a good rule rather than a theorem.
    ///
    /// - Parameters:
    ///   - origin: Where the replicas are now; what is given back to it costs nothing.
    ///   - budget: How many replicas more may move away from the origin.
    mutating func evenOut(from origin: [[Int]], budget: Int) {
        var left = budget
        while let path = improvingPath(from: origin, budget: left) {
            for step in path {
                left -= moveCost(step.partition, from: step.old, to: step.new, origin: origin)
                move(step.partition, from: step.old, to: step.new)
            }
        }
    }

    /// How a replacement changes the number of replicas that are away from the origin.
    func moveCost(_ partition: Int, from old: Int, to new: Int, origin: [[Int]]) -> Int {
        (origin[partition].contains(new) ? 0 : 1) - (origin[partition].contains(old) ? 0 : 1)
    }

    /// The cheapest improving path of the member that has most among those that have one.
    private func improvingPath(from origin: [[Int]], budget: Int) -> [MovePaths.Step]? {
        guard let least = present.map({ load[$0] }).min(),
            present.contains(where: { load[$0] > least + 1 })
        else { return nil }
        var paths = MovePaths(self, origin: origin)
        let sources = present.filter { load[$0] > least + 1 }
        for source in sources.sorted(by: { (load[$1], $0) < (load[$0], $1) }) {
            if let path = paths.path(from: source, budget: budget) { return path }
        }
        return nil
    }
}
