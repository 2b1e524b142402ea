import Primitives

/// What kinds of plans are drawn.
package enum Profile: String, CaseIterable, Sendable {
    /// Every world and every kind of fault, each on or off by chance.
    case swarm
    /// Every world, and nothing goes wrong in it.
    case calm
    /// Small worlds for a short time: a quick look.
    case lite
    /// More nodes lose what is durable than the quorums can spare.
    case overBudget = "over-budget"
}

extension Plan {
    /// The plan of a seed: a pure function of the seed and the profile.
    ///
    /// The world comes from the stream `config`, every family of faults from a stream of its own,
    /// so that a change to one family leaves the others as they are.
    package static func drawn(seed: UInt64, profile: Profile) -> Plan {
        var planner = Planner(seed: seed, profile: profile)
        planner.draw()
        return planner.plan
    }
}

/// Draws a plan.
struct Planner {
    let seed: UInt64
    let profile: Profile
    var plan: Plan
    /// The families of faults that are on.
    var families: [FaultFamily] = []

    init(seed: UInt64, profile: Profile) {
        self.seed = seed
        var random = RandomStream(root: seed, name: "budget")
        // One seed of the swarm in twenty goes beyond what the quorums can spare.
        self.profile = profile == .swarm && random.oneIn(20) ? .overBudget : profile
        plan = Plan(seed: seed)
        plan.profile = profile.rawValue
    }

    var world: World { plan.world }

    /// The first moment of faults: nodes find each other before.
    var warmUp: UInt64 { min(5 * Span.second, world.safetyNanoseconds / 5) }

    mutating func draw() {
        var random = stream("config")
        drawWorld(&random)
        drawQuorum(&random)
        drawSurroundings(&random)
        drawKnobs(&random)
        drawSloppiness()
        drawExchange()
        drawMessageLifetime()
        drawScrub()
        families = drawnFamilies(&random)
        drawDestructible(&random)
        drawWorkloads()
        drawDeletes()
        drawExpiries()
        for family in families { draw(family) }
        drawDamagedHints()
        drawTruncatedLogs()
        drawCore()
        plan.faults = Planner.sorted(plan.faults)
    }

    func stream(_ name: String) -> RandomStream { RandomStream(root: seed, name: name) }

    // MARK: The world

    private mutating func drawWorld(_ random: inout RandomStream) {
        // The mean is five.
        let sizes = profile == .lite ? [3, 4, 5] : [3, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6, 7, 8, 9]
        plan.world.nodes = random.pick(sizes)
        plan.world.zones = 1 + random.index(3)
        plan.world.partitions = random.pick([8, 16, 32, 64])
        plan.world.store = random.oneIn(3) ? .sqlite : .dictionary
        plan.world.transport = random.oneIn(3) ? .datagram : .stream
        let (least, most): (UInt64, UInt64) = profile == .lite ? (10, 20) : (60, 120)
        plan.world.safetyNanoseconds = (least + random.below(most - least + 1)) * Span.second
        plan.world.clients = 1 + random.index(20)
        plan.world.keys = 1 + random.index(random.pick([2, 10, 40, 200]))
    }

    private mutating func drawQuorum(_ random: inout RandomStream) {
        if random.oneIn(2) {
            plan.world.n = min(1 + random.index(5), world.nodes)
            plan.world.r = 1 + random.index(world.n)
            plan.world.w = 1 + random.index(world.n)
        }
        plan.world.conflict = random.oneIn(5) ? .lastWriteWins : .siblings
        plan.world.readRepair = random.oneIn(16) ? .off : .async
    }

    /// What became possible with hints; from a stream of its own, as are all later additions.
    private mutating func drawSloppiness() {
        var random = stream("config/hints")
        plan.world.isSloppy = random.percent(60)
        if world.readRepair == .async, random.oneIn(5) { plan.world.readRepair = .blocking }
        guard profile != .calm, random.oneIn(6) else { return }
        plan.world.node.hintBytesMax = random.pick([400, 2_000, 20_000])
        plan.world.node.hintWindowMilliseconds = random.pick([500, 5_000, 20_000])
    }

    private mutating func drawExchange() {
        var random = stream("config/exchange")
        plan.world.node.exchangeMilliseconds = random.pick([1_000, 3_000, 10_000, 10_000])
    }

    /// In one plan of three nodes scrub so often that it meets requests and faults.
    private mutating func drawScrub() {
        var random = stream("config/scrub")
        guard random.oneIn(3) else { return }
        plan.world.node.scrubMilliseconds = random.pick([500, 2_000, 10_000])
    }

    /// In one plan of three messages live so short that pauses, stalls and slow disks outlast them,
    /// and that tombstones are removed.
    private mutating func drawMessageLifetime() {
        var random = stream("config/message-lifetime")
        guard random.oneIn(3) else { return }
        plan.world.node.messageLifetimeMilliseconds = random.pick([1_500, 3_000, 10_000])
    }

    /// How fast network and disks are.
    private mutating func drawSurroundings(_ random: inout RandomStream) {
        let isLocal = random.percent(80)
        plan.world.network.latencyNanoseconds = random.pick(
            isLocal
                ? [100 * Span.micro, 350 * Span.micro, 1_300 * Span.micro, 5 * Span.milli]
                : [5 * Span.milli, 15 * Span.milli, 50 * Span.milli, 150 * Span.milli])
        plan.world.network.jitterNanosecondsMean = random.pick(
            [50 * Span.micro, 300 * Span.micro, 1_700 * Span.micro, 10 * Span.milli])
        plan.world.disk.pageNanosecondsMean = random.pick(
            [20 * Span.micro, 40 * Span.micro, 90 * Span.micro, 200 * Span.micro])
        plan.world.disk.syncNanoseconds = random.pick(
            [200 * Span.micro, 700 * Span.micro, 2_700 * Span.micro, 10 * Span.milli])
        plan.world.disk.syncNanosecondsMean = plan.world.disk.syncNanoseconds / 2
    }

    /// Settings of the nodes, to both sides of the defaults.
    private mutating func drawKnobs(_ random: inout RandomStream) {
        guard profile != .calm, random.oneIn(4) else { return }
        plan.world.node.timeoutMilliseconds = random.pick([1_000, 2_500, 5_000, 10_000])
        plan.world.node.heartbeatMilliseconds = random.pick([50, 100, 200, 500])
        plan.world.node.suspectMilliseconds =
            world.node.heartbeatMilliseconds * random.pick([4, 6, 10])
        plan.world.node.downMilliseconds = random.pick([500, 2_000, 5_000, 20_000])
        plan.world.node.siblingsMax = random.pick([8, 30, 100, 300])
        plan.world.node.requestsMax = random.pick([64, 1_000, 20_000])
        plan.world.node.cacheKibibytes = random.pick([16, 64, 256, 2_048])
        plan.world.node.checkpointPages = random.pick([10, 50, 200, 1_000])
        plan.world.clientPatienceNanoseconds = random.pick([1, 3, 8, 20]) * Span.second
    }

    // MARK: Families

    private func drawnFamilies(_ random: inout RandomStream) -> [FaultFamily] {
        let possible = FaultFamily.allCases.filter { $0.isPossible(in: world, profile) }
        let amount = random.index(10)
        let only = random.pick(possible)
        let chosen = possible.filter { _ in random.oneIn(2) }
        switch (profile, amount) {
        case (.calm, _): return []
        // Something is destroyed in every such plan.
        case (.overBudget, _): return possible.filter { $0.isDestructive || chosen.contains($0) }
        case (_, 0): return []
        case (_, 1): return [only]
        default: return chosen
        }
    }

    private mutating func drawDestructible(_ random: inout RandomStream) {
        let spare = world.destructibleMax
        let order = random.shuffled(Array(0..<world.nodes))
        let excess = 1 + random.index(2)
        plan.world.isOverBudget = profile == .overBudget
        guard families.contains(where: \.isDestructive) else { return }
        let count = profile == .overBudget ? spare + excess : spare
        plan.world.destructible = order.prefix(count).sorted()
    }

    // MARK: The end

    /// One plan in three heals a core only, for good.
    private mutating func drawCore() {
        var random = stream("nemesis/core")
        let quorum = max(world.r, world.w)
        guard !families.isEmpty, random.oneIn(3), world.n > quorum, world.nodes > quorum else {
            return
        }
        let order = random.shuffled(Array(0..<world.nodes))
        let outside = 1 + random.index(min(world.n - quorum, world.nodes - quorum))
        strike(.healCore(order.dropFirst(outside).sorted()), at: world.safetyNanoseconds)
    }

    /// Adds a fault; what would be too late is left out.
    mutating func strike(_ fault: Fault, at time: UInt64) {
        guard time < world.safetyNanoseconds || fault.isCoreHeal else { return }
        plan.faults.append(PlannedFault(at: time, fault))
    }

    /// By time; what is at the same time stays in its order.
    static func sorted(_ faults: [PlannedFault]) -> [PlannedFault] {
        let order = faults.indices.sorted {
            let (left, right) = (faults[$0].at, faults[$1].at)
            return left == right ? $0 < $1 : left < right
        }
        return order.map { faults[$0] }
    }
}
