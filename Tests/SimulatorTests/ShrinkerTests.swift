import Simulator
import Testing

@Suite struct ShrinkerTests {
    private let second: UInt64 = 1_000_000_000

    /// Shrinks with a run that fails where a condition holds; counts its runs.
    private func shrunk(
        _ plan: Plan, runsMax: Int = 5_000, where fails: (Plan) -> Bool
    ) -> (plan: Plan, runs: Int, steps: [ShrinkStep]) {
        let violation = Violation(.durability, at: 50 * second, key: 3, "it is gone")
        var shrinker = Shrinker(plan: plan, violation: violation, runsMax: runsMax)
        var runs = 0
        var steps: [ShrinkStep] = []
        let small = shrinker.shrink(
            run: { candidate in
                runs += 1
                #expect(candidate.flaw() == nil)
                var report = RunReport(plan: candidate)
                if fails(candidate) { report.violations = [violation] }
                return report
            }, isOutOfTime: { false }, progress: { steps.append($0) })
        return (small, runs, steps)
    }

    private func drawn() throws -> Plan {
        let seeds = 0..<200 as Range<UInt64>
        let plans = seeds.lazy.map { Plan.drawn(seed: $0, profile: .swarm) }
        return try #require(
            plans.first { plan in
                plan.faults.contains { self.isKill($0.fault) } && plan.faults.count > 100
                    && plan.world.nodes > 5
            })
    }

    private func isKill(_ fault: Fault) -> Bool {
        if case .kill = fault { return true }
        return false
    }

    @Test func `A fault and an operation that fail together are all that is left`() throws {
        let plan = try drawn()
        let update = try #require(
            plan.expanded().operations.first { $0.kind == .update && $0.at > 30 * second })
        let result = shrunk(plan) { candidate in
            candidate.faults.contains { isKill($0.fault) }
                && candidate.operations.contains { $0.kind == .update && $0.key == update.key }
        }
        #expect(result.plan.faults.count == 1)
        #expect(result.plan.operations.count == 1)
        #expect(result.plan.world.nodes == 3)
        #expect(result.plan.world.clients == 1)
        #expect(result.plan.world.network.loss == 0)
        #expect(result.plan.world.safetyNanoseconds <= 10 * second)
        #expect(result.runs < 400)
        #expect(result.steps.last?.operations == 1)
    }

    @Test func `What is left has a story and comes back from its text`() throws {
        let result = shrunk(try drawn()) { candidate in
            candidate.faults.contains { isKill($0.fault) } && !candidate.operations.isEmpty
        }
        #expect(result.plan.story.first == "O1 is violated: it is gone")
        #expect(result.plan.story.count == 3)
        #expect(result.plan.story.contains { $0.contains("is killed and down for") })
        #expect(result.plan.expectedViolation == "O1")
        #expect(try Plan(parsing: result.plan.text()) == result.plan)
    }

    @Test func `Three operations of which none can be spared all stay`() throws {
        let plan = try drawn()
        let all = plan.expanded().operations.filter { $0.at < 50 * second }
        let needed = [all[5], all[all.count / 2], all[all.count - 3]]
        let result = shrunk(plan) { candidate in
            needed.allSatisfy { one in
                candidate.operations.contains { $0.at == one.at && $0.bytes == one.bytes }
            }
        }
        #expect(result.plan.operations.map(\.at) == needed.map(\.at))
        #expect(result.plan.faults.isEmpty)
    }

    @Test func `A plan that fails only as a whole stays as it is`() throws {
        let plan = Plan.drawn(seed: 5, profile: .lite).expanded()
        let result = shrunk(plan) { $0 == plan }
        var left = result.plan
        (left.name, left.story) = (plan.name, plan.story)
        (left.profile, left.expectedViolation) = (plan.profile, nil)
        #expect(left == plan)
    }

    @Test func `No more runs are made than were asked for`() throws {
        let result = shrunk(try drawn(), runsMax: 20) { $0.operations.count > 100 }
        #expect(result.runs == 20)
        #expect(result.plan.operations.count > 100)
    }

    @Test func `Another oracle's violation does not count`() throws {
        let plan = Plan.drawn(seed: 5, profile: .lite)
        let violation = Violation(.durability, at: second, "it is gone")
        var shrinker = Shrinker(plan: plan, violation: violation, runsMax: 50)
        let small = shrinker.shrink(
            run: { candidate in
                var report = RunReport(plan: candidate)
                report.violations = [Violation(.replies, at: 1, "another")]
                return report
            }, isOutOfTime: { false }, progress: { _ in })
        #expect(small.operations == plan.expanded().operations)
    }

    @Test func `The last moment of a core heal moves along`() throws {
        var plan = Plan(seed: 1)
        plan.faults = [PlannedFault(at: 60 * second, .healCore([0, 1, 2, 3]))]
        plan.operations = [PlannedOperation(at: second, client: 0, .get, key: 0)]
        let result = shrunk(plan) { $0.faults.count == 1 }
        #expect(result.plan.operations.isEmpty)
        #expect(result.plan.faults.first?.at == result.plan.world.safetyNanoseconds)
        #expect(result.plan.world.safetyNanoseconds < 10 * second)
    }
}
