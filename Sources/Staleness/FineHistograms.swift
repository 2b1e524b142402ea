/// Several histograms of the same number of times, fine enough to give quantiles to 3 digits.
///
/// Each octave of milliseconds is divided evenly into 2048 buckets, so that a bucket is at most
/// 0.05 % wide; quantiles interpolate within it. Ten millions of samples need no more memory than
/// ten, and merging adds whole numbers, in whichever order with the same result.
struct FineHistograms: Equatable, Sendable {
    private static let bitsPerOctave: UInt64 = 11
    private static let shift = 52 - bitsPerOctave
    /// 2^-14 ms, 61 ns: what is shorter counts as this long.
    private static let shortest = 0x1p-14
    /// 2^24 ms, more than four hours: what is longer counts as this long.
    private static let longest = 0x1p24
    private static let first = Int(shortest.bitPattern >> shift)
    private static let size = Int(longest.bitPattern >> shift) - first + 1

    /// How many times were added to each of the histograms.
    private(set) var total = 0
    private var counts: [UInt32]
    private var zeros: [Int]
    private var least: [Double]
    private var greatest: [Double]

    init(count: Int) {
        counts = Array(repeating: 0, count: count * FineHistograms.size)
        zeros = Array(repeating: 0, count: count)
        least = Array(repeating: .infinity, count: count)
        greatest = Array(repeating: 0, count: count)
    }

    /// How much memory the histograms take.
    var memoryBytes: Int { counts.count * MemoryLayout<UInt32>.stride }

    /// Ends a round in which a time was added to each of the histograms.
    @inline(__always)
    mutating func endRound() { total += 1 }

    /// Adds a time to one histogram; one of 0 or less counts as none.
    @inline(__always)
    mutating func add(_ milliseconds: Double, to histogram: Int) {
        guard milliseconds > 0 else {
            zeros[histogram] += 1
            return
        }
        counts[histogram * FineHistograms.size + FineHistograms.index(milliseconds)] += 1
        if milliseconds < least[histogram] { least[histogram] = milliseconds }
        if milliseconds > greatest[histogram] { greatest[histogram] = milliseconds }
    }

    @inline(__always)
    private static func index(_ milliseconds: Double) -> Int {
        Int(min(max(milliseconds, shortest), longest).bitPattern >> shift) - first
    }

    private static func lowerBound(_ index: Int) -> Double {
        Double(bitPattern: UInt64(index + first) << shift)
    }

    mutating func merge(_ other: FineHistograms) {
        precondition(counts.count == other.counts.count, "the histograms are of other kinds")
        total += other.total
        for index in counts.indices { counts[index] += other.counts[index] }
        for index in zeros.indices {
            zeros[index] += other.zeros[index]
            least[index] = min(least[index], other.least[index])
            greatest[index] = max(greatest[index], other.greatest[index])
        }
    }

    /// How many times were at most so long, those in the bucket of that time included.
    func count(in histogram: Int, upTo milliseconds: Double) -> Int {
        guard milliseconds > 0 else { return zeros[histogram] }
        let start = histogram * FineHistograms.size
        let end = start + FineHistograms.index(milliseconds)
        return counts[start...end].reduce(zeros[histogram]) { $0 + Int($1) }
    }

    /// The time with a rank, counted from 1, among all times in ascending order.
    func time(in histogram: Int, rank: Int) -> Double {
        precondition(rank >= 1 && rank <= total, "rank \(rank) of \(total)")
        var below = zeros[histogram]
        guard rank > below else { return 0 }
        let start = histogram * FineHistograms.size
        for index in 0..<FineHistograms.size {
            let count = Int(counts[start + index])
            guard below + count < rank else {
                let low = FineHistograms.lowerBound(index)
                let width = FineHistograms.lowerBound(index + 1) - low
                let share = (Double(rank - below) - 0.5) / Double(count)
                return min(max(low + width * share, least[histogram]), greatest[histogram])
            }
            below += count
        }
        preconditionFailure("a histogram has fewer times than rounds")
    }
}
