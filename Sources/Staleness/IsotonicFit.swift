/// The best fit to counted successes that never goes down: pool adjacent violators.
///
/// Freshness can only grow with the distance from a write, what was counted need not. Neighbours
/// that contradict each other are pooled until none do (Ayer et al., "An Empirical Distribution
/// Function for Sampling with Incomplete Information", 1955); that is the maximum-likelihood
/// estimate among all curves that never go down.
struct IsotonicFit {
    /// Neighbouring cells that share an estimate.
    struct Block: Equatable {
        /// Its first cell.
        let first: Int
        var successes: Int
        var trials: Int

        /// Whether this one's share is greater than that of the one behind it.
        func exceeds(_ other: Block) -> Bool {
            successes * other.trials > other.successes * trials
        }
    }

    /// The blocks in order; their shares ascend.
    private(set) var blocks: [Block] = []

    /// Fits cells that each have one trial at least.
    init(_ cells: [(successes: Int, trials: Int)]) {
        for (index, cell) in cells.enumerated() {
            precondition(cell.trials > 0, "a cell without trials says nothing")
            blocks.append(Block(first: index, successes: cell.successes, trials: cell.trials))
            while blocks.count > 1, blocks[blocks.count - 2].exceeds(blocks[blocks.count - 1]) {
                let last = blocks.removeLast()
                blocks[blocks.count - 1].successes += last.successes
                blocks[blocks.count - 1].trials += last.trials
            }
        }
    }

    /// The first cell of the first block whose count satisfies the condition.
    func firstCell(where holds: (Block) -> Bool) -> Int? {
        blocks.first(where: holds)?.first
    }
}
