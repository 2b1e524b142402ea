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
        do {
            let document = try DelaysDocument(delays.document).content()
            guard case .measured(let measured) = document, let n = quorums.first?.n else {
                return nil
            }
            let (model, notices) = try measured.model(named: "measured", n: n)
            if let notice = notices.first {
                let others = notices.count - 1
                Output.notice(notice + (others > 0 ? "; so it is with \(others) others" : ""))
            }
            played = await WARSPlayer(trials: DelayForecast.trials, seed: seed)
                .play(model, quorums)
            self.seed = seed
        } catch {
            Output.notice("no prediction: \(explanation(of: error))")
            return nil
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
