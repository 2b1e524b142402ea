/// How a result was obtained.
enum ReportKind: String, CaseIterable {
    case predicted, simulated, measured
}

/// How many replicas there are, and how many must answer a read and a write.
struct ReportSetting: Hashable, Comparable {
    let n: Int
    let r: Int
    let w: Int

    /// `n = 3, r = 1, w = 2`, without breaks between a letter and its number.
    var title: String { "n\u{a0}=\u{a0}\(n), r\u{a0}=\u{a0}\(r), w\u{a0}=\u{a0}\(w)" }
    /// `n=3 r=1 w=2`, for where there is little room.
    var shortTitle: String { "n=\(n) r=\(r) w=\(w)" }
    /// A name for use within a page.
    var slug: String { "\(n)-\(r)-\(w)" }
    /// Whether a read need not meet the latest write.
    var isPartial: Bool { r + w <= n }

    static func < (left: ReportSetting, right: ReportSetting) -> Bool {
        (left.n, left.r, left.w) < (right.n, right.r, right.w)
    }
}

/// A probability with its 95 % interval, where there is one.
struct ReportEstimate: Equatable {
    let value: Double
    var low: Double?
    var high: Double?
}

/// A point of a curve: so many milliseconds, or versions, and a probability.
struct ReportPoint: Equatable {
    let x: Double
    let estimate: ReportEstimate
}

/// After how long so many reads see a write.
struct ReportVisibility: Equatable {
    let level: Double
    /// Nil where the level is not reached in what was observed.
    let milliseconds: Double?
    let low: Double?
    let high: Double?
}

/// Quantiles of a duration in milliseconds.
struct ReportPercentiles: Equatable {
    let p50: Double?
    let p99: Double?
    let p999: Double?
}

/// How far behind stale reads were, in milliseconds.
struct ReportDelta {
    let p50: Double?
    let p99: Double?
    let greatest: Double?
}

/// How many of so many reads broke a promise.
struct ReportViolations {
    let reads: Int
    let violations: Int
}

/// Why reads were stale, and how many.
struct ReportCause {
    let name: String
    let reads: Int
}

/// What is known of one setting from one source.
struct ReportResult {
    let kind: ReportKind
    /// Where the delays are from: a model, or a ring.
    let basis: String
    let setting: ReportSetting
    /// What else tells this result from others, in words.
    var variant: [String] = []
    /// Whether the model leaves out nothing that happened: no repair, no fallbacks, no faults.
    var isModelled = true
    /// Whether a prediction is for coordinators among the replicas, as this store has them.
    var isAmongReplicas = false
    var fresh: ReportEstimate?
    var visibility: ReportVisibility?
    var versions: [ReportPoint] = []
    var readLatency: ReportPercentiles?
    var writeLatency: ReportPercentiles?
    var curve: [ReportPoint] = []
    var readDistribution: [ReportPoint] = []
    var writeDistribution: [ReportPoint] = []
    var reads: Int?
    var staleReads: Int?
    var causes: [ReportCause] = []
    var delta: ReportDelta?
    var readYourWrites: ReportViolations?
    var monotonicReads: ReportViolations?
    var agrees: Bool?
    var note: String?

    /// What it is called in legends and tables.
    var label: String { ([kind.rawValue, basis] + variant).joined(separator: ", ") }

    /// Whether a second one adds nothing, as the prediction that accompanies several simulations.
    func repeats(_ other: ReportResult) -> Bool {
        setting == other.setting && label == other.label && curve == other.curve
            && visibility == other.visibility && fresh == other.fresh
    }
}

/// Something observed, and what had been predicted for it.
struct ReportPair {
    let observed: ReportResult
    let predicted: ReportResult

    /// Whether the prediction is of what happened; the simulator says where it does not try.
    var isComparable: Bool {
        observed.kind == .measured || observed.isModelled || observed.agrees != nil
    }
}

/// One leg of a request between two nodes: quantiles of its delay in milliseconds.
struct ReportLeg {
    let count: Int
    let percentiles: ReportPercentiles
}

/// What a node measured towards one replica.
struct ReportDelays {
    static let legNames = ["write", "acknowledgement", "read", "response"]

    let from: String
    let to: String
    /// In the order of `legNames`; nil where nothing was measured.
    let legs: [ReportLeg?]
    /// What had been added on purpose.
    let injected: String?
}

/// One input of a report.
struct ReportDocument {
    /// The file it is from.
    let source: String
    let kind: ReportKind
    /// The file without its directory.
    var name: String { source.split(separator: "/").last.map(String.init) ?? source }
    /// What it says about itself: names and values, for people.
    var facts: [(name: String, value: String)] = []
    var results: [ReportResult] = []
    var pairs: [ReportPair] = []
    var delays: [ReportDelays] = []
}
