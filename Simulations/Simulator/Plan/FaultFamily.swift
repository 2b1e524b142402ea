import Primitives

/// Kinds of faults that are on or off together in a drawn plan.
enum FaultFamily: String, CaseIterable {
    case partitions
    case flapping
    case noise
    case clogs
    case connections
    case clientCuts
    case kills
    case powerLosses
    case crashesInTransactions
    case restartLoops
    case pauses
    case rollingRestarts
    case replacements
    case slowDisks
    case fullDisks
    case diskErrors
    case damage
    case clocks
    case contention

    /// Whether it loses or falsifies what is durable.
    var isDestructive: Bool { self == .replacements || self == .damage }

    /// Whether it needs the real store on a simulated disk.
    private var needsDisk: Bool {
        switch self {
        case .fullDisks, .diskErrors, .damage: true
        default: false
        }
    }

    /// Whether a world can have it.
    func isPossible(in world: World, _ profile: Profile) -> Bool {
        if needsDisk, world.store != .sqlite { return false }
        return !isDestructive || world.destructibleMax > 0 || profile == .overBudget
    }
}

extension Planner {
    /// Draws all faults of a family.
    mutating func draw(_ family: FaultFamily) {
        var random = stream("nemesis/\(family.rawValue)")
        switch family {
        case .partitions: drawPartitions(&random)
        case .flapping: drawFlapping(&random)
        case .noise: drawNoise(&random)
        case .clogs: drawClogs(&random)
        case .connections: drawConnections(&random)
        case .clientCuts: drawClientCuts(&random)
        case .kills: drawKills(&random)
        case .powerLosses: drawPowerLosses(&random)
        case .crashesInTransactions: drawCrashesInTransactions(&random)
        case .restartLoops: drawRestartLoops(&random)
        case .pauses: drawPauses(&random)
        case .rollingRestarts: drawRollingRestarts(&random)
        case .replacements: drawReplacements(&random)
        case .slowDisks: drawSlowDisks(&random)
        case .fullDisks: drawFullDisks(&random)
        case .diskErrors: drawDiskErrors(&random)
        case .damage: drawDamage(&random)
        case .clocks: drawClocks(&random)
        case .contention:
            plan.world.serviceNanosecondsMean = random.pick([5, 11, 23, 50]) * Span.micro
        }
    }

    /// Moments of faults that come independently of each other, with a mean time between them.
    func moments(every mean: UInt64, _ random: inout RandomStream) -> [UInt64] {
        var moments: [UInt64] = []
        var time = warmUp + random.exponential(mean: mean)
        while time < world.safetyNanoseconds, moments.count < 500 {
            moments.append(time)
            time += max(Span.milli, random.exponential(mean: mean))
        }
        return moments
    }

    /// A node.
    func node(_ random: inout RandomStream) -> Int { random.index(world.nodes) }

    /// A node that may lose what is durable.
    func victim(_ random: inout RandomStream) -> Int { random.pick(world.destructible) }

    /// Two different nodes.
    func pair(_ random: inout RandomStream) -> (from: Int, to: Int) {
        let from = node(&random)
        return (from, (from + 1 + random.index(world.nodes - 1)) % world.nodes)
    }
}
