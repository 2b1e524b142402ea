/// Estimates how stale reads are from what clients saw.
///
/// The method is that of "client-centric" measurements (Bermbach, Tai, "Eventual Consistency: How
/// Soon is Eventual?", 2011; Golab et al., "Analyzing Consistency Properties for Fun and Profit",
/// PODC 2011): values are unique and ordered, so that each answer tells which write it is from, and
/// all times are of one monotonic clock, so that no clocks need to agree. We differ in that t is
/// counted from the acknowledgement of the newest version, as in probabilistically bounded
/// staleness (Bailis et al., PVLDB 5(8) 2012), so that the two can be compared.
package struct StalenessProbe: Sendable {
    /// How the reads are sorted by their distance from the acknowledgement.
    package struct Bins: Equatable, Sendable {
        /// What counts as a read at the acknowledgement, in nanoseconds.
        package var zeroLimit: UInt64
        /// How many bins there are beyond it for each factor of ten.
        package var perDecade: Int

        /// Bins; a millisecond is "at once", and ten divide a decade.
        package init(zeroLimit: UInt64 = 1_000_000, perDecade: Int = 10) {
            precondition(zeroLimit > 0 && perDecade > 0, "bins have a width")
            self.zeroLimit = zeroLimit
            self.perDecade = perDecade
        }
    }

    /// What the probe found.
    package struct Findings: Equatable, Sendable {
        /// What predictions and simulations tell as well.
        package var result: StalenessResult
        /// The reads that began after an acknowledgement, and so can be fresh or stale.
        package var reads: Int
        /// Those that were stale.
        package var staleReads: Int
        /// The median distance from the acknowledgement of the reads at zero, in milliseconds.
        package var zeroMilliseconds: Double?
        /// For how long stale answers had been out of date.
        package var delta: StalenessDelta
        /// A session's reads of what it wrote.
        package var readYourWrites: SessionGuarantee
        /// A session's reads of what it had read.
        package var monotonicReads: SessionGuarantee
    }

    /// The sizes that the history was made with.
    private let quorum: QuorumSizes
    private let bins: Bins

    /// A probe of a history that was made with these sizes.
    package init(_ quorum: QuorumSizes, bins: Bins = Bins()) {
        self.quorum = quorum
        self.bins = bins
    }

    /// What the history says.
    package func findings(in history: StalenessHistory) -> Findings {
        let judged = StalenessProbe.judge(history)
        let stale = judged.filter { !$0.isFresh }
        let atZero = judged.filter { $0.sinceNewest <= bins.zeroLimit }
        let cells = FreshnessCells(judged, bins)
        var result = StalenessResult(
            quorum: quorum,
            freshAtZero: Estimate(successes: atZero.count(where: \.isFresh), of: atZero.count),
            tVisibility: cells.timeToVisibility(StalenessResult.target),
            kStaleness: (1...StalenessResult.versionsMax).map { k in
                Estimate(
                    successes: atZero.count { $0.versionsBehind < k }, of: atZero.count)
            })
        result.curve = cells.curve
        add(latencies: history, to: &result)
        let sessions = StalenessProbe.judgeSessions(history)
        let zeroDistances = atZero.map { Double($0.sinceNewest) / 1e6 }.sorted()
        return Findings(
            result: result, reads: judged.count, staleReads: stale.count,
            zeroMilliseconds: LatencyPercentiles(sorted: zeroDistances).p50,
            delta: StalenessDelta(of: stale), readYourWrites: sessions.readYourWrites,
            monotonicReads: sessions.monotonicReads)
    }

    private func add(latencies history: StalenessHistory, to result: inout StalenessResult) {
        let reads = history.reads.map { Double($0.end - $0.start) / 1e6 }.sorted()
        let writes = history.writes.compactMap { write in
            write.acknowledged.map { Double($0 - write.start) / 1e6 }
        }.sorted()
        result.readLatency = LatencyPercentiles(sorted: reads)
        result.writeLatency = LatencyPercentiles(sorted: writes)
        result.readLatencyCurve = LatencyPoint.curve(sorted: reads)
        result.writeLatencyCurve = LatencyPoint.curve(sorted: writes)
    }

    /// Judges every read that began after a write of its key was acknowledged.
    package static func judge(_ history: StalenessHistory) -> [JudgedRead] {
        let writes = runs(of: history.writes) { [$0.key] }
        let reads = runs(of: history.reads) { [$0.key] }
        return match(writes, reads) { writes, reads in
            let timeline = KeyTimeline(writes)
            return reads.compactMap(timeline.judge)
        }.flatMap { $0 }
    }

    private static func judgeSessions(
        _ history: StalenessHistory
    ) -> (readYourWrites: SessionGuarantee, monotonicReads: SessionGuarantee) {
        let writes = runs(of: history.writes) { [$0.key, $0.session] }
        let reads = runs(of: history.reads) { [$0.key, $0.session] }
        let judges = match(writes, reads) { SessionJudge(writes: $0, reads: $1) }
        return (
            judges.reduce(into: SessionGuarantee()) { $0.add($1.readYourWrites) },
            judges.reduce(into: SessionGuarantee()) { $0.add($1.monotonicReads) }
        )
    }
}

extension SessionGuarantee {
    /// Adds the counts of another session.
    mutating func add(_ other: SessionGuarantee) {
        self = SessionGuarantee(
            reads: reads + other.reads, violations: violations + other.violations)
    }
}

/// Observations that have the same key, or the same key and session.
private struct Run<Observation> {
    let name: [Int]
    let observations: [Observation]
}

extension StalenessProbe {
    /// Groups observations by name; the groups ascend by name.
    private static func runs<Observation>(
        of observations: [Observation], by name: (Observation) -> [Int]
    ) -> [Run<Observation>] {
        let groups = Dictionary(grouping: observations, by: name)
        // order-free: the groups are sorted by name, and each keeps the order of its observations.
        return groups.map { Run(name: $0.key, observations: $0.value) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// Combines each group of reads with the writes of the same name, of which there may be none.
    private static func match<Outcome>(
        _ writes: [Run<ObservedWrite>], _ reads: [Run<ObservedRead>],
        _ combine: ([ObservedWrite], [ObservedRead]) -> Outcome
    ) -> [Outcome] {
        var outcomes: [Outcome] = []
        var next = 0
        for run in reads {
            while next < writes.count, writes[next].name.lexicographicallyPrecedes(run.name) {
                next += 1
            }
            let isSame = next < writes.count && writes[next].name == run.name
            outcomes.append(combine(isSame ? writes[next].observations : [], run.observations))
        }
        return outcomes
    }
}
