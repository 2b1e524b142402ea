import Primitives

// Disks and clocks.
extension Planner {
    // MARK: Disks

    mutating func drawSlowDisks(_ random: inout RandomStream) {
        for time in moments(every: random.pick([4, 8, 15, 30]) * Span.second, &random) {
            let node = node(&random)
            let factor = random.pick([10.0, 50.0, 200.0, 1_000.0])
            let length = random.span(Span.second, 30 * Span.second)
            if random.oneIn(4) {
                strike(.stuckDisk(node), at: time)
                restart(node, after: time, &random)
            } else {
                strike(.slowDisk(node, factor: factor, nanoseconds: length), at: time)
            }
        }
    }

    /// What helps a process whose disk hangs or fails for good.
    private mutating func restart(
        _ node: Int, after time: UInt64, _ random: inout RandomStream
    ) {
        let fault = Fault.kill(node, downNanoseconds: random.span(100 * Span.milli, Span.second))
        strike(fault, at: time + random.span(500 * Span.milli, 15 * Span.second))
    }

    mutating func drawFullDisks(_ random: inout RandomStream) {
        for time in moments(every: random.pick([4, 8, 15, 30]) * Span.second, &random) {
            let length = random.anyMagnitude(of: 60 * Span.second, halvings: 6)
            let nodes = random.shuffled(Array(0..<world.nodes))
            for node in nodes.prefix(random.oneIn(3) ? 2 : 1) {
                strike(.fullDisk(node, nanoseconds: length), at: time)
            }
        }
    }

    mutating func drawDiskErrors(_ random: inout RandomStream) {
        let rates = [0.000001, 0.00001, 0.0001, 0.001]
        if random.oneIn(2) {
            plan.world.disk.readError = random.pick(rates)
            plan.world.disk.writeError = random.pick(rates)
            plan.world.disk.syncError = random.pick(rates)
        }
        for time in moments(every: random.pick([3, 8, 15, 30]) * Span.second, &random) {
            let node = node(&random)
            let isSticky = random.oneIn(3)
            let call = random.pick(DiskCall.allCases)
            strike(.diskError(node, call, isSticky: isSticky), at: time)
            if isSticky { restart(node, after: time, &random) }
        }
    }

    /// Disks that lose or falsify what they were given.
    mutating func drawDamage(_ random: inout RandomStream) {
        if random.oneIn(2) {
            plan.world.disk.rot = random.pick([0.000001, 0.00001, 0.0001, 0.001])
        }
        // What lies in the log is not read from the database, and what is cached from neither.
        plan.world.node.checkpointPages = random.pick([1, 4, 16])
        plan.world.node.cacheKibibytes = 16
        plan.world.keys = max(world.keys, 40)
        for time in moments(every: random.pick([3, 8, 15, 30]) * Span.second, &random) {
            let node = victim(&random)
            let pages = random.pick([1, 3, 10, 40])
            // A page that goes back unnoticed brings its dots back: no quorum makes up for that.
            switch random.index(world.isOverBudget ? 4 : 2) {
            case 0: drawLie(node, at: time, &random)
            case 1: strike(.rot(node, pages: pages), at: time)
            case 2: strike(.misdirect(node), at: time)
            default: strike(.stalePage(node), at: time)
            }
        }
    }

    /// In half of the plans with damage, hints wait for long on a disk that rots: a node is away
    /// while bits flip at another one, which scrubs often enough to see it before they are gone.
    mutating func drawDamagedHints() {
        var random = stream("nemesis/damaged-hints")
        guard families.contains(.damage), random.oneIn(2) else { return }
        let keeper = victim(&random)
        let absent = (keeper + 1 + random.index(world.nodes - 1)) % world.nodes
        plan.world.node.scrubMilliseconds = random.pick([500, 2_000])
        let length = random.span(10 * Span.second, 30 * Span.second)
        let begin = warmUp + random.below(world.safetyNanoseconds / 2)
        strike(.kill(absent, downNanoseconds: length), at: begin)
        strike(.rot(keeper, pages: random.pick([3, 8])), at: begin + length / 2)
    }

    /// In half of the plans with damage, power failures of destructible nodes cost them a part of
    /// the log.
    mutating func drawTruncatedLogs() {
        var random = stream("nemesis/truncated-logs")
        guard families.contains(.damage), random.oneIn(2) else { return }
        for time in moments(every: random.pick([8, 15, 30]) * Span.second, &random) {
            let down = random.span(100 * Span.milli, 3 * Span.second)
            strike(.truncateLog(victim(&random), downNanoseconds: down), at: time)
        }
    }

    /// A disk whose syncs only pretend, until the power goes or it becomes honest again.
    private mutating func drawLie(_ node: Int, at time: UInt64, _ random: inout RandomStream) {
        let length = random.span(Span.second, 15 * Span.second)
        let down = random.span(100 * Span.milli, 3 * Span.second)
        strike(.lie(node, true), at: time)
        if !random.oneIn(3) { strike(.powerLoss([node], downNanoseconds: down), at: time + length) }
        strike(.lie(node, false), at: time + length)
    }

    // MARK: Clocks

    mutating func drawClocks(_ random: inout RandomStream) {
        if random.oneIn(2) {
            plan.world.clockSkewMilliseconds = (0..<world.nodes).map { _ in
                Int64(random.below(10_001)) - 5_000
            }
        }
        if random.oneIn(2) {
            plan.world.clockDriftPPM = (0..<world.nodes).map { _ in
                Int64(random.below(1_001)) - 500
            }
        }
        for time in moments(every: random.pick([3, 8, 15, 30]) * Span.second, &random) {
            strike(clockFault(node(&random), &random), at: time)
        }
    }

    private func clockFault(_ node: Int, _ random: inout RandomStream) -> Fault {
        let length = random.anyMagnitude(of: 32 * Span.second, halvings: 8)
        let sign: Int64 = random.oneIn(2) ? -1 : 1
        let power = 2 + random.index(17)
        let period = random.anyMagnitude(of: Span.second, halvings: 10)
        switch random.index(3) {
        case 0: return .clockFreeze(node, nanoseconds: length)
        case 1: return .clockJump(node, milliseconds: sign * leap(&random))
        default:
            return .clockStrobe(
                node, milliseconds: sign << Int64(power), periodNanoseconds: period,
                nanoseconds: length)
        }
    }

    /// 1.5 to the power of 6 to 31, from 11 ms to 288 s.
    private func leap(_ random: inout RandomStream) -> Int64 {
        let power = 6 + random.index(26)
        let cubes = (0..<power).reduce(Int64(1)) { product, _ in product * 3 }
        return cubes >> Int64(power)
    }
}
