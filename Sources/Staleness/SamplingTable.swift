import Primitives

/// Draws delays: several distributions, laid out flat for ten millions of draws per second.
///
/// Each draw takes one random number and inverts the cumulative distribution: the number first
/// chooses the part of the mixture, and what is left of it, stretched to 0…1, the delay. There is
/// no table of quantiles in between, so that tails are exact as far as 2^-53. Plain numbers in flat
/// arrays, since threads that shared anything counted would slow each other down.
struct SamplingTable {
    private enum Kind: UInt8 {
        case pareto, exponential, constant, uniform, logNormal, measured
    }

    private struct Part {
        /// The first random number of this part.
        var from = 0.0
        /// The end of this part's random numbers, exclusively.
        var upTo = 0.0
        /// Stretches the random numbers of this part to 0…1.
        var stretch = 1.0
        var kind = Kind.constant
        /// The parameters, by `kind`.
        var first = 0.0
        var second = 0.0
        /// Where the histogram's buckets and guide begin.
        var buckets = 0
        var guide = 0
    }

    /// One bucket of a histogram: the share of delays below it and in it, and its bounds.
    private struct Bucket {
        var from: Double
        var upTo: Double
        var low: Double
        var width: Double
    }

    /// The parts of all distributions, one distribution after the other.
    private var parts: [Part] = []
    private var firstPart: [Int] = []
    private var buckets: [Bucket] = []
    /// For each 1024th of 0…1, the bucket in which it begins: the search starts there.
    private var guide: [Int32] = []

    private static let guideSize = 1024

    init(_ distributions: [DelayDistribution]) {
        for distribution in distributions {
            firstPart.append(parts.count)
            append(distribution)
        }
    }

    private mutating func append(_ distribution: DelayDistribution) {
        let total = distribution.parts.reduce(0) { $0 + $1.weight }
        var from = 0.0
        for (index, part) in distribution.parts.enumerated() {
            let isLast = index == distribution.parts.count - 1
            var entry = flat(part.component)
            entry.from = from
            entry.upTo = isLast ? 2 : from + part.weight / total
            entry.stretch = total / part.weight
            from = entry.upTo
            parts.append(entry)
        }
    }

    private mutating func flat(_ component: DelayComponent) -> Part {
        var part = Part()
        switch component {
        case .pareto(let scale, let shape):
            (part.kind, part.first, part.second) = (.pareto, scale, 1 / shape)
        case .exponential(let rate): (part.kind, part.first) = (.exponential, 1 / rate)
        case .constant(let milliseconds): part.first = milliseconds
        case .uniform(let low, let high):
            (part.kind, part.first, part.second) = (.uniform, low, high - low)
        case .logNormal(let median, let sigma):
            (part.kind, part.first, part.second) = (.logNormal, median, sigma)
        case .measured(let histogram):
            (part.kind, part.buckets, part.guide) = (.measured, buckets.count, guide.count)
            append(histogram.filter { $0.count > 0 })
        }
        return part
    }

    private mutating func append(_ histogram: [DelayBucket]) {
        let total = histogram.reduce(0) { $0 + Double($1.count) }
        let first = buckets.count
        var below = 0.0
        for bucket in histogram {
            let from = below / total
            below += Double(bucket.count)
            buckets.append(
                Bucket(
                    from: from, upTo: below / total, low: bucket.low,
                    width: bucket.high - bucket.low))
        }
        buckets[buckets.count - 1].upTo = 2
        var index = first
        for slot in 0..<SamplingTable.guideSize {
            while buckets[index].upTo <= Double(slot) / Double(SamplingTable.guideSize) {
                index += 1
            }
            guide.append(Int32(index))
        }
    }

    /// A delay of the distribution with this index, in milliseconds.
    @inline(__always)
    func sample(_ distribution: Int, using stream: inout RandomStream) -> Double {
        let share = (Double(stream.next() >> 11) + 0.5) * 0x1p-53
        var index = firstPart[distribution]
        while share >= parts[index].upTo { index += 1 }
        let part = parts[index]
        let own = min(max((share - part.from) * part.stretch, 0x1p-54), 1 - 0x1p-53)
        switch part.kind {
        case .pareto: return part.first * Math.exp(-Math.log(own) * part.second)
        case .exponential: return -Math.log(own) * part.first
        case .constant: return part.first
        case .uniform: return part.first + own * part.second
        case .logNormal: return part.first * Math.exp(part.second * Math.normalQuantile(own))
        case .measured: return measured(part, own)
        }
    }

    private func measured(_ part: Part, _ share: Double) -> Double {
        let slot = part.guide + Int(share * Double(SamplingTable.guideSize))
        var index = Int(guide[slot])
        while share >= buckets[index].upTo { index += 1 }
        let bucket = buckets[index]
        let upTo = min(bucket.upTo, 1)
        return bucket.low + bucket.width * ((share - bucket.from) / (upTo - bucket.from))
    }
}
