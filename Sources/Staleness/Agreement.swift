/// Whether the shares of fresh reads that were seen are those that were predicted.
///
/// At every distance the share of fresh reads is compared with the predicted one. A share counts as
/// different where chance alone would bring it, or one further off, with a probability of less than
/// the false-alarm probability divided by the number of distances and of sides: by Bonferroni's
/// inequality a right model is blamed with no more than that probability for the whole curve,
/// however the distances depend on each other. The probability is bounded by Chernoff: of m reads
/// that are fresh with probability p, a share of q or further off has at most exp(-m · KL(q, p)).
/// That holds for every m and p, also near 1, where the normal approximation fails. What is
/// predicted is itself estimated, from many more trials: a share must be too far from all of its
/// interval.
package struct Agreement: Equatable, Sendable {
    /// Reads at one distance.
    package struct Point: Equatable, Sendable {
        /// The distance.
        package let milliseconds: Double
        /// Reads at this distance.
        package let reads: Int
        /// Those of them that were fresh.
        package let fresh: Int
        /// The predicted share of fresh ones.
        package let predicted: Estimate

        /// Reads at a distance, and what was predicted of them.
        package init(milliseconds: Double, reads: Int, fresh: Int, predicted: Estimate) {
            precondition(fresh <= reads, "\(fresh) of \(reads)")
            self.milliseconds = milliseconds
            self.reads = reads
            self.fresh = fresh
            self.predicted = predicted
        }
    }

    /// How often a right model is blamed, at most.
    package static let falseAlarm = 0.001

    /// Whether no distance is out of what chance allows.
    package let holds: Bool
    /// In one sentence, with the distance that is furthest off.
    package let note: String

    /// Compares what was seen with what was predicted.
    package init(_ points: [Point]) {
        let seen = points.filter { $0.reads > 0 }
        guard let worst = seen.max(by: { $0.excess < $1.excess }) else {
            (holds, note) = (false, "no read was answered")
            return
        }
        holds = worst.excess <= Math.log(2 * Double(points.count) / Agreement.falseAlarm)
        guard holds, worst.excess == 0 else {
            note =
                (holds ? "agrees at all \(points.count) distances; furthest off" : "disagrees")
                + worst.sentence
            return
        }
        note = "agrees at all \(points.count) distances"
    }

    /// The Kullback-Leibler divergence of two probabilities, in natural units.
    static func divergence(_ share: Double, _ probability: Double) -> Double {
        func term(_ part: Double, _ whole: Double) -> Double {
            part == 0 ? 0 : whole == 0 ? .infinity : part * Math.log(part / whole)
        }
        return term(share, probability) + term(1 - share, 1 - probability)
    }
}

extension Agreement.Point {
    private var share: Double { Double(fresh) / Double(reads) }

    /// By how much the logarithm of the probability to be so far off is below 0, at least.
    fileprivate var excess: Double {
        let interval = predicted.interval
        guard share < interval.low || share > interval.high else { return 0 }
        let nearest = share < interval.low ? interval.low : interval.high
        return Double(reads) * Agreement.divergence(share, nearest)
    }

    fileprivate var sentence: String {
        func percent(_ share: Double) -> String {
            "\((share * 100).rounded(significantDigits: 5)) %"
        }
        return " at t = \(milliseconds.rounded(significantDigits: 3)) ms: \(percent(share)) of "
            + "\(reads) reads were fresh, predicted \(percent(predicted.probability))"
    }
}
