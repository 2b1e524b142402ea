import Ring
import Staleness

/// One run of real nodes that shows how stale reads are under given delays.
package struct StalenessRun: Sendable {
    /// How long the messages of requests take.
    package var delays: DelayFit
    /// How many nodes there are.
    package var nodes = 3
    /// Copies of every key.
    package var n = 3
    /// Answers that a read waits for.
    package var r = 1
    /// Durable copies that a write waits for.
    package var w = 1
    /// When reads repair replicas that know less.
    package var readRepair = ReadRepairMode.off
    /// Whether nodes are cut off, one after the other, for a few seconds each.
    package var hasPartitions = false
    /// Writes and reads.
    package var workload = FreshnessWorkload()
    /// The root of all random numbers.
    package var seed: UInt64 = 1

    /// A run of three nodes.
    package init(delays: DelayFit) {
        self.delays = delays
        workload.writes = 5_000
    }

    /// How many keys there are, and so how many writers.
    private static let keys = 16

    /// The plan of the run.
    ///
    /// Nothing but read repair and hints brings replicas together: exchanges come too late.
    package func plan() -> Plan {
        var world = World()
        (world.nodes, world.n, world.r, world.w) = (nodes, n, r, w)
        (world.readRepair, world.isSloppy) = (readRepair, hasPartitions)
        (world.delays, world.freshness) = (delays, workload)
        (world.keys, world.clients) = (StalenessRun.keys, 1)
        world.safetyNanoseconds = 86_400 * Time.second
        world.node.exchangeMilliseconds = 100_000_000
        world.node.scrubMilliseconds = 100_000_000
        // Beyond all but a few of the slowest answers, and partitions are shorter.
        world.node.timeoutMilliseconds = hasPartitions ? 2_000 : 60_000
        var plan = Plan(seed: seed, world: world)
        if hasPartitions {
            plan.faults = partitions()
            // Slow enough for the writes to meet some of them.
            plan.world.freshness.pauseNanoseconds = Time.second / 5
        }
        return plan
    }

    /// Every ten seconds the next node is cut off for three.
    private func partitions() -> [PlannedFault] {
        (0..<1_000).flatMap { round -> [PlannedFault] in
            let start = UInt64(5 + 10 * round) * Time.second
            return [
                PlannedFault(at: start, .isolate(round % nodes, .both)),
                PlannedFault(at: start + 3 * Time.second, .heal),
            ]
        }
    }

    /// Runs it; the judges watch as in any other run.
    package func run() -> RunReport {
        var options = RunOptions()
        options.endsWithFreshness = true
        return Simulation(plan(), options: options).run()
    }
}
