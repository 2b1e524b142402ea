/// Distributions for the four legs of a request, as they are fitted to a system.
package struct DelayFit: Equatable, Sendable {
    /// What the fit is called.
    package var name: String
    /// From the coordinator's request to the moment a replica shows the write.
    package var write: DelayDistribution
    /// From there to the coordinator.
    package var acknowledgement: DelayDistribution
    /// From the coordinator's request to the moment a replica reads its store.
    package var read: DelayDistribution
    /// From there to the coordinator.
    package var response: DelayDistribution
    /// What each leg to another replica than the local one takes in addition; nil: none is local.
    package var remoteMilliseconds: Double?
    /// A coordinator's write to its own store, where the coordinator is a replica.
    package var localWrite = DelayDistribution(.constant(0))
    /// A coordinator's read of its own store, where the coordinator is a replica.
    package var localRead = DelayDistribution(.constant(0))

    /// A fit of four legs.
    package init(
        name: String, write: DelayDistribution, acknowledgement: DelayDistribution,
        read: DelayDistribution, response: DelayDistribution
    ) {
        self.name = name
        self.write = write
        self.acknowledgement = acknowledgement
        self.read = read
        self.response = response
    }
}

/// The fits to production systems that the paper on PBS published, by their names there.
///
/// Bailis, Venkataraman, Franklin, Hellerstein, Stoica, "Probabilistically Bounded Staleness for
/// Practical Partial Quorums", PVLDB 5(8), 2012, table 3.
package enum PublishedFit: String, CaseIterable, Sendable {
    /// LinkedIn's Voldemort on solid-state disks.
    case linkedInSSD = "lnkd-ssd"
    /// LinkedIn's Voldemort on spinning disks.
    case linkedInDisk = "lnkd-disk"
    /// Yammer's Riak.
    case yammer = "ymmr"
    /// LinkedIn's disks, with every replica but one 75 ms away.
    case wideArea = "wan"

    /// The distributions.
    package var fit: DelayFit {
        let fast = mixture(0.9122, .pareto(scale: 0.235, shape: 10), .exponential(rate: 1.66))
        let disk = mixture(0.38, .pareto(scale: 1.05, shape: 1.51), .exponential(rate: 0.183))
        switch self {
        case .linkedInSSD: return fit(write: fast, others: fast)
        case .linkedInDisk: return fit(write: disk, others: fast)
        case .yammer:
            return fit(
                write: mixture(0.939, .pareto(scale: 3, shape: 3.35), .exponential(rate: 0.0028)),
                others: mixture(
                    0.982, .pareto(scale: 1.5, shape: 3.8), .exponential(rate: 0.0217)))
        case .wideArea:
            var fit = fit(write: disk, others: fast)
            fit.remoteMilliseconds = 75
            return fit
        }
    }

    private func fit(write: DelayDistribution, others: DelayDistribution) -> DelayFit {
        DelayFit(
            name: rawValue, write: write, acknowledgement: others, read: others, response: others)
    }

    private func mixture(
        _ weight: Double, _ first: DelayComponent, _ second: DelayComponent
    ) -> DelayDistribution {
        DelayDistribution([
            .init(weight: weight, component: first),
            .init(weight: 1 - weight, component: second),
        ])
    }
}

/// One cell of the paper's table 4: n = 3, milliseconds.
package struct PublishedCell: Equatable, Sendable {
    /// Which n, r and w.
    package let quorum: QuorumSizes
    /// The printed 99.9th percentile of the reads' latencies.
    package let readLatency: Double
    /// The printed 99.9th percentile of the writes' latencies.
    package let writeLatency: Double
    /// The printed time after which 99.9 % of the reads are fresh.
    package let tVisibility: Double

    private init(_ r: Int, _ w: Int, _ read: Double, _ write: Double, _ time: Double) {
        quorum = QuorumSizes(n: 3, r: r, w: w)
        readLatency = read
        writeLatency = write
        tVisibility = time
    }

    /// The six printed rows about a model.
    package static func cells(of model: PublishedFit) -> [PublishedCell] {
        switch model {
        case .linkedInSSD:
            [
                .init(1, 1, 0.66, 0.66, 1.85), .init(1, 2, 0.66, 1.63, 1.79),
                .init(2, 1, 1.63, 0.65, 0), .init(2, 2, 1.62, 1.64, 0),
                .init(3, 1, 4.14, 0.65, 0), .init(1, 3, 0.65, 4.09, 0),
            ]
        case .linkedInDisk:
            [
                .init(1, 1, 0.66, 10.99, 45.5), .init(1, 2, 0.65, 20.97, 43.3),
                .init(2, 1, 1.63, 10.9, 13.6), .init(2, 2, 1.64, 20.96, 0),
                .init(3, 1, 4.12, 10.89, 0), .init(1, 3, 0.65, 112.65, 0),
            ]
        case .yammer:
            [
                .init(1, 1, 5.58, 10.83, 1364), .init(1, 2, 5.61, 427.12, 1352),
                .init(2, 1, 32.6, 10.73, 202), .init(2, 2, 33.18, 428.11, 0),
                .init(3, 1, 219.27, 10.79, 0), .init(1, 3, 5.63, 1870.86, 0),
            ]
        case .wideArea:
            [
                .init(1, 1, 3.4, 55.12, 113), .init(1, 2, 3.4, 167.64, 0),
                .init(2, 1, 151.3, 56.36, 30.2), .init(2, 2, 151.31, 167.72, 0),
                .init(3, 1, 153.86, 55.19, 0), .init(1, 3, 3.44, 241.55, 0),
            ]
        }
    }
}
