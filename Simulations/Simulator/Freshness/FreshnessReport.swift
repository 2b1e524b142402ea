/// What the freshness workload of a run saw.
package struct FreshnessReport: Sendable {
    /// Reads at one distance from the acknowledgement.
    package struct Point: Equatable, Sendable {
        /// The distance.
        package let nanoseconds: UInt64
        /// Reads that were answered.
        package var reads = 0
        /// Those of them that returned the version, or something newer.
        package var fresh = 0
    }

    /// Reads that could break a promise to a session, and those that did.
    package struct Session: Equatable, Sendable {
        /// Reads.
        package var reads = 0
        /// Those that broke it.
        package var violations = 0
    }

    /// Reads after the acknowledgements of patient writers, by distance, ascending.
    package var points: [Point]
    /// By how many versions reads at distance 0 were behind, of patient and hasty writers.
    package var lags: [Int] = []
    /// Writes that were acknowledged.
    package var writes = 0
    /// Writes and reads that failed, or of which nobody knows.
    package var (failedWrites, failedReads) = (0, 0)
    /// Reads that were answered.
    package var reads = 0
    /// Those of them that returned something older than the newest version that was acknowledged
    /// when they began.
    package var staleReads = 0
    /// Why, in the order of `StalenessCause`.
    package var causes = StalenessCause.allCases.map { _ in 0 }
    /// For each stale read, since when the first version that it missed had been acknowledged.
    package var deltasNanoseconds: [UInt64] = []
    /// How long the reads took at their coordinators.
    package var readNanoseconds: [UInt64] = []
    /// How long the writes took at their coordinators.
    package var writeNanoseconds: [UInt64] = []
    /// Reads against what their own key's writer had been told: all that follow a write.
    package var readYourWrites = Session()
    /// Reads against what earlier reads of the key had returned.
    package var monotonicReads = Session()

    init(_ workload: FreshnessWorkload) {
        points = workload.distancesNanoseconds.map { Point(nanoseconds: $0) }
    }

    /// How many reads there were for a cause.
    package func reads(because cause: StalenessCause) -> Int {
        causes[StalenessCause.allCases.firstIndex(of: cause) ?? 0]
    }
}
