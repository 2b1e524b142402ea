import Primitives

// How processes end, stand still and begin again.
extension Planner {
    /// The mean time between the crashes of all nodes together; a draw per run.
    private func crashGap(_ random: inout RandomStream) -> UInt64 {
        random.pick([5, 20, 75, 300]) * Span.second / UInt64(world.nodes)
    }

    /// The mean time that processes stay down; a draw per run.
    private func downMean(_ random: inout RandomStream) -> UInt64 {
        random.pick([50, 500, 5_000, 30_000]) * Span.milli
    }

    private func down(_ mean: UInt64, _ random: inout RandomStream) -> UInt64 {
        Span.milli + random.exponential(mean: mean)
    }

    mutating func drawKills(_ random: inout RandomStream) {
        let mean = downMean(&random)
        for time in moments(every: crashGap(&random), &random) {
            var length = down(mean, &random)
            let node = node(&random)
            // A destructible node may stay away until everything is healed.
            if random.percent(5), world.destructible.contains(node) {
                length = world.safetyNanoseconds
            }
            strike(.kill(node, downNanoseconds: length), at: time)
        }
    }

    mutating func drawPowerLosses(_ random: inout RandomStream) {
        let mean = downMean(&random)
        for time in moments(every: crashGap(&random), &random) {
            let length = down(mean, &random)
            let node = node(&random)
            let isTotal = random.oneIn(6)
            let nodes = isTotal ? Array(0..<world.nodes) : [node]
            strike(.powerLoss(nodes, downNanoseconds: length), at: time)
        }
    }

    mutating func drawCrashesInTransactions(_ random: inout RandomStream) {
        let mean = downMean(&random)
        for time in moments(every: crashGap(&random), &random) {
            let fault = Fault.crashInTransaction(
                node(&random), call: 1 + random.index(40), isPowerLoss: random.oneIn(2),
                downNanoseconds: down(mean, &random))
            strike(fault, at: time)
        }
    }

    /// A node that ends again and again within a second of its start.
    mutating func drawRestartLoops(_ random: inout RandomStream) {
        for start in moments(every: 30 * Span.second, &random) {
            let node = node(&random)
            var time = start
            for _ in 0..<3 + random.index(8) {
                strike(.kill(node, downNanoseconds: 50 * Span.milli), at: time)
                time += random.span(60 * Span.milli, 1_050 * Span.milli)
            }
        }
    }

    mutating func drawPauses(_ random: inout RandomStream) {
        let suspicion = UInt64(world.node.suspectMilliseconds) * Span.milli
        for time in moments(every: random.pick([1, 3, 8, 20]) * Span.second, &random) {
            let node = node(&random)
            let long = random.span(suspicion, max(suspicion * 2, 30 * Span.second))
            let short = random.anyMagnitude(of: suspicion, halvings: 6)
            let isLong = random.percent(30)
            strike(.pause(node, nanoseconds: isLong ? long : short), at: time)
        }
    }

    /// All nodes, one after the other, drained or killed.
    mutating func drawRollingRestarts(_ random: inout RandomStream) {
        for start in moments(every: 40 * Span.second, &random) {
            var time = start
            let isDrained = random.oneIn(2)
            for node in random.shuffled(Array(0..<world.nodes)) {
                let down = random.span(300 * Span.milli, 3 * Span.second)
                let fault: Fault =
                    isDrained
                    ? .drain(node, downNanoseconds: down) : .kill(node, downNanoseconds: down)
                strike(fault, at: time)
                time += down + random.span(200 * Span.milli, 4 * Span.second)
            }
        }
    }

    /// Nodes that come back with no data, or with data of long ago.
    mutating func drawReplacements(_ random: inout RandomStream) {
        for time in moments(every: random.pick([8, 15, 30, 60]) * Span.second, &random) {
            let node = victim(&random)
            let down = random.span(100 * Span.milli, 5 * Span.second)
            let age = random.anyMagnitude(of: 20 * Span.second, halvings: 8)
            if random.oneIn(2) {
                strike(.wipe(node, downNanoseconds: down), at: time)
            } else {
                strike(.saveImage(node), at: time)
                strike(.restoreImage(node, downNanoseconds: down), at: time + age)
            }
        }
    }
}
