/// What a run puts down besides its verdict.
package struct RunOptions: Sendable {
    /// How much is logged; nil for nothing.
    package var log: LogLevel?
    /// Whether the report has a timeline.
    package var hasTimeline = false

    /// Nothing but the verdict.
    package init() {}
}

/// A world in which a plan comes true.
package final class Simulation {
    private let plan: Plan

    /// A world for a plan; nothing happens before `run`.
    package init(_ plan: Plan, options: RunOptions = RunOptions()) {
        self.plan = plan
    }

    /// Lets everything happen; once only.
    package func run() -> RunReport {
        RunReport(plan: plan)
    }
}
