/// How far a plan has been shrunk.
package struct ShrinkStep: Equatable, Sendable, CustomStringConvertible {
    /// How many candidates were run.
    package var runs: Int
    /// Operations that are left; those of workloads do not count before they are written out.
    package var operations: Int
    /// Faults that are left.
    package var faults: Int
    /// Nodes that are left.
    package var nodes: Int

    /// One line.
    package var description: String {
        "\(runs) runs: \(operations) operations, \(faults) faults, \(nodes) nodes"
    }
}

/// Makes a failing plan small by delta debugging.
///
/// Takes away what the failure does not need: a smaller plan is kept only where its run violates
/// the same oracle. What is left cannot spare any single operation or fault, unless the budget ran
/// out before.
package struct Shrinker {
    private let plan: Plan
    private let violation: Violation
    private let runsMax: Int

    /// Makes small a plan whose run found a violation, within so many runs.
    package init(plan: Plan, violation: Violation, runsMax: Int) {
        self.plan = plan
        self.violation = violation
        self.runsMax = runsMax
    }

    /// The smallest plan that was found, with a story of what happens in it.
    package mutating func shrink(
        run: (Plan) -> RunReport, isOutOfTime: () -> Bool, progress: (ShrinkStep) -> Void
    ) -> Plan {
        let (oracle, runsMax) = (violation.oracle, runsMax)
        var runs = 0
        var latest = violation
        func judge(_ candidate: Plan) -> ShrinkVerdict {
            guard candidate.flaw() == nil else { return .rejected }
            guard runs < runsMax, !isOutOfTime() else { return .over }
            runs += 1
            guard let found = run(candidate).violations.first(where: { $0.oracle == oracle }) else {
                return .rejected
            }
            latest = found
            progress(
                ShrinkStep(
                    runs: runs, operations: candidate.operations.count,
                    faults: candidate.faults.count, nodes: candidate.world.nodes))
            return .accepted
        }
        // A run writes its operations out by itself: this changes nothing.
        var reduction = Reduction(best: plan.expanded())
        reduction.reduceAll(violatedAt: violation.at, judge)
        return told(reduction.best, latest)
    }

    private func told(_ small: Plan, _ found: Violation) -> Plan {
        var small = small
        small.profile = ""
        small.name = "\(found.oracle.rawValue)-0x\(String(small.seed, radix: 16))"
        small.expectedViolation = found.oracle.rawValue
        small.story = small.toldStory(of: found)
        return small
    }
}

/// What became of a candidate.
enum ShrinkVerdict {
    /// It fails in the same way: it is the new best.
    case accepted
    /// It does not, or makes no sense.
    case rejected
    /// There is no budget left to find out.
    case over
}

/// The smallest plan so far with the ways to make it smaller.
struct Reduction {
    typealias Judge = (Plan) -> ShrinkVerdict

    var best: Plan
    var isOver = false

    /// Tries a change; true where the failure stays.
    @discardableResult
    mutating func attempt(_ judge: Judge, _ change: (inout Plan) -> Void) -> Bool {
        guard !isOver else { return false }
        var candidate = best
        change(&candidate)
        guard candidate != best else { return false }
        switch judge(candidate) {
        case .accepted:
            best = candidate
            return true
        case .rejected: return false
        case .over:
            isOver = true
            return false
        }
    }

    /// All ways, the most promising first, until none helps any more.
    mutating func reduceAll(violatedAt time: UInt64, _ judge: Judge) {
        cut(after: time, judge)
        var before: Plan
        repeat {
            before = best
            removeFaults(judge)
            removeOperations(by: \.client, judge)
            removeOperations(by: \.key, judge)
            removeOperations(judge)
            shortenSafety(judge)
            removeNodes(judge)
            simplifyWorld(judge)
            simplifyEvents(judge)
        } while best != before && !isOver
        simplifyTimes(judge)
        compact(judge)
    }

    // MARK: Events

    private mutating func cut(after time: UInt64, _ judge: Judge) {
        attempt(judge) { plan in
            plan.operations.removeAll { $0.at > time }
            plan.faults.removeAll { $0.at > time }
        }
        shortenSafety(judge)
    }

    /// Ends the faults soon after the last event.
    private mutating func shortenSafety(_ judge: Judge) {
        let second: UInt64 = 1_000_000_000
        let last = max(
            best.operations.last?.at ?? 0,
            best.faults.last { !$0.fault.isCoreHeal }?.at ?? 0)
        for pause in [1, 3, 10, 30] as [UInt64] {
            let end = (last / second + 1 + pause) * second
            guard end < best.world.safetyNanoseconds else { return }
            if attempt(judge, { $0.endSafety(at: end) }) { return }
        }
    }

    private mutating func removeFaults(_ judge: Judge) {
        removeParts(best.faults.map { [$0] }, judge) { plan, parts in
            plan.faults = parts.flatMap { $0 }
        }
    }

    private mutating func removeOperations(_ judge: Judge) {
        removeParts(best.operations.map { [$0] }, judge) { plan, parts in
            plan.operations = parts.flatMap { $0 }
        }
    }

    /// Removes all operations of a client, or of a key.
    private mutating func removeOperations(
        by path: KeyPath<PlannedOperation, Int>, _ judge: Judge
    ) {
        let count = (best.operations.map { $0[keyPath: path] }.max() ?? -1) + 1
        var parts = Array(repeating: [PlannedOperation](), count: count)
        for operation in best.operations { parts[operation[keyPath: path]].append(operation) }
        removeParts(parts.filter { !$0.isEmpty }, judge) { plan, parts in
            plan.operations = Plan.sorted(parts.flatMap { $0 })
        }
    }

    /// Removes all parts, halves, quarters and so on, and single ones until none can be spared.
    private mutating func removeParts<Part>(
        _ parts: [Part], _ judge: Judge, _ apply: (inout Plan, [Part]) -> Void
    ) {
        var parts = parts
        var size = parts.count
        while size > 0, !isOver {
            let count = parts.count
            var start = 0
            while start < parts.count, !isOver {
                let rest = Array(parts[..<start] + parts[min(start + size, parts.count)...])
                if attempt(judge, { apply(&$0, rest) }) { parts = rest } else { start += size }
            }
            size = size > 1 ? size / 2 : (parts.count < count ? 1 : 0)
        }
    }
}

extension Plan {
    /// Ends the faults earlier, with all that is tied to that moment.
    fileprivate mutating func endSafety(at end: UInt64) {
        world.safetyNanoseconds = end
        operations.removeAll { $0.at >= end }
        faults.removeAll { $0.at >= end && !$0.fault.isCoreHeal }
        for index in faults.indices where faults[index].fault.isCoreHeal {
            faults[index].at = min(faults[index].at, end)
        }
    }
}
