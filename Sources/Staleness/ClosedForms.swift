/// What can be calculated without trials.
///
/// Bailis et al., PVLDB 5(8), 2012, sections 3.1 and 3.4. The formula printed there for the second
/// is misprinted: with every replica holding the write it gives 2/3 instead of 0 for n = 3 and
/// r = w = 1. The one here is right.
package enum ClosedForms {
    /// The probability that r replicas chosen at random are none of those that have the write.
    ///
    /// It is C(n − holders, r) / C(n, r).
    package static func miss(_ quorum: QuorumSizes, holders: Int) -> Double {
        (0..<quorum.r).reduce(1.0) { product, index in
            product * Double(max(0, quorum.n - holders - index)) / Double(quorum.n - index)
        }
    }

    /// The probability that a read returns one of the last k versions: k-staleness.
    ///
    /// It assumes that writes reach their w replicas and no others ever (a quorum that does not
    /// expand), each time another random choice, which makes it a lower bound for this store.
    package static func freshness(_ quorum: QuorumSizes, versions k: Int) -> Double {
        let missed = miss(quorum, holders: quorum.w)
        return 1 - (0..<k).reduce(1.0) { product, _ in product * missed }
    }

    /// The probability of a stale read, given how far writes have spread: t-visibility.
    ///
    /// - Parameters:
    ///   - quorum: The sizes; reads are instantaneous and ask r replicas at random.
    ///   - reached: The probability that at least so many replicas have the write by then; 1 for
    ///     w and fewer.
    package static func staleness(_ quorum: QuorumSizes, reached: (Int) -> Double) -> Double {
        (quorum.w...quorum.n).reduce(0.0) { sum, holders in
            let more = holders == quorum.n ? 0 : reached(holders + 1)
            return sum + miss(quorum, holders: holders) * (reached(holders) - more)
        }
    }

    /// The probability that at least `holders` replicas have a write some time after its
    /// acknowledgement, where requests take exponentially long and acknowledgements no time.
    ///
    /// An exponential delay has no memory: from the acknowledgement on, each of the n − w replicas
    /// without the write gets it at the same rate, independently of the others.
    package static func reached(
        _ quorum: QuorumSizes, holders: Int, rate: Double, milliseconds: Double
    ) -> Double {
        let missing = quorum.n - quorum.w
        let wanted = max(0, holders - quorum.w)
        guard wanted <= missing else { return 0 }
        let arrived = 1 - Math.exp(-rate * milliseconds)
        return (wanted...missing).reduce(0.0) { sum, count in
            let ways = (0..<count).reduce(1.0) { ways, index in
                ways * Double(missing - index) / Double(index + 1)
            }
            return sum + ways * Math.power(arrived, Double(count))
                * Math.power(1 - arrived, Double(missing - count))
        }
    }
}
