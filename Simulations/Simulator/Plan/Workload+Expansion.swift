import Primitives

extension Plan {
    /// The plan with its operations written out.
    ///
    /// Each client draws from a stream of its own, so that taking one away leaves the others as
    /// they are. Operations that the plan has already stay.
    package func expanded() -> Plan {
        guard !workloads.isEmpty else { return self }
        var plan = self
        let popularity = KeyPopularity(keys: world.keys, seed: seed)
        for (index, workload) in workloads.enumerated() {
            for client in 0..<world.clients {
                let name = "client/c\(client + 1)/workload\(index + 1)"
                var drawer = OperationDrawer(
                    workload: workload, world: world, popularity: popularity, client: client,
                    random: RandomStream(root: seed, name: name),
                    expiries: RandomStream(root: seed, name: name + "/ttl"))
                plan.operations += drawer.drawn()
            }
        }
        plan.workloads = []
        plan.operations = Plan.sorted(plan.operations)
        return plan
    }

    /// By time; what is at the same time stays in its order.
    static func sorted(_ operations: [PlannedOperation]) -> [PlannedOperation] {
        let order = operations.indices.sorted {
            let (left, right) = (operations[$0].at, operations[$1].at)
            return left == right ? $0 < $1 : left < right
        }
        return order.map { operations[$0] }
    }
}

/// How often keys are asked for: all alike, or by their rank to the power of -0.75 or -1.25.
///
/// These powers need square roots only, which are the same on every machine.
private struct KeyPopularity {
    /// For each key, the sum of its weight and of those before it.
    private var sums: [UInt64] = []

    init(keys: Int, seed: UInt64) {
        var random = RandomStream(root: seed, name: "popularity")
        let course = random.index(3)
        var sum: UInt64 = 0
        for rank in 1...keys {
            sum += KeyPopularity.weight(of: Double(rank), course)
            sums.append(sum)
        }
    }

    private static func weight(of rank: Double, _ course: Int) -> UInt64 {
        let fourthRoot = rank.squareRoot().squareRoot()
        return switch course {
        case 0: 1
        case 1: UInt64(1_000_000_000 / (rank.squareRoot() * fourthRoot))
        default: UInt64(1_000_000_000 / (rank * fourthRoot))
        }
    }

    func draw(_ random: inout RandomStream) -> Int {
        let point = random.below(sums.last ?? 1)
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > point { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Draws what one client does for one workload.
private struct OperationDrawer {
    let workload: Workload
    let world: World
    let popularity: KeyPopularity
    let client: Int
    var random: RandomStream
    /// A stream of its own, so that the rest is drawn alike with and without expiries.
    var expiries: RandomStream

    mutating func drawn() -> [PlannedOperation] {
        let gap = UInt64(1e9 * Double(world.clients) / workload.rate)
        var operations: [PlannedOperation] = []
        var time = workload.from + random.exponential(mean: gap)
        while time < min(workload.until, world.safetyNanoseconds) {
            // Whole microseconds are easier to read.
            operations.append(operation(at: time / 1_000 * 1_000))
            time += max(1, random.exponential(mean: gap))
        }
        return operations
    }

    private mutating func operation(at time: UInt64) -> PlannedOperation {
        let kind = random.pick(workload.mix.kinds)
        var operation = PlannedOperation(
            at: time, client: client, kind, key: key(), bytes: bytes())
        let isMoving = random.oneIn(20)
        if workload.mix == .session || isMoving { operation.node = random.index(world.nodes) }
        operation.isRetried = workload.mix == .retry
        if kind == .admin { operation.key = 0 }
        if kind.writesValue, expiries.happens(workload.ttl) {
            operation.ttlMilliseconds = expiries.span(500, 20_000)
        }
        return operation
    }

    private mutating func key() -> Int {
        let key = popularity.draw(&random)
        let isHot = !random.oneIn(10)
        return workload.mix == .hot && isHot ? 0 : key
    }

    private mutating func bytes() -> Int {
        let small = random.index(257)
        let large = random.index(65_537)
        let isLarge = random.oneIn(5)
        return workload.mix == .large && isLarge ? large : small
    }
}

extension Workload.Mix {
    /// What is done, as often as it is named.
    fileprivate var kinds: [OperationKind] {
        switch self {
        case .causal, .hot:
            [.get, .get, .get, .update, .update, .update, .update, .blind, .stale, .delete]
        case .set: [.update, .update, .update, .update, .get]
        case .deletes:
            [.update, .update, .blind, .blind, .delete, .delete, .delete, .blindDelete, .get]
        case .large: [.update, .update, .update, .blind, .get, .get, .delete]
        case .plain: [.set, .set, .set, .read, .read]
        case .retry: [.update, .update, .blind, .blind, .delete, .get]
        case .blind: [.blind, .blind, .blind, .blind, .blind, .blind, .blind, .blind, .get]
        case .session: [.update, .update, .get, .get, .stale]
        case .admin: [.admin, .admin, .repair, .get, .read]
        }
    }
}
