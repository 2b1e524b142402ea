extension ReportReader {
    /// Reads a prediction; its own model names where its delays are from, if it says so.
    static func prediction(
        _ field: ReportField, basis: String?
    ) throws(Failure) -> ReportResult {
        let model = try field["model"]?.text()
        var result = try result(field, .predicted, basis: basis ?? model ?? "unnamed model")
        result.isAmongReplicas = try field["coordinators"]?.text() == "replica"
        if result.isAmongReplicas { result.variant.append("coordinators among replicas") }
        return result
    }

    /// Reads what all kinds of results have in common.
    static func result(
        _ field: ReportField, _ kind: ReportKind, basis: String
    ) throws(Failure) -> ReportResult {
        var result = ReportResult(kind: kind, basis: basis, setting: try setting(field))
        result.variant = try variant(field, kind)
        result.isModelled = result.variant.allSatisfy { $0 == noRepair }
        result.fresh = try fresh(field)
        result.visibility = try visibility(field)
        result.versions = try points(field.list("kStaleness"), x: "k")
        result.readLatency = try field["readLatency"].map(percentiles)
        result.writeLatency = try field["writeLatency"].map(percentiles)
        result.curve = try points(field.list("curve"), x: "t")
        result.readDistribution = try points(field.list("readLatencyCurve"), x: "milliseconds")
        result.writeDistribution = try points(field.list("writeLatencyCurve"), x: "milliseconds")
        result.reads = try field["reads"]?.count()
        result.staleReads = try field["staleReads"]?.count()
        result.delta = try field["delta"].map { (delta) throws(Failure) in
            ReportDelta(
                p50: try delta["p50"]?.amount(), p99: try delta["p99"]?.amount(),
                greatest: try delta["max"]?.amount())
        }
        result.readYourWrites = try field["readYourWrites"].map(violations)
        result.monotonicReads = try field["monotonicReads"].map(violations)
        result.agrees = try field["agrees"]?.truth()
        result.note = try field["note"]?.text()
        return result
    }

    private static let noRepair = "no read repair"

    private static func setting(_ field: ReportField) throws(Failure) -> ReportSetting {
        let n = try field.required("n").count()
        guard (1...1_000).contains(n) else {
            throw try field.required("n").wrong("a number of replicas of 1…1000")
        }
        for name in ["r", "w"] {
            let quorum = try field.required(name)
            guard (1...n).contains(try quorum.count()) else {
                throw quorum.wrong("a number of answers of 1…\(n), which is n")
            }
        }
        return ReportSetting(
            n: n, r: try field.required("r").count(), w: try field.required("w").count())
    }

    /// What was special: nothing is said of the defaults.
    private static func variant(
        _ field: ReportField, _ kind: ReportKind
    ) throws(Failure) -> [String] {
        var variant: [String] = []
        if kind != .predicted, let repair = try field["readRepair"]?.text() {
            variant.append(repair == "off" ? noRepair : "\(repair) read repair")
        }
        if let sloppy = try field["sloppy"]?.truth(), sloppy { variant.append("sloppy quorums") }
        if let faults = try field["faults"]?.text(), faults != "none" { variant.append(faults) }
        return variant
    }

    private static func fresh(_ field: ReportField) throws(Failure) -> ReportEstimate? {
        guard let value = try field["freshAtZero"]?.probability() else { return nil }
        let interval = field["freshAtZeroInterval"]
        return ReportEstimate(
            value: value, low: try interval?["low"]?.probability(),
            high: try interval?["high"]?.probability())
    }

    private static func visibility(_ field: ReportField) throws(Failure) -> ReportVisibility? {
        guard let visibility = field["tVisibility"] else { return nil }
        return ReportVisibility(
            level: try visibility.required("p").probability(),
            milliseconds: try visibility["milliseconds"]?.amount(),
            low: try visibility["low"]?.amount(), high: try visibility["high"]?.amount())
    }

    /// Points in the order of x; those without a probability are no points.
    private static func points(
        _ fields: [ReportField], x: String
    ) throws(Failure) -> [ReportPoint] {
        var points: [ReportPoint] = []
        for field in fields {
            let place = try field.required(x).amount()
            guard let value = try field["probability"]?.probability() else { continue }
            let estimate = ReportEstimate(
                value: value, low: try field["low"]?.probability(),
                high: try field["high"]?.probability())
            points.append(ReportPoint(x: place, estimate: estimate))
        }
        return points.sorted { $0.x < $1.x }
    }

    private static func percentiles(_ field: ReportField) throws(Failure) -> ReportPercentiles {
        ReportPercentiles(
            p50: try field["p50"]?.amount(), p99: try field["p99"]?.amount(),
            p999: try field["p999"]?.amount())
    }

    private static func violations(_ field: ReportField) throws(Failure) -> ReportViolations {
        let reads = try field.required("reads").count()
        let violations = try field.required("violations")
        guard try violations.count() <= reads else {
            throw violations.wrong("at most the number of reads, \(reads)")
        }
        return ReportViolations(reads: reads, violations: try violations.count())
    }

    /// Why reads were stale, in a simulation.
    static func causes(_ field: ReportField) throws(Failure) -> [ReportCause] {
        var causes: [ReportCause] = []
        for cause in try field.list("causes") {
            causes.append(
                ReportCause(
                    name: ReportNumber.words(try cause.required("cause").text()),
                    reads: try cause.required("reads").count()))
        }
        return causes
    }

    /// What a node measured towards one replica.
    static func delays(_ field: ReportField) throws(Failure) -> ReportDelays {
        var legs: [ReportLeg?] = []
        for name in ReportDelays.legNames {
            legs.append(
                try field[name].map { (leg) throws(Failure) in
                    ReportLeg(
                        count: try leg["count"]?.count() ?? 0, percentiles: try percentiles(leg))
                })
        }
        return ReportDelays(
            from: try field.required("from").text(), to: try field.required("to").text(),
            legs: legs, injected: try field["injected"]?.text())
    }
}
