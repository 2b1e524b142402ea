import Staleness

/// The prediction that a report makes itself, of all choices of r and w.
enum ReportForecast {
    /// Predicts with a model, for n replicas.
    static func document(
        _ options: ModelOptions, n: Int
    ) async throws -> ReportDocument {
        let model = try options.source().model(n: n)
        let quorums = (1...n).flatMap { r in (1...n).map { w in QuorumSizes(n: n, r: r, w: w) } }
        let predictions = try await options.player().predict(model, quorums)
        let json = try JSON.parse(answer: Prediction.document(of: predictions))
        return try ReportReader.document(
            ReportField(source: "made for this report", path: "", value: json))
    }
}
