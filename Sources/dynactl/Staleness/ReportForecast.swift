import Staleness

/// The prediction that a report makes itself.
enum ReportForecast {
    /// How many trials are played: enough for three digits of the latencies at 99.9 %.
    static let trials = 8 * WARSTrials.chunkTrials
    /// How many replicas there are, as by default in a ring.
    static let n = 3
    /// Which random numbers are drawn.
    static let seed: UInt64 = 1

    /// The names of the models there are.
    static var names: String { PublishedFit.allCases.map(\.rawValue).joined(separator: ", ") }

    /// Predicts all choices of r and w for a published model.
    static func document(model name: String) throws(Failure) -> ReportDocument {
        guard let model = PublishedFit(rawValue: name) else {
            throw .usage("there is no model '\(name)': it must be one of \(names)")
        }
        let quorums = (1...n).flatMap { r in (1...n).map { w in QuorumSizes(n: n, r: r, w: w) } }
        var trials = WARSTrials(
            model: WARSModel(model.fit, n: n, nodes: n, coordinators: .outside), quorums: quorums)
        for chunk in 0..<WARSTrials.chunks(of: ReportForecast.trials) {
            trials.play(chunk: chunk, of: ReportForecast.trials, seed: seed)
        }
        let text = Prediction.document(
            of: quorums.map { Prediction(trials, quorum: $0, seed: seed) })
        return try ReportReader.document(
            ReportField(source: "made for this report", path: "", value: JSON.parse(answer: text)))
    }
}
