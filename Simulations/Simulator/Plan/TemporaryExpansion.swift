import Primitives

extension Plan {
    package func expanded() -> Plan {
        var plan = self
        var random = RandomStream(root: seed, name: "workload")
        for workload in workloads {
            var time = workload.from
            let step = UInt64(1e9 / workload.rate)
            while time < workload.until {
                let kinds: [OperationKind] = [.get, .blind, .update, .update, .stale, .delete, .set, .read]
                var op = PlannedOperation(at: time, client: random.index(world.clients), kinds[random.index(kinds.count)], key: random.index(world.keys), bytes: random.index(100))
                op.node = random.below(20) == 0 ? random.index(world.nodes) : nil
                plan.operations.append(op)
                time += step
            }
        }
        plan.workloads = []
        return plan
    }
}
