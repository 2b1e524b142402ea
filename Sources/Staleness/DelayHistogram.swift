/// How often which delay was seen, in microseconds, to two significant digits.
///
/// The layout is that of HdrHistogram (Gil Tene): values below 256 have a bucket each, and every
/// doubling above is cut into 128 equal buckets, so that no value is told wrong by more than one
/// part in 128. Two histograms of the same layout are merged, and subtracted, bucket by bucket,
/// which no quantiles could be. The counts are one dense array that reaches no further than the
/// longest delay seen, and does not exist before the first: at most 3,287 counts, for an hour.
package struct DelayHistogram: Hashable, Sendable {
    /// Some neighbouring delays and how often they were seen.
    package struct Bucket: Hashable, Sendable {
        /// The shortest delay that is counted here, in microseconds.
        package let lowest: UInt64
        /// The longest delay that is counted here, in microseconds.
        package let highest: UInt64
        /// How often.
        package let count: UInt64

        /// A bucket.
        package init(lowest: UInt64, highest: UInt64, count: UInt64) {
            self.lowest = lowest
            self.highest = highest
            self.count = count
        }
    }

    /// The longest delay that is told apart, in microseconds: an hour; longer ones count as that.
    package static let microsecondsMax: UInt64 = 3_600_000_000
    /// Up to which value every one has a bucket of its own; a power of two.
    private static let linear = 256
    /// Into how many buckets a doubling is cut.
    private static let half = linear / 2

    /// How many delays were recorded.
    package private(set) var count: UInt64 = 0
    /// The sum of all delays, in microseconds.
    package private(set) var sum: UInt64 = 0
    /// By bucket; as many as the longest delay needs.
    private var counts: [UInt64] = []

    /// Nothing was seen yet.
    package init() {}

    /// Counts a delay so many times.
    package mutating func record(_ microseconds: UInt64, times: UInt64 = 1) {
        let value = min(microseconds, DelayHistogram.microsecondsMax)
        add(times, at: DelayHistogram.index(of: value))
        count += times
        sum += value * times
    }

    private mutating func add(_ times: UInt64, at index: Int) {
        if index >= counts.count {
            counts.append(contentsOf: repeatElement(0, count: index + 1 - counts.count))
        }
        counts[index] += times
    }

    /// Adds all that another histogram counted.
    package mutating func merge(_ other: DelayHistogram) {
        for (index, times) in other.counts.enumerated() where times > 0 {
            add(times, at: index)
        }
        count += other.count
        sum += other.sum
    }

    /// What was counted since an earlier state of this histogram.
    package func subtracting(earlier: DelayHistogram) -> DelayHistogram {
        precondition(
            earlier.counts.count <= counts.count && earlier.count <= count,
            "only an earlier state of the same histogram can be subtracted")
        var difference = self
        for (index, times) in earlier.counts.enumerated() {
            difference.counts[index] -= times
        }
        difference.count -= earlier.count
        difference.sum -= earlier.sum
        while difference.counts.last == 0 { difference.counts.removeLast() }
        return difference
    }

    /// The delay that a share of all those seen did not exceed, in microseconds; nil where there
    /// is none.
    ///
    /// It is the longest of its bucket, so that it is never told too short.
    package func quantile(_ share: Double) -> UInt64? {
        guard count > 0 else { return nil }
        let rank = max((share * Double(count)).rounded(.up), 1)
        var seen: UInt64 = 0
        for (index, times) in counts.enumerated() {
            seen += times
            if Double(seen) >= rank { return DelayHistogram.bounds(of: index).highest }
        }
        return counts.isEmpty ? nil : DelayHistogram.bounds(of: counts.count - 1).highest
    }

    /// How many of the delays seen were not longer than a time, to the resolution of the buckets.
    package func count(upTo microseconds: UInt64) -> UInt64 {
        let last = DelayHistogram.index(of: min(microseconds, DelayHistogram.microsecondsMax))
        return counts.prefix(last + 1).reduce(0, +)
    }

    /// The buckets that are not empty, ascending.
    package var buckets: some Sequence<Bucket> {
        counts.enumerated().lazy.filter { $0.element > 0 }.map { index, times in
            let bounds = DelayHistogram.bounds(of: index)
            return Bucket(lowest: bounds.lowest, highest: bounds.highest, count: times)
        }
    }

    /// The bucket of a value: the doublings above the linear part, then the place within one.
    private static func index(of value: UInt64) -> Int {
        guard value >= UInt64(linear) else { return Int(value) }
        let doublings = UInt64.bitWidth - value.leadingZeroBitCount - linear.trailingZeroBitCount
        return doublings * half + Int(value >> UInt64(doublings))
    }

    private static func bounds(of index: Int) -> (lowest: UInt64, highest: UInt64) {
        guard index >= linear else { return (UInt64(index), UInt64(index)) }
        let doublings = index / half - 1
        let place = UInt64(index - doublings * half)
        return (place << UInt64(doublings), (place + 1) << UInt64(doublings) - 1)
    }
}
