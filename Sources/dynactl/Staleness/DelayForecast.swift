import DynaClient
import Staleness

/// What the model predicts from the delays that a ring measured while it was measured itself.
struct DelayForecast {
    /// How many trials are played; they leave an error of a tenth of a per cent.
    static let trials = 4 * WARSTrials.chunkTrials

    private let played: WARSTrials
    private let seed: UInt64

    /// Plays the trials; nil, with a notice, where there are too few delays to predict from.
    init?(_ delays: RingDelays, for quorums: [QuorumSizes], seed: UInt64) async {
        guard let n = quorums.first?.n, let measured = MeasuredDelays(delays) else { return nil }
        do throws(TooFewSamples) {
            let (model, notices) = try measured.model(named: "measured", n: n)
            for notice in notices { Output.notice(notice) }
            played = await DelayForecast.play(model, quorums, seed: seed)
            self.seed = seed
        } catch {
            Output.notice("no prediction: \(error)")
            return nil
        }
    }

    private static func play(
        _ model: WARSModel, _ quorums: [QuorumSizes], seed: UInt64
    ) async -> WARSTrials {
        let none = WARSTrials(model: model, quorums: quorums)
        return await withTaskGroup(of: WARSTrials.self) { group in
            for chunk in 0..<WARSTrials.chunks(of: trials) {
                group.addTask {
                    var part = none
                    part.play(chunk: chunk, of: trials, seed: seed)
                    return part
                }
            }
            return await group.reduce(into: none) { $0.merge($1) }
        }
    }

    /// The prediction for one of the sizes.
    func prediction(for quorum: QuorumSizes) -> Prediction {
        Prediction(played, quorum: quorum, seed: seed)
    }

    /// The share of fresh reads so many milliseconds after an acknowledgement.
    func fresh(_ quorum: QuorumSizes, at milliseconds: Double) -> Double {
        played.fresh(quorum, at: milliseconds).probability
    }
}

extension MeasuredDelays {
    /// The delays as the model takes them; nil where they name nodes that are no members.
    init?(_ delays: RingDelays) {
        var pairs: [Pair] = []
        for measured in delays.pairs {
            guard let from = delays.nodes.firstIndex(of: measured.from),
                let to = delays.nodes.firstIndex(of: measured.to)
            else { continue }
            var pair = Pair(from: from, to: to)
            pair.write = measured.buckets(of: "write")
            pair.acknowledgement = measured.buckets(of: "acknowledgement")
            pair.read = measured.buckets(of: "read")
            pair.response = measured.buckets(of: "response")
            pairs.append(pair)
        }
        guard !pairs.isEmpty else { return nil }
        self.init(nodes: delays.nodes, pairs: pairs)
    }
}

extension RingDelays.Pair {
    /// The samples of a kind; what counts whole microseconds reaches to the next one.
    fileprivate func buckets(of kind: String) -> [DelayBucket] {
        let samples = RingDelays.kinds.firstIndex(of: kind).map { self.samples[$0] }
        return (samples?.ascending ?? []).map { bucket, count in
            DelayBucket(
                low: Double(bucket.low) / 1_000, high: Double(bucket.high + 1) / 1_000,
                count: UInt64(count))
        }
    }
}
