/// Faults that wait for the next call they fit.
struct ArmedFaults {
    /// How the next call of an operation fails.
    enum Failure {
        case none
        case once
        case sticky
    }

    private var failures = [Failure](repeating: .none, count: DiskOperation.allCases.count)
    /// Whether the next page is written to another place.
    var isMisdirecting = false
    /// Whether the next page that is overwritten keeps its content.
    var isStale = false

    subscript(operation: DiskOperation) -> Failure {
        get { failures[operation.rawValue] }
        set { failures[operation.rawValue] = newValue }
    }
}

extension SimulatedDisk {
    /// Lets the next call of an operation fail; with `isSticky` all of them until `revive()`.
    package func failNext(_ operation: DiskOperation, isSticky: Bool) {
        armed[operation] = isSticky ? .sticky : .once
    }

    /// The next page is written to another page of the same file.
    package func misdirect() {
        armed.isMisdirecting = true
    }

    /// The next page that is overwritten keeps its content.
    package func serveStalePage() {
        armed.isStale = true
    }

    /// Flips 1 to 8 bits in each of some durable pages of the database and its log, for good; how
    /// many pages were hit.
    ///
    /// Without `faults.isLogRotting` the log is spared.
    package func rot(pages: Int) -> Int {
        var candidates: [(file: DiskFile, page: Int)] = []
        for file in files where canRot(file) {
            for page in 0..<DiskFile.pageCount(of: file.size) where file.isDurable(page: page) {
                candidates.append((file, page))
            }
        }
        let hits = min(pages, candidates.count)
        for hit in 0..<max(0, hits) {
            candidates.swapAt(hit, hit + draw(.rot, below: candidates.count - hit))
            let (file, page) = candidates[hit]
            let end = min(Page.size, file.size - page * Page.size)
            flipBits(of: file, page: page, in: 0..<end)
        }
        return max(0, hits)
    }

    /// Cuts the log at a random place, as a file system may after the power went.
    package func truncateLog() {
        guard let log = files.first(where: \.isLog) else { return }
        fired[.truncatedLog] += 1
        log.cut(to: draw(.truncatedLog, below: log.size + 1))
    }

    func canRot(_ file: DiskFile) -> Bool {
        faults.isLogRotting || !file.isLog
    }

    /// Flips 1 to 8 bits in a part of a durable page.
    func flipBits(of file: DiskFile, page: Int, in range: Range<Int>) {
        fired[.rot] += 1
        let count = 1 + draw(.rot, below: 8)
        let flips = (0..<count).map { _ in draw(.rot, below: range.count * 8) }
        file.damage(page: page) { bytes in
            for flip in flips {
                bytes[range.lowerBound + flip / 8] ^= 1 << UInt8(flip % 8)
            }
        }
    }
}
