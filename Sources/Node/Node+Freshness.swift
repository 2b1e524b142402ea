import Causality
import Quorum
import Staleness

/// How fresh the reads were that a node coordinated for its clients since it started.
///
/// No request is made for it: a coordinator asks all replicas anyway, answers after r of them, and
/// compares what it said with what all of them say once the last has answered.
package struct ReadFreshnessCounts: Hashable, Sendable {
    /// Reads of which all that were asked answered.
    package private(set) var judged: UInt64 = 0
    /// Those of them whose reply lacked something written before they began.
    package private(set) var stale: UInt64 = 0
    /// Reads that were answered and could not be judged, since not all that were asked answered.
    package private(set) var unjudged: UInt64 = 0
    /// For how long, at most, what stale reads told had been outdated when it was told.
    ///
    /// That is from the time that the oldest missed version bears to the reply; in microseconds,
    /// to the millisecond.
    package private(set) var ages = DelayHistogram()

    mutating func count(_ freshness: ReadFreshness, repliedAt time: HybridTimestamp) {
        switch freshness {
        case .fresh: judged += 1
        case .unknown: unjudged += 1
        case .stale(let oldestMissed):
            judged += 1
            stale += 1
            let (missed, told) = (oldestMissed.milliseconds, time.milliseconds)
            ages.record((told - min(missed, told)) * 1_000)
        }
    }
}

extension Node {
    /// A read for a client is over and was judged.
    mutating func count(
        _ freshness: ReadFreshness, ofGet request: UInt64, _ effects: inout [Effect]
    ) {
        let told = gets.with(request) {
            $0.origin.client == nil || $0.origin.isRepair ? nil : $0.repliedAt
        }
        guard let repliedAt = told ?? nil else { return }
        freshnessCounts.count(freshness, repliedAt: repliedAt)
        effects.append(.note(.readJudged(request: request, freshness)))
    }
}
