import Testing

@testable import Staleness

/// The paper's table 4 against this model, both with the error of their trials.
@Suite struct PublishedTableTests {
    /// Where the printed write latency is another model's: the authors' simulator drew Yammer's
    /// writes with a shape of 3.5, the paper says 3.35.
    private static func tolerance(_ model: PublishedFit) -> Double {
        model == .yammer ? 0.04 : 0.02
    }

    /// Figures of section 5.6: the share of fresh reads right after the write, r = w = 1.
    private static let freshAtZero: [PublishedFit: Double] = [
        .linkedInSSD: 0.974, .linkedInDisk: 0.439, .yammer: 0.893,
    ]

    @Test(arguments: PublishedFit.allCases)
    func `printed figures reproduce`(model: PublishedFit) {
        let trials = played(model)
        for cell in PublishedCell.cells(of: model) {
            let read = trials.readLatency(r: cell.quorum.r, 0.999)
            let write = trials.writeLatency(w: cell.quorum.w, 0.999)
            let time = trials.timeToVisibility(cell.quorum, 0.999)
            #expect(includes(read, cell.readLatency, 0.02), "\(cell): \(read)")
            #expect(includes(write, cell.writeLatency, Self.tolerance(model)), "\(cell): \(write)")
            #expect(follows(time, cell.tVisibility), "\(cell): \(time)")
        }
        if let share = Self.freshAtZero[model] {
            let fresh = trials.fresh(QuorumSizes(n: 3, r: 1, w: 1), at: 0)
            #expect(abs(fresh.probability / share - 1) < 0.01, "\(fresh)")
        }
    }

    /// A printed time is where the first 50,000 fresh trials were found, which comes out low, by
    /// no more than a sixth; a printed zero is one.
    private func follows(_ time: WARSTrials.Quantile, _ printed: Double) -> Bool {
        guard printed > 0 else { return time.milliseconds == 0 }
        return (time.low ?? 0) * 0.83 < printed && printed < (time.high ?? .infinity)
    }

    private func played(_ model: PublishedFit) -> WARSTrials {
        let count = 4 * WARSTrials.chunkTrials
        var trials = WARSTrials(
            model: WARSModel(model.fit, n: 3, nodes: 3, coordinators: .outside),
            quorums: PublishedCell.cells(of: model).map(\.quorum))
        for chunk in 0..<4 { trials.play(chunk: chunk, of: count, seed: 1) }
        return trials
    }

    private func includes(
        _ quantile: WARSTrials.Quantile, _ printed: Double, _ tolerance: Double
    ) -> Bool {
        let (low, high) = (quantile.low ?? 0, quantile.high ?? .infinity)
        return low * (1 - tolerance) <= printed && printed <= high * (1 + tolerance)
    }
}
