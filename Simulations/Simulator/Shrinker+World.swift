// The world around the events, and the events themselves, made simpler.
extension Reduction {
    // MARK: Nodes

    mutating func removeNodes(_ judge: Judge) {
        var node = best.world.nodes - 1
        while node >= 0, !isOver {
            if !attempt(judge, { $0.remove(node: node) }) {
                // Clients may have to stay with the nodes that they are connected to by default.
                attempt(judge) { plan in
                    plan.nameNodes()
                    plan.remove(node: node)
                }
            }
            node -= 1
        }
    }

    // MARK: The world

    mutating func simplifyWorld(_ judge: Judge) {
        let normal = World()
        attempt(judge) { plan in
            plan.world.network = normal.network
            plan.world.network.jitterNanosecondsMean = 0
        }
        simplifyNoise(judge)
        attempt(judge) { $0.world.disk = normal.disk }
        simplifyKnobs(judge)
        attempt(judge) { $0.world.clockSkewMilliseconds = [] }
        attempt(judge) { $0.world.clockDriftPPM = [] }
        attempt(judge) { $0.world.serviceNanosecondsMean = 0 }
        attempt(judge) { $0.world.clientPatienceNanoseconds = normal.clientPatienceNanoseconds }
        attempt(judge) { $0.world.zones = 1 }
        attempt(judge) { $0.world.conflict = .siblings }
        attempt(judge) { $0.world.readRepair = .async }
        attempt(judge) { $0.world.isSloppy = false }
        attempt(judge) { $0.world.transport = .stream }
        attempt(judge) { $0.world.store = .dictionary }
        attempt(judge) { $0.world.isOverBudget = false }
        attempt(judge) { $0.spareNodes() }
        attempt(judge) { ($0.world.n, $0.world.r, $0.world.w) = (3, 2, 2) }
        for partitions in [1, 4, 8, 16] where partitions < best.world.partitions {
            if attempt(judge, { $0.world.partitions = partitions }) { break }
        }
    }

    private mutating func simplifyKnobs(_ judge: Judge) {
        let normal = NodeKnobs()
        guard !attempt(judge, { $0.world.node = normal }) else { return }
        attempt(judge) { $0.world.node.timeoutMilliseconds = normal.timeoutMilliseconds }
        attempt(judge) { plan in
            plan.world.node.heartbeatMilliseconds = normal.heartbeatMilliseconds
            plan.world.node.suspectMilliseconds = normal.suspectMilliseconds
        }
        attempt(judge) { $0.world.node.downMilliseconds = normal.downMilliseconds }
        attempt(judge) { $0.world.node.siblingsMax = normal.siblingsMax }
        attempt(judge) { $0.world.node.requestsMax = normal.requestsMax }
        attempt(judge) { $0.world.node.exchangeMilliseconds = normal.exchangeMilliseconds }
        attempt(judge) { $0.world.node.scrubMilliseconds = normal.scrubMilliseconds }
        attempt(judge) { $0.world.node.hintBytesMax = normal.hintBytesMax }
        attempt(judge) { $0.world.node.hintWindowMilliseconds = normal.hintWindowMilliseconds }
        attempt(judge) { $0.world.node.cacheKibibytes = normal.cacheKibibytes }
        attempt(judge) { $0.world.node.checkpointPages = normal.checkpointPages }
    }

    private mutating func simplifyNoise(_ judge: Judge) {
        let normal = NetworkNoise()
        attempt(judge) { $0.world.network.loss = 0 }
        attempt(judge) { $0.world.network.duplication = 0 }
        attempt(judge) { $0.world.network.overtaking = 0 }
        attempt(judge) { $0.world.network.resets = 0 }
        attempt(judge) { $0.world.network.corruption = 0 }
        attempt(judge) { $0.world.network.tailProbability = 0 }
        attempt(judge) { $0.world.network.tailNanosecondsMax = normal.tailNanosecondsMax }
        attempt(judge) { $0.world.network.bytesPerSecond = 0 }
        attempt(judge) { $0.world.network.jitterNanosecondsMean = 0 }
        attempt(judge) { $0.world.network.latencyNanoseconds = normal.latencyNanoseconds }
    }

    // MARK: Events

    mutating func simplifyEvents(_ judge: Judge) {
        changeOperations(judge) { $0.bytes = 16 }
        changeOperations(judge) { $0.node = nil }
        changeOperations(judge) { $0.isRetried = false }
        changeOperations(judge) { $0.ttlMilliseconds = nil }
        for index in best.faults.indices { shorten(fault: index, judge) }
    }

    /// Changes all operations, or where that does not do, single ones.
    private mutating func changeOperations(
        _ judge: Judge, _ change: (inout PlannedOperation) -> Void
    ) {
        let isDone = attempt(judge) { plan in
            for index in plan.operations.indices { change(&plan.operations[index]) }
        }
        guard !isDone, best.operations.count <= 50 else { return }
        for index in best.operations.indices {
            attempt(judge) { change(&$0.operations[index]) }
        }
    }

    private mutating func shorten(fault index: Int, _ judge: Judge) {
        guard let length = best.faults[index].fault.nanoseconds else { return }
        // Short ones first, then the next whole ones.
        let short = [10, 100, 1_000, 2_000, 5_000, 10_000, 20_000].map { $0 * Span.milli }
            .filter { $0 < length }
        let whole = [Span.second, 100 * Span.milli].filter {
            length > $0 && !length.isMultiple(of: $0)
        }
        .map { (length / $0 + 1) * $0 }
        for time in short + whole {
            let isDone = attempt(judge) { plan in
                plan.faults[index].fault = plan.faults[index].fault.lasting(time)
            }
            if isDone { return }
        }
    }

    // MARK: Times

    /// Shorter pauses, then round times.
    mutating func simplifyTimes(_ judge: Judge) {
        for pause in [100, 1_000, 3_000] as [UInt64] {
            if attempt(judge, { $0.closeGaps(longerThan: pause * 1_000_000) }) { break }
        }
        for step in [1_000, 100, 10, 1] as [UInt64] {
            if attempt(judge, { $0.roundTimes(to: step * 1_000_000) }) { break }
        }
        guard best.operations.count + best.faults.count <= 100 else { return }
        for step in [1_000, 100, 10, 1] as [UInt64] { roundSingly(to: step * 1_000_000, judge) }
    }

    private mutating func roundSingly(to step: UInt64, _ judge: Judge) {
        for index in best.operations.indices where !best.operations[index].at.isMultiple(of: step) {
            attempt(judge) { $0.operations[index].at.round(to: step) }
        }
        for index in best.faults.indices where !best.faults[index].at.isMultiple(of: step) {
            attempt(judge) { $0.faults[index].at.round(to: step) }
        }
    }

    // MARK: Names

    /// Takes away clients and keys that have nothing to do, and numbers the others anew.
    mutating func compact(_ judge: Judge) {
        if !attempt(judge, { $0.renumberClients() }) {
            attempt(judge) { plan in
                plan.nameNodes()
                plan.renumberClients()
            }
        }
        attempt(judge) { $0.world.clients = ($0.operations.map(\.client).max() ?? 0) + 1 }
        attempt(judge) { $0.renumberKeys() }
        attempt(judge) { $0.world.keys = ($0.operations.map(\.key).max() ?? 0) + 1 }
    }
}

extension UInt64 {
    fileprivate mutating func round(to step: UInt64) {
        self = (self + step / 2) / step * step
    }
}

extension Plan {
    /// Takes a node away; those behind it move up.
    fileprivate mutating func remove(node: Int) {
        world.nodes -= 1
        world.zones = max(1, min(world.zones, world.nodes))
        if world.clockSkewMilliseconds.indices.contains(node) {
            world.clockSkewMilliseconds.remove(at: node)
        }
        if world.clockDriftPPM.indices.contains(node) { world.clockDriftPPM.remove(at: node) }
        let isMoved: (Int) -> Bool = { $0 > node }
        world.destructible = world.destructible.filter { $0 != node }
            .map { isMoved($0) ? $0 - 1 : $0 }
        faults = faults.compactMap { planned in
            planned.fault.without(node: node).map { PlannedFault(at: planned.at, $0) }
        }
        for index in operations.indices {
            guard let via = operations[index].node else { continue }
            operations[index].node = via == node ? nil : isMoved(via) ? via - 1 : via
        }
    }

    /// Writes down through which node every operation goes.
    fileprivate mutating func nameNodes() {
        for index in operations.indices where operations[index].node == nil {
            operations[index].node = operations[index].client % world.nodes
        }
    }

    /// Only what something destructive happens to is destructible.
    fileprivate mutating func spareNodes() {
        let needed = faults.filter(\.fault.isDestructive).flatMap(\.fault.nodes)
        world.destructible.removeAll { !needed.contains($0) }
    }

    fileprivate mutating func renumberClients() {
        let used = (0..<world.clients).filter { client in
            operations.contains { $0.client == client }
        }
        for index in operations.indices {
            operations[index].client = used.firstIndex(of: operations[index].client) ?? 0
        }
        world.clients = max(1, used.count)
    }

    fileprivate mutating func renumberKeys() {
        let used = (0..<world.keys).filter { key in operations.contains { $0.key == key } }
        for index in operations.indices {
            operations[index].key = used.firstIndex(of: operations[index].key) ?? 0
        }
        world.keys = max(1, used.count)
    }

    /// Moves events together where nothing happens for long.
    fileprivate mutating func closeGaps(longerThan pause: UInt64) {
        let core = faults.filter(\.fault.isCoreHeal)
        faults.removeAll(where: \.fault.isCoreHeal)
        let times = (faults.map(\.at) + operations.map(\.at)).sorted()
        // Nodes find each other before anything is asked.
        var (before, moved) = (UInt64(0), UInt64(0))
        var places: [(old: UInt64, new: UInt64)] = []
        for (index, time) in times.enumerated() {
            moved += min(time - before, index == 0 ? 2_000_000_000 : pause)
            before = time
            places.append((time, moved))
        }
        func place(_ time: UInt64) -> UInt64 {
            places.first { $0.old == time }?.new ?? time
        }
        for index in faults.indices { faults[index].at = place(faults[index].at) }
        for index in operations.indices { operations[index].at = place(operations[index].at) }
        world.safetyNanoseconds = (moved / 1_000_000_000 + 2) * 1_000_000_000
        faults += core.map { PlannedFault(at: world.safetyNanoseconds, $0.fault) }
    }

    fileprivate mutating func roundTimes(to step: UInt64) {
        for index in faults.indices { faults[index].at.round(to: step) }
        for index in operations.indices { operations[index].at.round(to: step) }
    }
}
