import Primitives
import SimulatedDisk

// What a run leaves behind.
extension Simulation {
    func completeReport() -> RunReport {
        for process in processes {
            guard let disk = process.disk else { continue }
            for entry in disk.fired.all { coverage.add("disk." + entry.kind.name, entry.count) }
        }
        coverage.see(.expiredValueFound, times: judge.expiredFound)
        coverage.see(.expiredValueCovered, times: judge.expiredCovered)
        coverage.see(.retryOfOverwritten, times: judge.overwrittenRetried)
        coverage.see(.tombstoneReaped, times: judge.reapedRecords)
        coverage.see(.reapedOffered, times: judge.reapedOffered)
        coverage.see(.recreatedAfterReap, times: judge.recreated)
        seeJudgedMoments()
        report.events = trace.events
        report.virtualNanoseconds = now
        report.traceHash = trace.hash
        report.checkpoints = trace.checkpoints
        report.operations = coverage.operations
        report.faults = coverage.faultCounts
        report.sometimes = zip(Sometimes.allCases, coverage.sometimes).map {
            Count($0.rawValue, $1)
        }
        report.oracles = judge.counts
        report.violations = judge.violations
        report.log = log
        report.freshness = freshness?.report
        if options.hasTimeline {
            report.timeline = timeline.finish(
                nodes: processes.map(\.name), until: now, healedAt: healedAt)
        }
        return report
    }

    private func seeJudgedMoments() {
        coverage.see(.hintChangedOnItsWay, times: judge.moments.hintsChanged)
        coverage.see(.siblingsResolved, times: judge.moments.siblingsResolved)
        coverage.see(.siblingsDeleted, times: judge.moments.siblingsDeleted)
        coverage.see(.unreadableRepaired, times: judge.moments.unreadableRepaired)
        let applied = judge.history.count { entry in
            entry.kind != .get && entry.outcome == .unknown && !entry.dots.isEmpty
        }
        coverage.see(.unknownWriteApplied, times: applied)
    }

    /// Notes how far the replicas are apart.
    func takeSample() {
        let running = processes.filter { $0.isRunning }.map(\.index)
        let divergent = judge.divergentKeys(among: running).count
        let siblings = judge.held.joined().map(\.record.versions.count).max() ?? 0
        timeline.sample(at: now, divergentKeys: divergent, siblingsMax: siblings)
        let step = max(world.safetyNanoseconds / 400, 1_000_000)
        queue.add(.sample, at: now + step)
    }
}

/// Collects what a timeline shows.
struct TimelineRecorder {
    private var timeline = Timeline()

    mutating func band(
        _ nodes: [Int], from: UInt64, until: UInt64, _ kind: String, _ text: String
    ) {
        timeline.bands.append(
            Timeline.Band(nodes: nodes, from: from, until: until, kind: kind, text: text))
    }

    /// The replicas agree from now on.
    mutating func agree(at time: UInt64) {
        timeline.agreedAt = time
    }

    /// Ends the bands of a kind that have no end yet.
    ///
    /// - Parameter nodes: of which nodes; nil for those of all.
    mutating func endBands(_ kind: String, of nodes: [Int]? = nil, at time: UInt64) {
        for index in timeline.bands.indices
        where timeline.bands[index].kind == kind && timeline.bands[index].until == .max {
            guard nodes.map({ $0 == timeline.bands[index].nodes }) ?? true else { continue }
            timeline.bands[index].until = time
        }
    }

    mutating func fault(_ fault: Fault, at time: UInt64, nodes count: Int) {
        guard let shape = fault.shape(nodes: count) else { return }
        let until = shape.nanoseconds.map { time + $0 } ?? .max
        band(shape.nodes, from: time, until: until, shape.kind, fault.text)
    }

    mutating func request(_ entry: HistoryEntry, node: Int, at time: UInt64) {
        guard timeline.requests.count < 20_000 else { return }
        let outcome =
            switch entry.outcome {
            case .done: "ok"
            case .unknown: "unknown"
            case .refused: "refused"
            }
        timeline.requests.append(
            Timeline.Request(
                node: node, client: entry.client, key: entry.key, kind: entry.kind.rawValue,
                from: entry.askedAt, until: time, outcome: outcome, siblings: 0))
    }

    mutating func sample(at time: UInt64, divergentKeys: Int, siblingsMax: Int) {
        timeline.samples.append(
            Timeline.Sample(at: time, divergentKeys: divergentKeys, siblingsMax: siblingsMax))
    }

    /// The timeline of a run that is over.
    func finish(nodes: [String], until: UInt64, healedAt: UInt64) -> Timeline {
        var timeline = timeline
        timeline.nodes = nodes
        timeline.until = until
        timeline.healedAt = healedAt
        for index in timeline.bands.indices where timeline.bands[index].until == .max {
            timeline.bands[index].until = healedAt
        }
        return timeline
    }
}

extension Fault {
    /// How a fault looks on a timeline; nil where it has no duration.
    fileprivate func shape(
        nodes count: Int
    ) -> (nodes: [Int], kind: String, nanoseconds: UInt64?)? {
        switch self {
        case .partition(let sides): (sides.joined().sorted(), "partition", nil)
        case .majoritiesRing: (Array(0..<count), "partition", nil)
        case .isolate(let node, _): ([node], "partition", nil)
        case .cut(let from, let to): ([from, to], "partition", nil)
        case .clog(let node, _, let time): ([node], "network", time)
        case .cutClients(let node, let time): ([node], "network", time)
        case .pause(let node, let time): ([node], "paused", time)
        case .slowDisk(let node, _, let time): ([node], "disk", time)
        case .fullDisk(let node, let time): ([node], "disk", time)
        case .clockFreeze(let node, let time): ([node], "clock", time)
        case .clockStrobe(let node, _, _, let time): ([node], "clock", time)
        default: nil
        }
    }
}
