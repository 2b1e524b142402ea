import Causality
import Primitives

/// What a run with a freshness workload knows of its keys, and what its reads showed.
///
/// Every key has one writer with versions in an order that everyone knows: 1, 2, …. *Patient*
/// writers wait for all reads after an acknowledgement before they write again: their reads tell
/// how freshness grows with the distance. *Hasty* writers, those of every fourth key, write again
/// at once, while one read begins: theirs tell how many versions a read can be behind.
///
/// The times are those of the coordinators, so that a client's own network is in none of them: an
/// acknowledgement counts from when the asked node said so, a read from when it was asked.
struct Freshness {
    /// A request that is under way.
    struct Request {
        let key: Int
        /// The version that is written, or after whose acknowledgement is read.
        let version: Int
        /// The place of a read's distance; nil for a write.
        let place: Int?
        let askedAt: UInt64
        /// The newest version that was acknowledged when it began.
        let newest: Int
        /// The newest version that any read had shown by then.
        let floor: Int
    }

    /// A key with its one writer.
    struct Line {
        /// The operations that wrote the versions, from 1; and when each was acknowledged.
        var versions: [(operation: Int, acknowledgedAt: UInt64?)] = []
        /// The newest version that was acknowledged.
        var newest = 0
        /// The newest version that a read showed.
        var shown = 0
        /// What the writer has seen.
        var context = VersionVector()
        /// Reads that a patient writer waits for.
        var openProbes = 0
        /// Which nodes are asked, and at which distances is read.
        var random: RandomStream
        /// Records on their way to replicas: the newest version in each, and when it arrives.
        var flights: [(target: Int, version: Int, dueAt: UInt64)] = []
    }

    let workload: FreshnessWorkload
    let distances: [UInt64]
    var lines: [Line]
    /// Which version of its key an operation writes.
    var versionOf: [Int: Int] = [:]
    /// What is under way, by operation.
    var open: [Int: Request] = [:]
    /// How many keys have no more to write.
    var endedLines = 0
    var report: FreshnessReport

    init(_ workload: FreshnessWorkload, keys: Int, seed: UInt64) {
        self.workload = workload
        distances = workload.distancesNanoseconds
        report = FreshnessReport(workload)
        lines = (0..<keys).map { key in
            Line(random: RandomStream(root: seed, name: "freshness/k\(key + 1)"))
        }
    }

    /// Whether a key's writer waits for the reads: three of four do.
    static func isPatient(_ key: Int) -> Bool { key % 4 != 3 }

    /// Whether a key's writer has written its share of the writes.
    func isDone(_ key: Int) -> Bool {
        let (share, rest) = workload.writes.quotientAndRemainder(dividingBy: lines.count)
        return lines[key].versions.count >= share + (key < rest ? 1 : 0)
    }

    /// Draws the distances of the reads after an acknowledgement, by their places: always 0, and
    /// others, each once.
    mutating func drawPlaces(_ key: Int) -> [Int] {
        guard Freshness.isPatient(key) else { return [0] }
        var places = Array(1..<distances.count)
        var chosen = [0]
        for _ in 1..<workload.probes {
            chosen.append(places.remove(at: lines[key].random.index(places.count)))
        }
        return chosen
    }

    // MARK: Records on their way

    mutating func depart(_ version: Int, _ key: Int, to target: Int, dueAt: UInt64, now: UInt64) {
        // A read that began before it arrived may still be judged for a while.
        lines[key].flights.removeAll { $0.dueAt + 60 * Time.second < now }
        lines[key].flights.append((target, version, dueAt))
    }

    /// Whether a version, or a newer one, was on its way to a node when a read began.
    func isUnderWay(_ version: Int, _ key: Int, to target: Int, since time: UInt64) -> Bool {
        lines[key].flights.contains {
            $0.target == target && $0.version >= version && $0.dueAt >= time
        }
    }

    // MARK: What reads show

    /// Counts a read that showed a version.
    mutating func count(_ request: Request, shown: Int, cause: StalenessCause?, now: UInt64) {
        let line = lines[request.key]
        report.reads += 1
        report.readNanoseconds.append(now - request.askedAt)
        report.readYourWrites.reads += 1
        report.monotonicReads.reads += request.floor > 0 ? 1 : 0
        if shown < request.floor { report.monotonicReads.violations += 1 }
        if request.place == 0 { report.lags.append(max(0, request.newest - shown)) }
        // A newer version that nobody acknowledged would make reads look fresher than they are.
        if let place = request.place, Freshness.isPatient(request.key) {
            report.points[place].reads += 1
            report.points[place].fresh += shown >= request.version ? 1 : 0
        }
        lines[request.key].shown = max(line.shown, shown)
        guard let cause else { return }
        report.staleReads += 1
        report.readYourWrites.violations += 1
        report.causes[StalenessCause.allCases.firstIndex(of: cause) ?? 0] += 1
        if let missedAt = line.versions[shown...].lazy.compactMap(\.acknowledgedAt).first {
            report.deltasNanoseconds.append(request.askedAt - missedAt)
        }
    }
}
