import Primitives
import Ring
import Staleness

/// Runs that show how stale reads are, side by side: one per quorum and kind of read repair.
package struct SimulationDocument: Sendable {
    /// A run with what is said of it.
    package struct Entry: Sendable {
        /// The run as it was asked for.
        package let run: StalenessRun
        /// What its reads saw.
        package let report: FreshnessReport
        /// How stale they were.
        package let result: StalenessResult
        /// What the model predicts.
        package let prediction: Prediction?
        /// Whether that is what was seen; nil where the model leaves out what happened.
        package let agreement: Agreement?
        /// What the judges found, whatever it is: a run in which a node breaks a promise tells
        /// nothing about staleness.
        package let violations: [Violation]
        /// How much true time went by in the run.
        package let virtualNanoseconds: UInt64
    }

    /// The runs, in order.
    package private(set) var entries: [Entry] = []

    /// How many trials each prediction plays.
    private let trials: Int

    /// No runs yet.
    package init(trials: Int = 4 * WARSTrials.chunkTrials) {
        self.trials = trials
    }

    /// Runs one more.
    package mutating func add(_ run: StalenessRun) {
        let outcome = run.run()
        let report = outcome.freshness ?? FreshnessReport(run.workload)
        let world = outcome.plan.world
        let trials = FreshnessReport.trials(of: world, count: self.trials)
        let isComparable = !run.hasPartitions && run.readRepair == .off
        let quorum = QuorumSizes(n: run.n, r: run.r, w: run.w)
        entries.append(
            Entry(
                run: run, report: report, result: report.result(n: run.n, r: run.r, w: run.w),
                prediction: trials.map {
                    Prediction($0, quorum: quorum, seed: FreshnessReport.seed)
                },
                agreement: isComparable ? trials.map(report.agreement(with:)) : nil,
                violations: outcome.violations,
                virtualNanoseconds: outcome.virtualNanoseconds))
    }

    /// Whether a run's judges found something, or reads are not as stale as predicted.
    package var hasFailed: Bool {
        entries.contains { !$0.violations.isEmpty || $0.agreement?.holds == false }
    }
}

extension SimulationDocument.Entry {
    /// What to make of it, in a sentence.
    package var note: String {
        if let violation = violations.first {
            return "\(violation.oracle.rawValue): \(violation.text)"
        }
        if let agreement { return agreement.note }
        return switch (run.hasPartitions, run.readRepair) {
        case (true, _): "the model knows no partitions, so that it is not held against this run"
        case (false, .blocking):
            "the model knows no read repair: a blocking one leaves copies behind before it answers"
        case (false, _): "the model knows no read repair, which can only make reads fresher"
        }
    }
}

extension ReadRepairMode {
    /// The word for it.
    package var word: String {
        switch self {
        case .async: "async"
        case .blocking: "blocking"
        case .off: "off"
        }
    }
}
