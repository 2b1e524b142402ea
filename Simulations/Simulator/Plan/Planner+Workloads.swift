import Primitives

// What clients ask in a drawn plan.
extension Planner {
    /// One to three mixes, and questions about the cluster in some plans.
    mutating func drawWorkloads() {
        var random = stream("workload")
        let rates = profile == .lite ? [10.0, 15.0, 20.0, 30.0] : [50.0, 85.0, 145.0, 250.0]
        let rate = random.pick(rates)
        let mixes = random.shuffled(Workload.Mix.allCases.filter { $0 != .admin })
        let count = 1 + random.index(3)
        for mix in mixes.prefix(count) {
            let share = rate / Double(count)
            add(mix, rate: min(share, Planner.rateMax(of: mix)), &random)
        }
        if random.oneIn(4) { add(.admin, rate: 2, &random) }
    }

    /// Where messages live so short that tombstones may go within a run, more is deleted in half of
    /// the plans, for a while and with pauses long enough.
    mutating func drawDeletes() {
        var random = stream("workload/deletes")
        guard world.node.messageLifetimeMilliseconds <= 3_000, random.oneIn(2) else { return }
        plan.world.keys += 20 + random.index(40)
        let rate = random.pick([4.0, 8.0, 16.0])
        let end = world.safetyNanoseconds
        plan.workloads.append(Workload(.deletes, rate: rate, from: 0, until: end / 2))
        plan.workloads.append(Workload(.deletes, rate: rate / 4, from: end / 2, until: end))
    }

    /// In one plan of three some of the values expire.
    mutating func drawExpiries() {
        var random = stream("workload/ttl")
        guard random.oneIn(3) else { return }
        let share = random.pick([0.1, 0.3, 0.7])
        for index in plan.workloads.indices where plan.workloads[index].mix != .admin {
            plan.workloads[index].ttl = share
        }
    }

    /// Large values and piles of siblings fill a run soon enough.
    private static func rateMax(of mix: Workload.Mix) -> Double {
        switch mix {
        case .blind, .large: 20
        default: 250
        }
    }

    /// Most go on all the time, some for a part of it.
    private mutating func add(
        _ mix: Workload.Mix, rate: Double, _ random: inout RandomStream
    ) {
        let end = world.safetyNanoseconds
        let from = random.oneIn(5) ? random.below(end / 2) / Span.milli * Span.milli : 0
        plan.workloads.append(Workload(mix, rate: rate, from: from, until: end))
    }
}
