import Primitives
import Staleness

/// What a measurement found, as a document and for a person.
struct MeasurementReport {
    /// What was found for one of the sizes, and what was to be expected.
    struct Finding {
        let measured: StalenessProbe.Findings
        let forecast: DelayForecast?
        let prediction: Prediction?

        /// How long a request is on its way between its client and its coordinator, both ways.
        ///
        /// It is what the client's writes took longer than the model says, in the median. The
        /// acknowledgement of a write and the request of the read after it have one such way each,
        /// so it is also how much later than its t a read reaches its coordinator.
        var clientMilliseconds: Double? {
            guard let seen = measured.result.writeLatency.p50,
                let modelled = prediction?.result.writeLatency.p50
            else { return nil }
            return max(0, seen - modelled)
        }

        /// The share of fresh reads that is predicted for what a client takes for a distance of so
        /// much from the acknowledgement.
        func expected(at milliseconds: Double) -> Double? {
            guard let clientMilliseconds else { return nil }
            return forecast?.fresh(
                measured.result.quorum, at: milliseconds + clientMilliseconds)
        }

        /// The share of fresh reads that is predicted for where the reads "at zero" really began.
        var expectedAtZero: Double? { expected(at: measured.zeroMilliseconds ?? 0) }
    }

    private let outcome: Measurement.Outcome
    private let ring: MeasuredRing
    private let readRepair: ReadRepairChoice
    private let started: String
    private let findings: [Finding]

    init(
        _ outcome: Measurement.Outcome, of ring: MeasuredRing, readRepair: ReadRepairChoice,
        started: String
    ) async {
        self.outcome = outcome
        self.ring = ring
        self.readRepair = readRepair
        self.started = started
        let plan = outcome.plan
        var forecast: DelayForecast?
        if let delays = outcome.delays {
            forecast = await DelayForecast(delays, for: plan.quorums, seed: plan.seed)
        }
        findings = zip(plan.quorums, outcome.log.histories).map { quorum, history in
            Finding(
                measured: StalenessProbe(quorum).findings(in: history),
                forecast: forecast, prediction: forecast?.prediction(for: quorum))
        }
    }

    /// Fails if no read could be judged.
    func checkThatItMeasured() throws(Failure) {
        guard findings.allSatisfy({ $0.measured.reads == 0 }) else { return }
        throw .unavailable(
            "nothing was measured: no read followed an acknowledged write; "
                + "failures: \(failures.isEmpty ? "none" : failures)")
    }

    private var seconds: Double { max(outcome.duration / .seconds(1), 1e-3) }

    private var counts: (writes: Int, reads: Int) {
        outcome.log.histories.reduce((0, 0)) {
            ($0.0 + $1.writes.count, $0.1 + $1.reads.count)
        }
    }

    private var failures: String {
        sortedFailures.map { "\($0.value) \(Table.words($0.key))" }.joined(separator: ", ")
    }

    private var sortedFailures: [(key: String, value: Int)] {
        outcome.log.failures.sorted { $0.key < $1.key }
    }
}

// The JSON document.
extension MeasurementReport {
    /// The measurement as a document on one line.
    var document: String {
        var json = JSONText()
        json.object { json in
            json.string("kind", "measurement")
            json.string("cluster", ring.cluster)
            json.string("started", started)
            json.array("nodes") { list in
                for node in ring.nodes { list.string(nil, node.name) }
            }
            json.number("seconds", rounding: seconds)
            json.object("load") { writeLoad(into: &$0) }
            json.array("delays") { list in
                for pair in outcome.delays?.pairs ?? [] {
                    list.object { write(pair, into: &$0) }
                }
            }
            json.array("results") { list in
                for finding in findings {
                    list.object { write(finding, into: &$0) }
                }
            }
        }
        return json.text
    }

    private func writeLoad(into json: inout JSONText) {
        json.number("operations", outcome.log.operations)
        json.number("readsPerSecond", rounding: Double(counts.reads) / seconds)
        json.number("writesPerSecond", rounding: Double(counts.writes) / seconds)
        json.number("bytes", outcome.log.bytes)
        json.number("shareOfRing", rounding: outcome.shareOfRing)
        json.number("lateReads", outcome.log.lateReads)
        json.object("failures") { failures in
            for (kind, count) in sortedFailures { failures.number(kind, count) }
        }
    }

    private func write(_ pair: RingDelays.Pair, into json: inout JSONText) {
        json.string("from", pair.from)
        json.string("to", pair.to)
        for (kind, samples) in zip(RingDelays.kinds, pair.samples) {
            json.object(kind) { object in
                object.number("count", samples.count)
                object.number("p50", rounding: samples.quantile(0.5))
                object.number("p99", rounding: samples.quantile(0.99))
                object.number("p999", rounding: samples.quantile(0.999))
            }
        }
        if let text = outcome.injected.text(
            coordinator: pair.from, replica: pair.to)
        {
            json.string("injected", text)
        } else {
            json.number("injected", digits: "null")
        }
    }

    private func write(_ finding: Finding, into json: inout JSONText) {
        let measured = finding.measured
        measured.result.write(into: &json)
        json.string("readRepair", readRepair.rawValue)
        json.number("reads", measured.reads)
        json.number("staleReads", measured.staleReads)
        json.object("delta") { delta in
            delta.number("p50", rounding: measured.delta.p50)
            delta.number("p99", rounding: measured.delta.p99)
            delta.number("max", rounding: measured.delta.max)
        }
        json.object("readYourWrites") { measured.readYourWrites.write(into: &$0) }
        json.object("monotonicReads") { measured.monotonicReads.write(into: &$0) }
        json.number("zeroMilliseconds", rounding: measured.zeroMilliseconds)
        json.number("clientMilliseconds", rounding: finding.clientMilliseconds)
        json.number("expectedAtZero", rounding: finding.expectedAtZero)
        if let prediction = finding.prediction {
            prediction.write("prediction", into: &json)
        } else {
            json.number("prediction", digits: "null")
        }
    }
}

extension SessionGuarantee {
    fileprivate func write(into json: inout JSONText) {
        json.number("reads", reads)
        json.number("violations", violations)
    }
}

// The report for a person.
extension MeasurementReport {
    /// The measurement as lines, without a line end behind the last.
    var text: String {
        var parts = [head]
        if let delays = outcome.delays { parts.append(delays.table) }
        parts.append(summary)
        parts += findings.count == 1 ? findings.map(curve) : []
        return parts.joined(separator: "\n\n")
    }

    private var head: String {
        let names = ring.nodes.map(\.name).joined(separator: " ")
        let perSecond = Figures.number((Double(outcome.log.operations) / seconds).rounded())
        let length = Figures.number((seconds * 10).rounded() / 10)
        var lines = [
            "cluster \(ring.cluster), nodes \(names), \(length) s, read repair "
                + readRepair.rawValue,
            "load: \(counts.writes) writes and \(counts.reads) reads, \(perSecond) requests a "
                + "second, \(outcome.log.bytes) bytes of values",
        ]
        if let share = outcome.shareOfRing {
            lines.append("\(Figures.percent(share)) of what the replicas were asked for was this")
        }
        if !failures.isEmpty { lines.append("failed requests: \(failures)") }
        if outcome.log.lateReads > 0 {
            lines.append(
                "\(outcome.log.lateReads) reads waited for a reader; more --readers keep them "
                    + "on time")
        }
        for link in outcome.injected.links {
            lines.append(
                "injected: \(link.kind) from \(link.from.name) to \(link.to): \(link.delay)")
        }
        return lines.joined(separator: "\n")
    }

    /// A line for each of the sizes.
    private var summary: String {
        let rows = findings.map { finding in
            let measured = finding.measured
            let quorum = measured.result.quorum
            let fields: [(name: String, value: String)] = [
                ("n", "\(quorum.n)"), ("r", "\(quorum.r)"), ("w", "\(quorum.w)"),
                ("freshAtZero", Figures.percent(measured.result.freshAtZero)),
                ("predicted", Figures.percent(finding.prediction?.result.freshAtZero.probability)),
                ("seenByClient", Figures.percent(finding.expectedAtZero)),
                ("99.9%After", measured.result.tVisibility.brief),
                ("predictedAfter", finding.prediction?.result.tVisibility.brief ?? "-"),
                ("stale", "\(measured.staleReads)/\(measured.reads)"),
                ("outdatedMax", Figures.milliseconds(measured.delta.max)),
                ("ownWritesMissed", measured.readYourWrites.brief),
                ("wentBack", measured.monotonicReads.brief),
                ("readP50", Figures.milliseconds(measured.result.readLatency.p50)),
                ("p99.9", Figures.milliseconds(measured.result.readLatency.p999)),
                ("writeP50", Figures.milliseconds(measured.result.writeLatency.p50)),
            ]
            return JSON.object(fields.map { ($0.name, .string($0.value)) })
        }
        let legend = [
            "times in milliseconds; 95 % intervals in brackets; '99.9% after' is how long after",
            "an acknowledgement; 'predicted' is for t = 0 between coordinators, 'seen by client'",
            "for reads that reach theirs later, by the time that requests are on their way to it",
        ]
        return legend.joined(separator: "\n") + "\n" + Table(of: rows, first: ["n", "r", "w"]).text
    }

    /// The share of fresh reads by the time since the acknowledgement.
    private func curve(_ finding: Finding) -> String {
        let rows = finding.measured.result.curve.map { point in
            let distance = point.milliseconds
            let predicted = finding.forecast?.fresh(finding.measured.result.quorum, at: distance)
            return JSON.object([
                ("msAfter", .string(Figures.milliseconds(point.milliseconds))),
                ("fresh", .string(Figures.percent(point.fresh))),
                ("predicted", .string(Figures.percent(predicted))),
                ("seenByClient", .string(Figures.percent(finding.expected(at: distance)))),
            ])
        }
        return Table(of: rows, first: []).text
    }
}

extension Figures {
    /// A share with its interval.
    static func percent(_ estimate: Estimate) -> String {
        "\(percent(estimate.probability)) [\(percent(estimate.interval))]"
    }
}

extension TimeToVisibility {
    /// The time with its bounds; a question mark stands for a bound that was not seen.
    fileprivate var brief: String {
        guard let milliseconds else { return "not reached" }
        let bounds = [low, high].map { $0.map { Figures.milliseconds($0) } ?? "?" }
        return "\(Figures.milliseconds(milliseconds)) [\(bounds.joined(separator: "…"))]"
    }
}

extension SessionGuarantee {
    fileprivate var brief: String { "\(violations)/\(reads)" }
}
