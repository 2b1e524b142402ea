/// A part of a plan that makes no sense.
package struct PlanFlaw: Equatable, Sendable {
    /// Which part.
    package enum Place: Equatable, Sendable {
        /// The directives concerned, the most telling first.
        case directives([String])
        /// A workload, by its index.
        case workload(Int)
        /// An operation, by its index.
        case operation(Int)
        /// A fault, by its index.
        case fault(Int)
    }

    /// Which part.
    package var place: Place
    /// What is wrong with it, and what to write instead.
    package var reason: String

    fileprivate init(_ place: Place, _ reason: String) {
        self.place = place
        self.reason = reason
    }
}

extension Plan {
    /// The first part that makes no sense; nil where all do.
    package func flaw() -> PlanFlaw? {
        if let (names, reason) = world.flaw() { return PlanFlaw(.directives(names), reason) }
        if world.freshness.writes > 0, !workloads.isEmpty || !operations.isEmpty {
            let reason = "freshness goes alone, since others would write its keys: leave out one"
            return PlanFlaw(.directives(["freshness"]), reason)
        }
        for (index, workload) in workloads.enumerated() {
            if let reason = flaw(of: workload) { return PlanFlaw(.workload(index), reason) }
        }
        for (index, operation) in operations.enumerated() {
            if let reason = flaw(of: operation) { return PlanFlaw(.operation(index), reason) }
        }
        for (index, fault) in faults.enumerated() {
            if let reason = flaw(of: fault) { return PlanFlaw(.fault(index), reason) }
        }
        return orderFlaw()
    }

    private var safetyText: String { PlanLiteral.text(time: world.safetyNanoseconds) }

    private func flaw(of workload: Workload) -> String? {
        if !(workload.rate > 0 && workload.rate <= 100_000) {
            return "the rate must be more than 0 and at most 100000 requests per second"
        }
        if !(0...1).contains(workload.ttl) { return "ttl is a share from 0 to 1" }
        if workload.from >= workload.until { return "until must be later than from" }
        if workload.until > world.safetyNanoseconds {
            return "until must not be later than the end of the faults, safety \(safetyText)"
        }
        return nil
    }

    private func flaw(of operation: PlannedOperation) -> String? {
        if !(0..<world.clients).contains(operation.client) {
            return unknown("client", "c", operation.client, world.clients)
        }
        if !(0..<world.keys).contains(operation.key) {
            return unknown("key", "k", operation.key, world.keys)
        }
        if let node = operation.node, !(0..<world.nodes).contains(node) {
            return unknown("node", "n", node, world.nodes)
        }
        if !(0...1 << 20).contains(operation.bytes) { return "a value has at most 1024KiB" }
        if let ttl = operation.ttlMilliseconds, ttl == 0 || ttl > 86_400_000 {
            return "ttl is a time up to a day, such as 3s"
        }
        if operation.ttlMilliseconds != nil, !operation.kind.writesValue {
            return "only a value that is written can expire"
        }
        if operation.at >= world.safetyNanoseconds {
            return "an operation must be earlier than the end of the faults, safety \(safetyText)"
        }
        return nil
    }

    private func unknown(_ what: String, _ letter: String, _ index: Int, _ count: Int) -> String {
        "there is no \(what) \(letter)\(index + 1); there are \(letter)1 to \(letter)\(count)"
    }

    // MARK: Faults

    private func flaw(of planned: PlannedFault) -> String? {
        let fault = planned.fault
        if let node = fault.nodes.first(where: { !(0..<world.nodes).contains($0) }) {
            return unknown("node", "n", node, world.nodes)
        }
        if planned.at > world.safetyNanoseconds
            || (planned.at == world.safetyNanoseconds && !fault.isCoreHeal)
        {
            return "a fault must be earlier than the end of the faults, safety \(safetyText)"
        }
        if fault.needsDisk, world.store != .sqlite {
            return "this fault needs a real disk: write store sqlite"
        }
        let spared = fault.nodes.first { !world.destructible.contains($0) }
        if fault.isDestructive, let spared {
            return "this fault destroys what is durable: write destructible n\(spared + 1), "
                + "or name a node that is"
        }
        return shapeFlaw(of: fault)
    }

    private func shapeFlaw(of fault: Fault) -> String? {
        switch fault {
        case .partition(let sides):
            if sides.count < 2 || sides.contains([]) {
                return "a partition has two sides or more: partition n1 | n2,n3"
            }
            return repeated(fault.nodes)
        case .powerLoss(let nodes, _), .healCore(let nodes):
            return nodes.isEmpty ? "name a node" : repeated(nodes)
        case .cut(let from, let to), .reset(let from, let to), .halfOpen(let from, let to, _):
            return from == to ? "a link has two different ends" : nil
        case .crashInTransaction(_, let call, _, _):
            return call < 1 ? "the calls of a transaction are counted from 1" : nil
        case .slowDisk(_, let factor, _):
            return (1...1e6).contains(factor) ? nil : "the factor must be from 1 to 1000000"
        case .rot(_, let pages): return pages < 1 ? "rot needs a page or more" : nil
        case .noise(_, let value): return (0...1).contains(value) ? nil : "noise is from 0 to 1"
        case .clockJump(_, let leap): return leapFlaw(leap)
        case .clockStrobe(_, let leap, let period, _):
            return period == 0 ? "the period must be longer than 0s" : leapFlaw(leap)
        default: return nil
        }
    }

    private func repeated(_ nodes: [Int]) -> String? {
        for (index, node) in nodes.enumerated() where nodes[..<index].contains(node) {
            return "n\(node + 1) is named twice"
        }
        return nil
    }

    private func leapFlaw(_ milliseconds: Int64) -> String? {
        milliseconds.magnitude <= World.leapMillisecondsMax
            ? nil : "a calendar jumps by at most 1000000s"
    }

    private func orderFlaw() -> PlanFlaw? {
        for index in operations.indices.dropFirst()
        where operations[index].at < operations[index - 1].at {
            return PlanFlaw(.operation(index), "operations must ascend by time")
        }
        for index in faults.indices.dropFirst() where faults[index].at < faults[index - 1].at {
            return PlanFlaw(.fault(index), "faults must ascend by time")
        }
        return nil
    }
}

extension Fault {
    var isCoreHeal: Bool {
        if case .healCore = self { return true }
        return false
    }
}

extension World {
    /// The most that a calendar may be off.
    static let leapMillisecondsMax: UInt64 = 1_000_000_000

    /// How many nodes may lose what is durable so that every acknowledged write keeps a copy.
    package var destructibleMax: Int { max(0, min(w - 1, n - w, n - r)) }

    fileprivate func flaw() -> (directives: [String], reason: String)? {
        sizeFlaw() ?? quorumFlaw() ?? surroundingsFlaw() ?? destructionFlaw() ?? freshnessFlaw()
    }

    private func sizeFlaw() -> (directives: [String], reason: String)? {
        if !(1...100).contains(nodes) { return (["nodes"], "there are 1 to 100 nodes") }
        if !(1...nodes).contains(zones) {
            return (["nodes"], "there are \(zones) zones; write zones=1 to zones=\(nodes)")
        }
        if !(1...65_536).contains(partitions) || partitions & (partitions - 1) != 0 {
            return (["nodes"], "partitions is a power of two up to 65536, such as partitions=16")
        }
        if !(1...1_000).contains(clients) { return (["clients"], "there are 1 to 1000 clients") }
        if !(1...100_000).contains(keys) { return (["clients"], "there are 1 to 100000 keys") }
        return nil
    }

    private func quorumFlaw() -> (directives: [String], reason: String)? {
        if n > nodes {
            return (["quorum", "nodes"], "n=\(n) needs \(n) nodes; there are \(nodes)")
        }
        if !(1...16).contains(n) { return (["quorum"], "n is from 1 to 16") }
        if !(1...n).contains(r) { return (["quorum"], "r=\(r) must be from 1 to n=\(n)") }
        if !(1...n).contains(w) { return (["quorum"], "w=\(w) must be from 1 to n=\(n)") }
        return nil
    }

    private func surroundingsFlaw() -> (directives: [String], reason: String)? {
        if safetyNanoseconds == 0 || safetyNanoseconds > 86_400_000_000_000 {
            return (["safety"], "safety is a time up to a day, such as 60s")
        }
        if disk.hasFaults, store != .sqlite {
            return (["disk", "store"], "failing disks need a real one: write store sqlite")
        }
        if clockSkewMilliseconds.count > nodes || clockDriftPPM.count > nodes {
            return (["clock-skew", "clock-drift"], "there are more clocks than nodes")
        }
        if clockSkewMilliseconds.contains(where: { $0.magnitude > World.leapMillisecondsMax }) {
            return (["clock-skew"], "a calendar is off by at most 1000000s")
        }
        if clockDriftPPM.contains(where: { $0.magnitude > 100_000 }) {
            return (["clock-drift"], "a clock drifts by at most 100000ppm")
        }
        if node.suspectMilliseconds <= node.heartbeatMilliseconds {
            return (["node"], "suspect must be longer than heartbeat")
        }
        if node.siblingsMax < 1 || node.requestsMax < 1 || node.cacheKibibytes < 1 {
            return (["node"], "siblings-max, requests-max and cache-kib are from 1")
        }
        return nil
    }

    private func freshnessFlaw() -> (directives: [String], reason: String)? {
        guard freshness.writes > 0 else { return nil }
        if delays == nil {
            return (["freshness"], "freshness needs delays that are known: write delays lnkd-ssd")
        }
        if !(1...FreshnessWorkload.distances).contains(freshness.probes) {
            return (["freshness"], "probes is from 1 to \(FreshnessWorkload.distances)")
        }
        if freshness.spanNanoseconds < 1_000_000 {
            return (["freshness"], "t-max is a millisecond or more")
        }
        if freshness.writes > 1_000_000 { return (["freshness"], "writes is at most 1000000") }
        return nil
    }

    private func destructionFlaw() -> (directives: [String], reason: String)? {
        for (index, node) in destructible.enumerated() {
            if !(0..<nodes).contains(node) {
                return (["destructible"], "there is no node n\(node + 1)")
            }
            if destructible[..<index].contains(node) {
                return (["destructible"], "n\(node + 1) is named twice")
            }
        }
        if !isOverBudget, destructible.count > destructibleMax {
            return (
                ["destructible"],
                "n=\(n) r=\(r) w=\(w) can spare \(destructibleMax) nodes, not "
                    + "\(destructible.count): name fewer, or write over-budget"
            )
        }
        return nil
    }
}
