/// One choice of n, r and w, and how it stands to a target.
package struct AdviceCandidate: Equatable, Sendable {
    /// How it stands to one requirement.
    package struct Outcome: Equatable, Sendable {
        /// The requirement.
        package let requirement: StalenessTarget.Requirement
        /// What is reached: a share for freshness, milliseconds for latencies.
        package let value: Double
        /// The lower bound of the interval; nil where there are too few trials to have one.
        package let low: Double?
        /// The upper bound of the interval; nil where there are too few trials to have one.
        package let high: Double?

        /// Whether the whole interval meets the requirement.
        package var isMet: Bool { excess <= 0 }

        /// By how much the worse end of the interval exceeds what is allowed, relative to that:
        /// the latency its limit, the share of stale reads theirs; none is 0 or less.
        package var excess: Double {
            switch requirement {
            case .fresh(let share, _):
                guard let low else { return .infinity }
                guard low < share else { return 0 }
                return (1 - low) / max(1 - share, 1e-6) - 1
            case .readLatency(_, let limit), .writeLatency(_, let limit):
                guard let high else { return .infinity }
                guard high > limit else { return 0 }
                return limit > 0 ? high / limit - 1 : .infinity
            }
        }
    }

    /// The sizes.
    package let quorum: QuorumSizes
    /// What a request costs on average: messages, and answers that it waits for.
    package let cost: Double
    /// The 99th percentile of a request's latency, reads and writes weighted; breaks ties.
    package let latency: Double
    /// How it stands to each requirement.
    package let outcomes: [Outcome]

    /// How many replicas may be down while reads and writes go on.
    package var survives: Int { AdviceCandidate.survives(quorum) }
    /// Whether it meets the whole target.
    package var isMet: Bool { outcomes.allSatisfy(\.isMet) }
    /// By how much it misses what it misses most.
    package var excess: Double { outcomes.map(\.excess).max() ?? 0 }

    /// How many replicas may be down while reads and writes with these sizes go on.
    package static func survives(_ quorum: QuorumSizes) -> Int {
        quorum.n - max(quorum.r, quorum.w)
    }

    /// How the sizes stand to a target, as trials tell.
    ///
    /// A request costs 2n messages, since all n replicas are asked and answer, and r or w for the
    /// answers that it waits for; `reads` is the share of requests that are reads.
    package init(
        _ quorum: QuorumSizes, trials: WARSTrials, target: StalenessTarget, reads: Double
    ) {
        self.quorum = quorum
        cost =
            2 * Double(quorum.n) + reads * Double(quorum.r) + (1 - reads) * Double(quorum.w)
        latency =
            reads * trials.readLatency(r: quorum.r, 0.99).milliseconds
            + (1 - reads) * trials.writeLatency(w: quorum.w, 0.99).milliseconds
        outcomes = target.requirements.map { requirement in
            AdviceCandidate.outcome(of: requirement, quorum, trials)
        }
    }

    private static func outcome(
        of requirement: StalenessTarget.Requirement, _ quorum: QuorumSizes, _ trials: WARSTrials
    ) -> Outcome {
        let quantile: WARSTrials.Quantile
        switch requirement {
        case .fresh(_, let milliseconds):
            // Quorums that overlap are fresh for certain, however few trials there are.
            let overlaps = quorum.r + quorum.w > quorum.n
            let fresh =
                overlaps ? Estimate(exactly: 1) : trials.fresh(quorum, at: milliseconds)
            return Outcome(
                requirement: requirement, value: fresh.probability, low: fresh.interval.low,
                high: fresh.interval.high)
        case .readLatency(let share, _): quantile = trials.readLatency(r: quorum.r, share)
        case .writeLatency(let share, _): quantile = trials.writeLatency(w: quorum.w, share)
        }
        return Outcome(
            requirement: requirement, value: quantile.milliseconds, low: quantile.low,
            high: quantile.high)
    }

    /// Whether this one comes first: cheaper, then faster, then smaller.
    package func precedes(_ other: AdviceCandidate) -> Bool {
        let own = [cost, latency, Double(quorum.n), Double(quorum.r)]
        let others = [other.cost, other.latency, Double(other.quorum.n), Double(other.quorum.r)]
        return own.lexicographicallyPrecedes(others)
    }
}

/// All choices, the cheapest first, and which of them to take.
package struct Advice: Equatable, Sendable {
    /// The choices, cheapest first.
    package let candidates: [AdviceCandidate]

    /// Sorts the choices by what they cost.
    package init(_ candidates: [AdviceCandidate]) {
        self.candidates = candidates.sorted { $0.precedes($1) }
    }

    /// The cheapest choice that meets the target; nil if none does.
    package var best: AdviceCandidate? { candidates.first(where: \.isMet) }

    /// The choice that misses the target by the least.
    package var nearest: AdviceCandidate? { candidates.min { $0.excess < $1.excess } }
}
