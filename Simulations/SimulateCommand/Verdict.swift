import ArgumentParser
import Simulator

/// How a run is judged, and with which exit status.
enum Verdict: Int32 {
    case passed = 0
    case safety = 2
    case liveness = 3
    case notDeterministic = 4
    case coverageGap = 5
    case limit = 6

    /// The verdict on a run: what its plan expects to be found must be found.
    init(_ report: RunReport) {
        if let expected = report.plan.expectedViolation {
            let isFound = report.violations.contains { $0.oracle.rawValue == expected }
            self = isFound ? .passed : .safety
            return
        }
        let kinds = report.violations.map(\.oracle.kind)
        if kinds.contains(.safety) {
            self = .safety
        } else if kinds.contains(.liveness) {
            self = .liveness
        } else {
            self = kinds.contains(.limit) ? .limit : .passed
        }
    }

    /// The worse of two: safety first.
    func worse(than other: Verdict) -> Verdict {
        guard self != .passed else { return other }
        guard other != .passed else { return self }
        return rawValue < other.rawValue ? self : other
    }

    /// Ends the command where something is wrong.
    func conclude() throws {
        if self != .passed { throw ExitCode(rawValue) }
    }
}
