import Primitives
import Staleness

extension FreshnessReport {
    /// How stale the reads were, in the terms that predictions and measurements share.
    package func result(n: Int, r: Int, w: Int) -> StalenessResult {
        let curve = points.map { point in
            FreshnessPoint(
                milliseconds: Double(point.nanoseconds) / 1e6,
                fresh: Estimate(successes: point.fresh, of: point.reads))
        }
        var result = StalenessResult(
            quorum: QuorumSizes(n: n, r: r, w: w), freshAtZero: curve[0].fresh,
            tVisibility: visibility(curve),
            kStaleness: (1...StalenessResult.versionsMax).map { k in
                Estimate(successes: lags.count { $0 < k }, of: lags.count)
            })
        let (reads, writes) = (sorted(readNanoseconds), sorted(writeNanoseconds))
        result.readLatency = LatencyPercentiles(sorted: reads)
        result.writeLatency = LatencyPercentiles(sorted: writes)
        result.curve = curve
        result.readLatencyCurve = LatencyPoint.curve(sorted: reads)
        result.writeLatencyCurve = LatencyPoint.curve(sorted: writes)
        return result
    }

    /// How long after the acknowledgement a stale read still missed a version.
    package var deltas: (p50: Double?, p99: Double?, max: Double?) {
        let deltas = sorted(deltasNanoseconds)
        let percentiles = LatencyPercentiles(sorted: deltas)
        return (percentiles.p50, percentiles.p99, deltas.last)
    }

    private func sorted(_ nanoseconds: [UInt64]) -> [Double] {
        nanoseconds.sorted().map { Double($0) / 1e6 }
    }

    /// The first distance from which on the target is reached, by the rising curve that fits the
    /// shares best (pool adjacent violators); the bounds are where the intervals leave no doubt.
    private func visibility(_ curve: [FreshnessPoint]) -> TimeToVisibility {
        let target = StalenessResult.target
        let reached = rising().firstIndex { $0 >= target }
        let below = curve.lastIndex { $0.fresh.interval.high < target }
        let above = curve.firstIndex { $0.fresh.interval.low >= target }
        return TimeToVisibility(
            probability: target, milliseconds: reached.map { curve[$0].milliseconds },
            low: below.map { curve[$0].milliseconds } ?? 0,
            high: above.map { curve[$0].milliseconds })
    }

    /// The shares of fresh reads, made to rise.
    private func rising() -> [Double] {
        var blocks: [(fresh: Int, reads: Int, points: Int)] = []
        for point in points {
            var block = (fresh: point.fresh, reads: point.reads, points: 1)
            while let last = blocks.last, last.fresh * block.reads >= block.fresh * last.reads {
                blocks.removeLast()
                block = (
                    block.fresh + last.fresh, block.reads + last.reads, block.points + last.points
                )
            }
            blocks.append(block)
        }
        return blocks.flatMap { block in
            let share = block.reads == 0 ? 0 : Double(block.fresh) / Double(block.reads)
            return Array(repeating: share, count: block.points)
        }
    }
}
