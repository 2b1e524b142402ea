/// Reads sorted by their distance from the acknowledgement of the newest version.
struct FreshnessCells {
    /// The reads of one bin that has any.
    private struct Cell {
        var fresh = 0
        var reads = 0
        var nanoseconds = 0.0

        /// The mean distance of the reads in the bin.
        var milliseconds: Double { nanoseconds / Double(reads) / 1e6 }
    }

    /// By distance, without empty ones.
    private let cells: [Cell]

    /// Sorts reads into bins.
    init(_ reads: [JudgedRead], _ bins: StalenessProbe.Bins) {
        let edges = FreshnessCells.edges(bins, to: reads.map(\.sinceNewest).max() ?? 0)
        var cells = [Cell](repeating: Cell(), count: edges.count + 1)
        for read in reads {
            let index = edges.firstIndex { read.sinceNewest <= $0 } ?? edges.count
            cells[index].reads += 1
            cells[index].fresh += read.isFresh ? 1 : 0
            cells[index].nanoseconds += Double(read.sinceNewest)
        }
        self.cells = cells.filter { $0.reads > 0 }
    }

    /// The upper edges of the bins: that of zero, and then each greater by the same factor.
    private static func edges(_ bins: StalenessProbe.Bins, to longest: UInt64) -> [UInt64] {
        let factor = root(10, bins.perDecade)
        var edges = [bins.zeroLimit]
        var edge = Double(bins.zeroLimit)
        while UInt64(edge) < longest {
            edge *= factor
            edges.append(UInt64(edge))
        }
        return edges
    }

    /// The positive number whose power of `degree` is `value`; by bisection, without libm.
    private static func root(_ value: Double, _ degree: Int) -> Double {
        var (low, high) = (1.0, value)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            let power = (0..<degree).reduce(1.0) { product, _ in product * middle }
            if power < value { low = middle } else { high = middle }
        }
        return high
    }

    /// The share of fresh reads in each bin, at the mean distance of its reads.
    var curve: [FreshnessPoint] {
        cells.map { cell in
            FreshnessPoint(
                milliseconds: cell.milliseconds,
                fresh: Estimate(successes: cell.fresh, of: cell.reads))
        }
    }

    /// After which distance the share of fresh reads is at least `share`.
    ///
    /// The estimate is the first bin at which the isotonic fit reaches it. The bounds follow from
    /// freshness never going down. It may be reached as early as the first bin from which on the
    /// reads before the estimate do not contradict: their interval does not lie below the share.
    /// It is shown to be reached at the first bin up to which the reads from the estimate on have
    /// an interval above the share; for 99.9 % that takes 3,838 reads without a stale one.
    func timeToVisibility(_ share: Double) -> TimeToVisibility {
        let fit = IsotonicFit(cells.map { ($0.fresh, $0.reads) })
        let reached = fit.firstCell { Double($0.successes) >= share * Double($0.trials) }
        return TimeToVisibility(
            probability: share, milliseconds: reached.map(milliseconds),
            low: possible(share, before: reached ?? cells.count).map(milliseconds),
            high: reached.flatMap { shown(share, from: $0) }.map(milliseconds))
    }

    /// The first cell that the reads from it to `end` allow to reach the share.
    private func possible(_ share: Double, before end: Int) -> Int? {
        let first = cells[..<end].indices.first { start in
            interval(start..<end).high >= share
        }
        return first ?? (end < cells.count ? end : nil)
    }

    /// The first cell that the reads from `start` to it show to reach the share.
    private func shown(_ share: Double, from start: Int) -> Int? {
        cells.indices[start...].first { interval(start..<($0 + 1)).low >= share }
    }

    /// Where the share of fresh reads lies in all these cells together.
    private func interval(_ range: Range<Int>) -> Interval {
        let part = cells[range]
        return .wilson(
            successes: part.reduce(0) { $0 + $1.fresh }, of: part.reduce(0) { $0 + $1.reads })
    }

    /// Where a cell lies; the first one stands for the acknowledgement itself.
    private func milliseconds(_ cell: Int) -> Double {
        cell == 0 ? 0 : cells[cell].milliseconds
    }
}

/// For how long stale answers had been out of date, in milliseconds; nil if none was stale.
///
/// Out of date is what a newer version was acknowledged of: the time from the first such
/// acknowledgement to the start of the read, which is the Δ of Golab et al. seen from one client
/// process.
package struct StalenessDelta: Equatable, Sendable {
    /// The median.
    package let p50: Double?
    /// The 99th percentile.
    package let p99: Double?
    /// The longest.
    package let max: Double?

    /// The times of stale reads.
    init(of stale: [JudgedRead]) {
        let times = stale.map { Double($0.outdatedFor) / 1e6 }.sorted()
        let percentiles = LatencyPercentiles(sorted: times)
        (p50, p99, max) = (percentiles.p50, percentiles.p99, times.last)
    }
}
