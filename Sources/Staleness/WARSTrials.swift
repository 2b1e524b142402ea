import Primitives

/// Plays reads after writes as a model draws their delays, and counts how stale they are.
///
/// Trials come in chunks with a random stream of their own, named by the seed and the chunk's
/// number, and only whole numbers are counted: the result depends on the seed and on the number of
/// trials, never on how many threads ran which chunks. One trial serves all quorums at once, since
/// they only choose among the same sorted delays.
package struct WARSTrials: Sendable {
    /// How many trials a chunk has; only the last one may have fewer.
    package static let chunkTrials = 65_536
    /// The most trials that can be counted.
    package static let trialsMax = 4_000_000_000

    /// The model.
    package let model: WARSModel
    /// Which sizes are looked at.
    package let quorums: [QuorumSizes]

    private let table: SamplingTable
    private let isPlaceless: Bool
    private let readSizes: [Int]
    private let writeSizes: [Int]
    /// First the times until reads are fresh, by quorum; then the reads' and the writes' latencies.
    private var histograms: FineHistograms

    // What one trial works on.
    private var nodes: [Int]
    private var acknowledged: [Double]
    private var answered: [Double]
    private var needed: [Double]

    /// No trials yet of quorums that all have the model's n.
    package init(model: WARSModel, quorums: [QuorumSizes]) {
        precondition(quorums.allSatisfy { $0.n == model.n }, "a quorum is about another n")
        self.model = model
        self.quorums = quorums
        table = SamplingTable(model.distributions)
        isPlaceless = model.isPlaceless
        readSizes = Array(1...model.n).filter { r in quorums.contains { $0.r == r } }
        writeSizes = Array(1...model.n).filter { w in quorums.contains { $0.w == w } }
        histograms = FineHistograms(count: quorums.count + readSizes.count + writeSizes.count)
        nodes = Array(0..<model.nodes)
        acknowledged = Array(repeating: 0, count: model.n)
        answered = acknowledged
        needed = acknowledged
    }

    /// How many trials were played.
    package var count: Int { histograms.total }

    /// How much memory the trials take, whatever their number.
    package var memoryBytes: Int { histograms.memoryBytes }

    /// How many chunks so many trials have.
    package static func chunks(of trials: Int) -> Int { (trials + chunkTrials - 1) / chunkTrials }

    /// Plays one chunk of `trials` trials in all.
    package mutating func play(chunk: Int, of trials: Int, seed: UInt64) {
        var stream = RandomStream(root: seed, name: "chunk \(chunk)")
        let count = min(WARSTrials.chunkTrials, trials - chunk * WARSTrials.chunkTrials)
        // A trial's choice of nodes starts from how the last one left them: a chunk must not.
        for node in nodes.indices { nodes[node] = node }
        for _ in 0..<count { play(&stream) }
    }

    /// Adds the trials that another one played of the same model.
    package mutating func merge(_ other: WARSTrials) {
        histograms.merge(other.histograms)
    }

    private mutating func play(_ stream: inout RandomStream) {
        let (writer, reader) = isPlaceless ? (0, 0) : drawPlaces(&stream)
        for replica in 0..<model.n {
            let node = isPlaceless ? 0 : nodes[replica]
            let write = model.legs[writer + node]
            let written = table.sample(write.write, using: &stream) + write.additional
            let acknowledgement =
                table.sample(write.acknowledgement, using: &stream) + write.additional
            let read = model.legs[reader + node]
            let request = table.sample(read.read, using: &stream) + read.additional
            let response = table.sample(read.response, using: &stream) + read.additional
            insert(acknowledgement: written + acknowledgement, before: replica)
            insert(answer: request + response, needing: written - request, before: replica)
        }
        countTrial()
    }

    /// Draws the replicas and the coordinators; returns where the legs of these begin.
    private mutating func drawPlaces(_ stream: inout RandomStream) -> (writer: Int, reader: Int) {
        let count = model.nodes
        if model.n < count {
            for replica in 0..<model.n {
                nodes.swapAt(replica, .random(in: replica..<count, using: &stream))
            }
        }
        let writer = nodes[.random(in: 0..<model.n, using: &stream)]
        let reader = Int.random(in: 0..<count, using: &stream)
        return (writer * count, reader * count)
    }

    @inline(__always)
    private mutating func insert(acknowledgement: Double, before end: Int) {
        var place = end
        while place > 0, acknowledged[place - 1] > acknowledgement {
            acknowledged[place] = acknowledged[place - 1]
            place -= 1
        }
        acknowledged[place] = acknowledgement
    }

    /// Sorts in an answer, with the time between write and read request that makes it fresh.
    @inline(__always)
    private mutating func insert(answer: Double, needing: Double, before end: Int) {
        var place = end
        while place > 0, answered[place - 1] > answer {
            answered[place] = answered[place - 1]
            needed[place] = needed[place - 1]
            place -= 1
        }
        answered[place] = answer
        needed[place] = needing
    }

    /// Counts a trial: a read is fresh from the time on at which any of its answers is.
    private mutating func countTrial() {
        for replica in 1..<max(1, model.n) {
            needed[replica] = min(needed[replica], needed[replica - 1])
        }
        var histogram = 0
        for quorum in quorums {
            let time = needed[quorum.r - 1] - acknowledged[quorum.w - 1]
            histograms.add(time, to: histogram)
            histogram += 1
        }
        for r in readSizes {
            histograms.add(answered[r - 1], to: histogram)
            histogram += 1
        }
        for w in writeSizes {
            histograms.add(acknowledged[w - 1], to: histogram)
            histogram += 1
        }
        histograms.endRound()
    }
}

// MARK: - What the trials tell

extension WARSTrials {
    /// A quantile of some times, with its interval in the same milliseconds.
    package struct Quantile: Equatable, Sendable {
        /// The quantile.
        package let milliseconds: Double
        /// The lower bound; nil where there are too few trials to have one.
        package let low: Double?
        /// The upper bound; nil where there are too few trials to have one.
        package let high: Double?
    }

    /// The share of reads that are fresh a time after the acknowledgement.
    package func fresh(_ quorum: QuorumSizes, at milliseconds: Double) -> Estimate {
        let histogram = freshness(of: quorum)
        return Estimate(
            successes: histograms.count(in: histogram, upTo: milliseconds), of: count)
    }

    /// How long after the acknowledgement a share of the reads is fresh.
    package func timeToVisibility(_ quorum: QuorumSizes, _ probability: Double) -> Quantile {
        quantile(probability, in: freshness(of: quorum))
    }

    /// A quantile of the latencies of reads that wait for `r` answers.
    package func readLatency(r: Int, _ probability: Double) -> Quantile {
        quantile(probability, in: reads(r))
    }

    /// A quantile of the latencies of writes that wait for `w` acknowledgements.
    package func writeLatency(w: Int, _ probability: Double) -> Quantile {
        quantile(probability, in: writes(w))
    }

    /// Everything about one of the quorums.
    package func result(for quorum: QuorumSizes) -> StalenessResult {
        let visible = timeToVisibility(quorum, StalenessResult.target)
        var result = StalenessResult(
            quorum: quorum, freshAtZero: fresh(quorum, at: 0),
            tVisibility: TimeToVisibility(
                probability: StalenessResult.target, milliseconds: visible.milliseconds,
                low: visible.low, high: visible.high),
            kStaleness: (1...StalenessResult.versionsMax).map {
                Estimate(exactly: ClosedForms.freshness(quorum, versions: $0))
            })
        result.readLatency = percentiles(reads(quorum.r))
        result.writeLatency = percentiles(writes(quorum.w))
        result.curve = curve(quorum)
        result.readLatencyCurve = latencyCurve(reads(quorum.r))
        result.writeLatencyCurve = latencyCurve(writes(quorum.w))
        return result
    }

    private func freshness(of quorum: QuorumSizes) -> Int {
        guard let histogram = quorums.firstIndex(of: quorum) else {
            preconditionFailure("no trials of \(quorum)")
        }
        return histogram
    }

    private func reads(_ r: Int) -> Int {
        guard let index = readSizes.firstIndex(of: r) else {
            preconditionFailure("no trials of r=\(r)")
        }
        return quorums.count + index
    }

    private func writes(_ w: Int) -> Int {
        guard let index = writeSizes.firstIndex(of: w) else {
            preconditionFailure("no trials of w=\(w)")
        }
        return quorums.count + readSizes.count + index
    }

    private func quantile(_ probability: Double, in histogram: Int) -> Quantile {
        let ranks = QuantileRanks(probability, of: count)
        return Quantile(
            milliseconds: histograms.time(in: histogram, rank: ranks.value),
            low: ranks.low.map { histograms.time(in: histogram, rank: $0) },
            high: ranks.high.map { histograms.time(in: histogram, rank: $0) })
    }

    private func time(_ probability: Double, in histogram: Int) -> Double {
        histograms.time(
            in: histogram, rank: QuantileRanks.rank(probability, of: count))
    }

    private func percentiles(_ histogram: Int) -> LatencyPercentiles {
        LatencyPercentiles(
            p50: time(0.5, in: histogram), p99: time(0.99, in: histogram),
            p999: time(0.999, in: histogram))
    }

    private func latencyCurve(_ histogram: Int) -> [LatencyPoint] {
        LatencyPoint.probabilities(of: count).map {
            LatencyPoint(milliseconds: time($0, in: histogram), probability: $0)
        }
    }

    /// Ten times per decade (the preferred numbers R10) until one read in 100,000 is stale.
    private func curve(_ quorum: QuorumSizes) -> [FreshnessPoint] {
        var points = [FreshnessPoint(milliseconds: 0, fresh: fresh(quorum, at: 0))]
        var decade = 0.01
        while decade < 1e7 {
            for step in [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8] {
                guard let last = points.last, last.fresh.probability < 0.99999 else {
                    return points
                }
                let time = (decade * step).rounded(significantDigits: 3)
                points.append(FreshnessPoint(milliseconds: time, fresh: fresh(quorum, at: time)))
            }
            decade *= 10
        }
        return points
    }
}
