/// What a history says of one read that began after a write of its key was acknowledged.
package struct JudgedRead: Equatable, Sendable {
    /// From the acknowledgement of the newest acknowledged version to the start of the read.
    package let sinceNewest: UInt64
    /// How many acknowledged versions are newer than what the read returned.
    package let versionsBehind: Int
    /// Since when what the read returned was out of date when the read began: the time from the
    /// first acknowledgement of a newer version; 0 for a fresh read.
    package let outdatedFor: UInt64

    /// Whether the read returned the newest acknowledged version, or a newer one.
    package var isFresh: Bool { versionsBehind == 0 }
}

/// The acknowledged writes of one key, ready to be asked what a read should have seen.
struct KeyTimeline {
    /// Versions with their acknowledgements, by acknowledgement.
    private var acknowledgements: [(at: UInt64, version: Int)]
    /// The greatest version among the acknowledgements up to each, and when it was acknowledged.
    private var newest: [(version: Int, at: UInt64)] = []

    /// The timeline of the writes of one key, in any order.
    init(_ writes: some Sequence<ObservedWrite>) {
        acknowledgements = writes.compactMap { write in
            write.acknowledged.map { (at: $0, version: write.version) }
        }
        acknowledgements.sort { ($0.at, $0.version) < ($1.at, $1.version) }
        for (at, version) in acknowledgements {
            if let last = newest.last, last.version > version {
                newest.append(last)
            } else {
                newest.append((version, at))
            }
        }
    }

    /// How many acknowledgements came no later than `time`.
    private func count(until time: UInt64) -> Int {
        var (low, high) = (0, acknowledgements.count)
        while low < high {
            let middle = (low + high) / 2
            if acknowledgements[middle].at <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The greatest version that was acknowledged when `time` came; 0 if none was.
    func newestVersion(at time: UInt64) -> Int {
        let count = count(until: time)
        return count == 0 ? 0 : newest[count - 1].version
    }

    /// What to think of a read; nil if nothing had been acknowledged when it began.
    ///
    /// Takes time in the order of the number of versions that the read is behind.
    func judge(_ read: ObservedRead) -> JudgedRead? {
        let count = count(until: read.start)
        guard count > 0 else { return nil }
        let required = newest[count - 1]
        let sinceNewest = read.start - required.at
        guard read.version < required.version else {
            return JudgedRead(sinceNewest: sinceNewest, versionsBehind: 0, outdatedFor: 0)
        }
        var behind = 0
        var firstNewer = required.at
        // Acknowledgements come in the order of the versions, but for writes whose outcome stayed
        // unknown for long. Their greatest up to here tells where to stop looking.
        for index in stride(from: count - 1, through: 0, by: -1) {
            guard newest[index].version > read.version else { break }
            guard acknowledgements[index].version > read.version else { continue }
            behind += 1
            firstNewer = acknowledgements[index].at
        }
        return JudgedRead(
            sinceNewest: sinceNewest, versionsBehind: behind,
            outdatedFor: read.start - firstNewer)
    }
}
