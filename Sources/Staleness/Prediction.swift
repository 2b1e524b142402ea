import Primitives

/// What WARS predicts for one model and one choice of n, r and w.
package struct Prediction: Equatable, Sendable {
    /// What the model is called.
    package let model: String
    /// How many trials were played.
    package let trials: Int
    /// Which random numbers they drew.
    package let seed: UInt64
    /// Where the coordinators were.
    package let coordinators: WARSModel.Coordinators
    /// What came out.
    package let result: StalenessResult

    /// The prediction that trials, played with `seed`, give for one of their quorums.
    package init(_ trials: WARSTrials, quorum: QuorumSizes, seed: UInt64) {
        model = trials.model.name
        self.trials = trials.count
        self.seed = seed
        coordinators = trials.model.coordinators
        result = trials.result(for: quorum)
    }

    /// Writes the prediction as an object.
    package func write(_ name: String? = nil, into json: inout JSONText) {
        json.object(name) { json in
            json.string("kind", "prediction")
            json.string("model", model)
            result.write(into: &json) { json in
                json.number("trials", trials)
                json.number("seed", seed)
            }
            json.string("coordinators", coordinators.rawValue)
        }
    }

    /// The document about several predictions of one model.
    package static func document(of predictions: [Prediction]) -> String {
        var json = JSONText()
        json.object { json in
            json.string("kind", "predictions")
            json.string("model", predictions.first?.model ?? "")
            json.number("trials", predictions.first?.trials ?? 0)
            json.number("seed", predictions.first?.seed ?? 0)
            json.array("results") { list in
                for prediction in predictions { prediction.write(into: &list) }
            }
        }
        return json.text
    }
}
