import Simulator
import Testing

@Suite struct PlannerTests {
    private func plans(_ profile: Profile, _ count: UInt64 = 300) -> [Plan] {
        (0..<count).map { Plan.drawn(seed: $0, profile: profile) }
    }

    @Test func `A seed is always drawn into the same plan`() {
        #expect(
            Plan.drawn(seed: 77, profile: .swarm).expanded()
                == Plan.drawn(seed: 77, profile: .swarm).expanded())
        #expect(Plan.drawn(seed: 77, profile: .swarm) != Plan.drawn(seed: 78, profile: .swarm))
    }

    @Test func `Nothing goes wrong in calm plans`() {
        for plan in plans(.calm) {
            #expect(plan.faults.isEmpty)
            #expect(plan.world.network.loss == 0)
            #expect(!plan.world.disk.hasFaults)
        }
    }

    @Test func `All faults lie between the warm-up and the heal`() {
        for plan in plans(.swarm) {
            let end = plan.world.safetyNanoseconds
            for planned in plan.faults {
                #expect(planned.at >= 5_000_000_000)
                if case .healCore(let core) = planned.fault {
                    #expect(planned.at == end)
                    #expect(core.count >= max(plan.world.r, plan.world.w))
                } else {
                    #expect(planned.at < end)
                }
            }
        }
    }

    @Test func `Every kind of fault is drawn for some seed`() {
        let kinds = plans(.swarm).flatMap(\.faults).map { planned in
            String(planned.fault.text.prefix { $0 != " " })
        }
        #expect(Set(kinds).count == 33)
    }

    @Test func `A third of the plans is stored on disks, a tenth is left in peace`() {
        let drawn = plans(.swarm, 600)
        let onDisk = drawn.count { $0.world.store == .sqlite }
        #expect((150...250).contains(onDisk))
        let classic = drawn.count { ($0.world.n, $0.world.r, $0.world.w) == (3, 2, 2) }
        #expect(classic > 270)
        let core = drawn.count { plan in
            plan.faults.contains { $0.fault.text.hasPrefix("heal-core") }
        }
        #expect((50...200).contains(core))
        #expect(drawn.map(\.world.nodes).reduce(0, +) / 100 == 30)
        let calm = drawn.count { $0.faults.isEmpty }
        #expect((40...110).contains(calm))
    }

    @Test func `Only plans over budget destroy more than quorums can spare`() {
        let swarm = plans(.swarm)
        for plan in swarm where !plan.world.isOverBudget {
            #expect(plan.world.destructible.count <= plan.world.destructibleMax)
        }
        let beyond = swarm.count { $0.world.isOverBudget }
        #expect(beyond > 0 && beyond < swarm.count / 8, "\(beyond) of \(swarm.count)")
        let overBudget = plans(.overBudget)
        #expect(overBudget.allSatisfy { $0.world.isOverBudget })
        #expect(
            overBudget.allSatisfy { $0.world.destructible.count > $0.world.destructibleMax })
    }

    @Test func `A lite plan is short`() {
        for plan in plans(.lite) {
            #expect(plan.world.safetyNanoseconds <= 20_000_000_000)
            #expect(plan.expanded().operations.count < 1_000)
        }
    }

    @Test func `Workloads have about the rate that they name`() {
        var plan = Plan(seed: 3)
        plan.workloads = [Workload(.causal, rate: 100, from: 0, until: 60_000_000_000)]
        let operations = plan.expanded().operations
        #expect((5_600...6_400).contains(operations.count))
        #expect(Set(operations.map(\.client)).count == 4)
        #expect(operations.allSatisfy { $0.bytes <= 256 })
    }

    @Test func `Some values of some plans expire, and all else is drawn as without`() {
        let drawn = plans(.swarm)
        let expiring = drawn.count { $0.workloads.contains { $0.ttl > 0 } }
        #expect((70...130).contains(expiring), "\(expiring)")
        var plan = Plan(seed: 3)
        plan.workloads = [Workload(.causal, rate: 100, until: 30_000_000_000)]
        var operations = plan.expanded().operations
        #expect(operations.allSatisfy { $0.ttlMilliseconds == nil })
        plan.workloads[0].ttl = 0.3
        let others = plan.expanded().operations
        let share = others.count { $0.ttlMilliseconds != nil } * 100 / others.count
        #expect((13...23).contains(share), "of all operations six in ten write: \(share)")
        for index in operations.indices {
            operations[index].ttlMilliseconds = others[index].ttlMilliseconds
        }
        #expect(operations == others)
        #expect(others.compactMap(\.ttlMilliseconds).allSatisfy { (500...20_000).contains($0) })
    }

    @Test func `In one plan of three messages live so short that faults outlast them`() {
        let lifetimes = plans(.swarm).map(\.world.node.messageLifetimeMilliseconds)
        #expect((70...130).contains(lifetimes.count { $0 < 300_000 }))
        #expect(Set(lifetimes) == [1_500, 3_000, 10_000, 300_000])
    }

    @Test func `Taking a client away leaves the others as they are`() {
        var plan = Plan(seed: 3)
        plan.world.clients = 3
        plan.workloads = [Workload(.session, rate: 30, until: 10_000_000_000)]
        let before = plan.expanded().operations.filter { $0.client < 2 }
        plan.world.clients = 2
        plan.workloads[0].rate = 20
        #expect(plan.expanded().operations == before)
    }

    @Test func `The hot key gets nine of ten operations`() {
        var plan = Plan(seed: 3)
        plan.world.keys = 100
        plan.workloads = [Workload(.hot, rate: 50, until: 60_000_000_000)]
        let operations = plan.expanded().operations
        #expect(operations.count { $0.key == 0 } * 100 >= operations.count * 88)
    }

    @Test func `Some plans have popular keys, others ask for all alike`() {
        let shares = (0..<12 as Range<UInt64>).map { seed -> Int in
            var plan = Plan(seed: seed)
            plan.world.keys = 20
            plan.workloads = [Workload(.causal, rate: 100, until: 30_000_000_000)]
            let operations = plan.expanded().operations
            return operations.count { $0.key == 0 } * 100 / operations.count
        }
        #expect(shares.contains { $0 < 8 })
        #expect(shares.contains { (12...25).contains($0) })
        #expect(shares.contains { $0 > 30 })
    }
}
