import Staleness

extension FreshnessReport {
    /// How many requests a prediction plays: a hundred times as many as there are reads at a
    /// distance, so that its own error hardly counts.
    private static let trials = 4 * WARSTrials.chunkTrials

    /// The model's trials of a world; nil where its delays are not known.
    ///
    /// Coordinated as the nodes do it: the writer's coordinator is one of the replicas, the
    /// reader's is any node.
    package static func trials(of world: World) -> WARSTrials? {
        guard let delays = world.delays else { return nil }
        let model = WARSModel(
            delays, n: world.n, nodes: world.nodes, coordinators: .replica)
        var trials = WARSTrials(
            model: model, quorums: [QuorumSizes(n: world.n, r: world.r, w: world.w)])
        for chunk in 0..<WARSTrials.chunks(of: FreshnessReport.trials) {
            trials.play(chunk: chunk, of: FreshnessReport.trials, seed: FreshnessReport.seed)
        }
        return trials
    }

    /// The seed of all predictions, so that a run's verdict depends on the run alone.
    package static let seed: UInt64 = 1

    /// Whether the reads are as stale as the model says.
    package func agreement(with trials: WARSTrials) -> Agreement {
        Agreement(
            points.map { point in
                let milliseconds = Double(point.nanoseconds) / 1e6
                return Agreement.Point(
                    milliseconds: milliseconds, reads: point.reads, fresh: point.fresh,
                    predicted: trials.fresh(trials.quorums[0], at: milliseconds))
            })
    }
}
