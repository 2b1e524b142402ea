import Primitives

// What goes wrong between nodes.
extension Planner {
    // MARK: Partitions

    mutating func drawPartitions(_ random: inout RandomStream) {
        let gap = random.pick([2, 5, 10, 20]) * Span.second
        let hold = random.pick([500, 2_000, 8_000, 30_000]) * Span.milli
        var time = warmUp + random.exponential(mean: gap)
        while time < world.safetyNanoseconds {
            let length = max(50 * Span.milli, random.exponential(mean: hold))
            strikeShape(at: time, &random)
            if random.percent(20) { strikeShape(at: time + random.below(length), &random) }
            strike(.heal, at: time + length)
            time += length + max(50 * Span.milli, random.exponential(mean: gap))
        }
    }

    private mutating func strikeShape(at time: UInt64, _ random: inout RandomStream) {
        for fault in shape(&random) { strike(fault, at: time) }
    }

    /// One of the shapes that partitions have.
    private func shape(_ random: inout RandomStream) -> [Fault] {
        let nodes = random.shuffled(Array(0..<world.nodes))
        let kind = random.index(11)
        let density = 10 + random.index(41)
        switch kind {
        case 0: return [.isolate(nodes[0], .both)]
        case 1: return [split(nodes, at: world.nodes / 2)]
        case 2: return [split(nodes, at: max(1, world.nodes / 3))]
        case 3: return [threeWay(nodes)]
        // Whoever is on no side talks to both.
        case 4: return [split(Array(nodes.dropFirst()), at: (world.nodes - 1) / 2)]
        // In a smaller circle everyone reaches all others.
        case 5 where world.nodes > 3: return [.majoritiesRing]
        case 6: return [zoneCut(random.index(world.zones)) ?? split(nodes, at: world.nodes / 2)]
        case 7: return [.isolate(nodes[0], .inbound)]
        case 8: return [.isolate(nodes[0], .outbound)]
        case 9: return [.cut(from: nodes[0], to: nodes[1])]
        default: return digraph(percent: density, &random)
        }
    }

    private func split(_ nodes: [Int], at count: Int) -> Fault {
        .partition([nodes.prefix(count).sorted(), nodes.dropFirst(count).sorted()])
    }

    private func threeWay(_ nodes: [Int]) -> Fault {
        let third = max(1, nodes.count / 3)
        return .partition([
            nodes.prefix(third).sorted(), nodes.dropFirst(third).prefix(third).sorted(),
            nodes.dropFirst(2 * third).sorted(),
        ])
    }

    /// One zone against the others.
    private func zoneCut(_ zone: Int) -> Fault? {
        let inside = (0..<world.nodes).filter { $0 % world.zones == zone }
        let outside = (0..<world.nodes).filter { $0 % world.zones != zone }
        return inside.isEmpty || outside.isEmpty ? nil : .partition([inside, outside])
    }

    /// Any links, each by chance.
    private func digraph(percent: Int, _ random: inout RandomStream) -> [Fault] {
        var faults: [Fault] = []
        for from in 0..<world.nodes {
            for to in 0..<world.nodes where from != to && random.percent(percent) {
                faults.append(.cut(from: from, to: to))
            }
        }
        return faults
    }

    // MARK: Flapping

    mutating func drawFlapping(_ random: inout RandomStream) {
        for start in moments(every: 20 * Span.second, &random) {
            let period = random.pick([100, 400, 1_400, 5_000]) * Span.milli
            let broken = period * UInt64(random.pick([1, 3, 6, 9])) / 10
            let (from, to) = pair(&random)
            let isWhole = random.oneIn(3)
            for cycle in 0..<UInt64(5 + random.index(46)) {
                let time = start + cycle * period
                // Only what flaps is mended: other cuts last as long as they were drawn to.
                strike(isWhole ? .isolate(from, .both) : .cut(from: from, to: to), at: time)
                strike(isWhole ? .rejoin(from) : .uncut(from: from, to: to), at: time + broken)
            }
        }
    }

    // MARK: Noise

    mutating func drawNoise(_ random: inout RandomStream) {
        let certain = random.pick(NoiseKnob.allCases)
        for knob in NoiseKnob.allCases {
            let isOn = random.oneIn(2)
            guard isOn || knob == certain else { continue }
            drawNoise(knob, &random)
        }
        plan.world.network.tailNanosecondsMax =
            random.pick([100, 400, 1_400, 5_000]) * Span.milli
        if random.oneIn(8) {
            plan.world.network.bytesPerSecond = random.pick([100_000, 1_000_000, 10_000_000])
        }
    }

    /// Constant, in steps or as a random walk.
    private mutating func drawNoise(_ knob: NoiseKnob, _ random: inout RandomStream) {
        let values = Planner.intensities(of: knob)
        var step = random.index(values.count)
        let course = random.index(3)
        strike(.noise(knob, values[step]), at: warmUp)
        guard course > 0 else { return }
        let mean = (course == 1 ? 15 : 5) * Span.second
        for time in moments(every: mean, &random) {
            let walked = random.oneIn(2) ? step - 1 : step + 1
            step = course == 1 ? random.index(values.count) : min(max(walked, 0), 3)
            strike(.noise(knob, values[step]), at: time)
        }
    }

    /// Four steps whose logarithms are evenly apart.
    private static func intensities(of knob: NoiseKnob) -> [Double] {
        switch knob {
        case .loss: [0.0001, 0.0014, 0.02, 0.3]
        case .duplication: [0.001, 0.006, 0.035, 0.2]
        case .overtaking: [0.001, 0.005, 0.02, 0.1]
        case .resets: [0.00001, 0.00005, 0.0002, 0.001]
        case .corruption: [0.000001, 0.000005, 0.00002, 0.0001]
        case .tail: [0.0003, 0.001, 0.003, 0.01]
        }
    }

    // MARK: Clogs and connections

    mutating func drawClogs(_ random: inout RandomStream) {
        for time in moments(every: random.pick([1, 3, 8, 20]) * Span.second, &random) {
            let direction = random.pick(Direction.allCases)
            let length = random.anyMagnitude(of: 10 * Span.second, halvings: 14)
            if random.oneIn(5) {
                drawSwizzle(from: time, &random)
            } else {
                strike(.clog(node(&random), direction, nanoseconds: length), at: time)
            }
        }
    }

    /// Nodes are clogged one by one in the first half of a while, and released in another order in
    /// the second.
    private mutating func drawSwizzle(from start: UInt64, _ random: inout RandomStream) {
        let half = random.span(500 * Span.milli, 8 * Span.second)
        let nodes = random.shuffled((0..<world.nodes).filter { _ in random.oneIn(2) })
        for node in nodes {
            let begin = start + random.below(half)
            let end = start + half + random.below(half)
            strike(.clog(node, .both, nanoseconds: end - begin), at: begin)
        }
    }

    mutating func drawConnections(_ random: inout RandomStream) {
        for time in moments(every: random.pick([500, 1_500, 5_000, 15_000]) * Span.milli, &random) {
            let (from, to) = pair(&random)
            let length = random.anyMagnitude(of: 60 * Span.second, halvings: 6)
            let isReset = random.oneIn(2)
            strike(
                isReset
                    ? .reset(from: from, to: to)
                    : .halfOpen(from: from, to: to, nanoseconds: length), at: time)
        }
    }

    mutating func drawClientCuts(_ random: inout RandomStream) {
        for time in moments(every: random.pick([2, 5, 10, 20]) * Span.second, &random) {
            let length = random.anyMagnitude(of: 30 * Span.second, halvings: 8)
            strike(.cutClients(node(&random), nanoseconds: length), at: time)
        }
    }
}
