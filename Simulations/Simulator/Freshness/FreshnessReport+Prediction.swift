import Staleness

extension FreshnessReport {
    /// The model's trials of a world; nil where its delays are not known.
    ///
    /// Coordinated as the nodes do it: the writer's coordinator is one of the replicas, the
    /// reader's is any node.
    ///
    /// - Parameter count: how many; ten times as many as there are reads at any distance, or more,
    ///   so that the prediction's own error hardly counts.
    package static func trials(
        of world: World, count: Int = WARSTrials.chunkTrials
    ) -> WARSTrials? {
        guard let delays = world.delays else { return nil }
        let model = WARSModel(
            delays, n: world.n, nodes: world.nodes, coordinators: .replica)
        var trials = WARSTrials(
            model: model, quorums: [QuorumSizes(n: world.n, r: world.r, w: world.w)])
        for chunk in 0..<WARSTrials.chunks(of: count) {
            trials.play(chunk: chunk, of: count, seed: FreshnessReport.seed)
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
