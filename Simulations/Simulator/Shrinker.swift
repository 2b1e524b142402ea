package struct ShrinkStep: Sendable {}
package struct Shrinker {
    let plan: Plan
    package init(plan: Plan, violation: Violation, runsMax: Int) { self.plan = plan }
    package mutating func shrink(run: (Plan) -> RunReport, isOutOfTime: () -> Bool, progress: (ShrinkStep) -> Void) -> Plan { plan }
}
