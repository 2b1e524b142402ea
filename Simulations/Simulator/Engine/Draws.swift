import Primitives

// Distributions in integer arithmetic: the same on every machine, whatever its mathematical
// library.
extension RandomStream {
    /// A number below a bound.
    @inline(__always)
    mutating func below(_ bound: UInt64) -> UInt64 {
        bound.multipliedFullWidth(by: next()).high
    }

    /// An index below a count.
    @inline(__always)
    mutating func index(_ count: Int) -> Int {
        Int(below(UInt64(count)))
    }

    /// Whether something of a probability happens; draws nothing where it is impossible.
    @inline(__always)
    mutating func happens(_ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        return Double(next() >> 11) * 0x1p-53 < probability
    }

    /// An exponentially distributed number with a mean, at most 16 times the mean.
    ///
    /// -ln(u) by its integer part, which is how often a coin falls on one side times ln 2, and a
    /// table for the mantissa; exact to 1 in 250.
    mutating func exponential(mean: UInt64) -> UInt64 {
        guard mean > 0 else { return 0 }
        let bits = next()
        let halvings = UInt64((bits | 1 << 40).trailingZeroBitCount)
        let mantissa = Draws.negativeLogarithms[Int(bits >> 56)]
        let scaled = min(halvings * Draws.logarithmOfTwo + mantissa, 16 << 32)
        let product = mean.multipliedFullWidth(by: scaled)
        return product.high << 32 | product.low >> 32
    }
}

/// Tables of the distributions.
enum Draws {
    /// ln 2 · 2^32.
    static let logarithmOfTwo: UInt64 = 2_977_044_472

    /// -ln(m) · 2^32 for the middle of each of 256 parts of (1/2, 1].
    ///
    /// By the series of ln((1+x)/(1-x)), with basic operations only.
    static let negativeLogarithms: [UInt64] = (0..<256).map { part in
        let middle = 1.0 - (Double(part) + 0.5) / 512.0
        let x = (1.0 - middle) / (1.0 + middle)
        var (sum, power) = (0.0, x)
        for odd in stride(from: 1.0, to: 40.0, by: 2.0) {
            sum += power / odd
            power *= x * x
        }
        return UInt64(2.0 * sum * 4_294_967_296.0)
    }
}
