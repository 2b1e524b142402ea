/// A page that was written to since it was last durable.
struct UnsyncedPage {
    let index: Int
    /// What is durable of it.
    let old: Page
    /// Whether the next sync writes it; not after a sync failed, until it is written to again.
    var isDirty = true
    /// Where it was written to: nothing else of it is at risk.
    private var first: Range<Int>
    private var others: [Range<Int>] = []

    init(index: Int, old: Page, written range: Range<Int>) {
        self.index = index
        self.old = old
        first = range
    }

    /// All ranges that were written to; they may overlap.
    var written: [Range<Int>] { [first] + others }

    /// Takes a further write into account; a log is written piece after piece, so that mostly one
    /// range is enough.
    mutating func add(_ range: Range<Int>) {
        if let joined = UnsyncedPage.join(first, range) {
            first = joined
        } else if let last = others.indices.last,
            let joined = UnsyncedPage.join(others[last], range)
        {
            others[last] = joined
        } else {
            others.append(range)
        }
    }

    /// One range for two that touch each other.
    private static func join(_ one: Range<Int>, _ other: Range<Int>) -> Range<Int>? {
        guard one.lowerBound <= other.upperBound, other.lowerBound <= one.upperBound else {
            return nil
        }
        return min(one.lowerBound, other.lowerBound)..<max(one.upperBound, other.upperBound)
    }
}
