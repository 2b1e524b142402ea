import Causality
import Membership
import Node
import Primitives
import Replica
import SimulatedDisk
import Store

// How processes start and end.
extension Simulation {
    /// Tells the disks of simulations in one process apart.
    private static func diskName(_ simulation: Simulation, _ node: Int) -> String {
        let address = UInt(bitPattern: ObjectIdentifier(simulation))
        return "\(String(address, radix: 16))/n\(node + 1)"
    }

    func medium(of node: Int) -> SimulatedMedium {
        switch world.store {
        case .dictionary: return .dictionary(DictionaryStore.Content())
        case .sqlite:
            let random = RandomStream(root: plan.seed, name: "sectors/n\(node + 1)")
            let disk = SimulatedDisk(name: Simulation.diskName(self, node), random: random)
            disk.faults = faults(of: node)
            return .disk(disk)
        }
    }

    /// A disk's noise; only destructible nodes lose what is durable.
    func faults(of node: Int) -> DiskFaults {
        var faults = DiskFaults()
        faults.readError = diskNoise.readError
        faults.writeError = diskNoise.writeError
        faults.syncError = diskNoise.syncError
        if world.destructible.contains(node), diskNoise.rot > 0 {
            faults.rotPerRead = diskNoise.rot
            judge.taint(node)
        }
        return faults
    }

    // MARK: Starting

    func startAgain(_ process: SimulatedProcess, _ incarnation: Int) {
        guard !process.isRunning, process.incarnation == incarnation, process.isDown else {
            return
        }
        start(process)
    }

    /// Starts a process on what lies on its medium.
    func start(_ process: SimulatedProcess) {
        checkDetection(of: process)
        process.incarnation += 1
        process.isDown = false
        guard let store = open(process) else { return }
        let recovered = store.recovered
        guard let state = try? ClusterState(decoding: recovered.clusterState),
            let node = Node(
                name: process.name, recovered: recovered, cluster: state,
                settings: settings(process), at: process.clock.reading(at: now))
        else {
            return judge.find(.restart, "\(process.name) does not find its cluster on its disk")
        }
        (process.store, process.node) = (store, node)
        process.start = recovered.start
        process.lastToken = 0
        if process.incarnation > 1 {
            coverage.see(recovered.cleanRun == nil ? .startedUnclean : .startedClean)
        }
        judge.judge(startOf: process.index) { process.peek($0) }
        judge.judge(treesOf: process.index, difference: process.checkTrees())
        if recovered.rebuiltTrees > 0 { coverage.see(.treesRebuilt) }
        judge.rememberedStarts[process.index] = [:]
        for memory in recovered.starts {
            judge.remember(memory.start, of: memory.name, by: process.index)
        }
        checkOwners(node, process)
        words.introduce(recovered.start.node, asNode: process.index)
        note("starts, number \(recovered.start.number)", node: process.index)
        deliver(.started, to: process)
        for other in processes where other !== process {
            let link = link(process.index, other.index)
            link.state = .idle
            link.pauseNanoseconds = SimulatedLink.pauseNanosecondsMin
            dialNow(link)
        }
    }

    private func open(_ process: SimulatedProcess) -> SimulatedStore? {
        let name = "store/n\(process.index + 1)/\(process.incarnation)"
        var random = RandomStream(root: plan.seed, name: name)
        let seed = random.next()
        var limits = RecordLimits()
        limits.siblingsMax = world.node.siblingsMax
        let state = cluster.encoded()[...]
        switch process.medium {
        case .dictionary(let content):
            guard
                let store = DictionaryStore(
                    content, seed: seed, clusterState: state, limits: limits,
                    hintBytesMax: world.node.hintBytesMax)
            else {
                replaceData(of: process)
                return nil
            }
            return .dictionary(store)
        case .disk(let disk):
            disk.revive()
            disk.wallMilliseconds = process.clock.reading(at: now).wallMilliseconds
            var options = StoreOptions(path: disk.path, seed: seed, initialClusterState: state)
            options.vfs = SimulatedDisk.vfsName
            options.limits = limits
            options.hintBytesMax = world.node.hintBytesMax
            options.cacheKibibytes = world.node.cacheKibibytes
            options.checkpointPages = world.node.checkpointPages
            // Short enough to be folded now and then in a run.
            options.treeLogMax = Int(world.node.checkpointPages)
            do throws(StoreError) {
                return .sqlite(try SQLiteStore(opening: options))
            } catch {
                startFailed(process, disk, error)
                return nil
            }
        }
    }

    /// What an operator does about a node that does not start: waits for the disk, or gives it an
    /// empty directory where its data is spoilt or refused.
    private func startFailed(
        _ process: SimulatedProcess, _ disk: SimulatedDisk, _ error: StoreError
    ) {
        disk.loseProcess()
        note("does not start", node: process.index)
        coverage.see(.startFailed)
        process.isDown = true
        process.failedStarts += 1
        switch error {
        case .staleCopy, .replaced: return replaceData(of: process)
        default: break
        }
        if judge.isTainted[process.index], process.failedStarts > 3 {
            return replaceData(of: process)
        }
        let hasReason =
            judge.isTainted[process.index] || process.hasFailingDisk || disk.faults.hasErrors
            || disk.capacityBytes != nil
        if process.failedStarts > 200 || !hasReason {
            judge.find(.restart, "\(process.name) does not start: \(error)")
            return
        }
        queue.add(
            .start(node: process.index, incarnation: process.incarnation),
            at: now + Time.second / 2)
    }

    /// Puts an empty directory in the place of a node's data, and starts it soon.
    private func replaceData(of process: SimulatedProcess) {
        coverage.see(.dataReplaced)
        wipe(process)
        process.isDown = true
        queue.add(
            .start(node: process.index, incarnation: process.incarnation), at: now + Time.second)
    }

    private func settings(_ process: SimulatedProcess) -> NodeSettings {
        let knobs = world.node
        var settings = NodeSettings()
        let name = "node/n\(process.index + 1)/\(process.incarnation)"
        var random = RandomStream(root: plan.seed, name: name)
        settings.seed = random.next()
        settings.timeoutMilliseconds = knobs.timeoutMilliseconds
        settings.requestsMax = knobs.requestsMax
        settings.exchange.periodNanoseconds = UInt64(knobs.exchangeMilliseconds) * 1_000_000
        settings.scrub.restNanoseconds = UInt64(knobs.scrubMilliseconds) * 1_000_000
        // Runs have few keys, and are to see many pages.
        settings.scrub.pageRecordsMax = 3
        settings.hintWindowNanoseconds = UInt64(knobs.hintWindowMilliseconds) * 1_000_000
        settings.detector.heartbeatNanoseconds = UInt64(knobs.heartbeatMilliseconds) * 1_000_000
        settings.detector.suspectNanoseconds = UInt64(knobs.suspectMilliseconds) * 1_000_000
        settings.detector.downNanoseconds = UInt64(knobs.downMilliseconds) * 1_000_000
        return settings
    }

    /// All nodes must place all keys alike.
    private func checkOwners(_ node: Node, _ process: SimulatedProcess) {
        judge.check(.ring, times: keys.count)
        for (index, key) in keys.enumerated() {
            let owners = node.owners(of: key).map { Int($0.raw) }
            guard owners != judge.owners[index] else { continue }
            judge.find(
                .ring, key: index,
                "\(process.name) takes \(owners.map { $0 + 1 }) for the owners of a key, not "
                    + "\(judge.owners[index].map { $0 + 1 })")
        }
    }

    // MARK: Ending

    /// Ends a process at once.
    func kill(_ process: SimulatedProcess, isPowerLoss: Bool = false) {
        guard process.isRunning else { return }
        note(isPowerLoss ? "loses its power" : "is killed", node: process.index)
        checkOverdue(process)
        switch (process.store, process.medium) {
        case (.dictionary(let store), _): process.medium = .dictionary(store.content)
        case (_, .disk(let disk)):
            if isPowerLoss { disk.losePower() } else { disk.loseProcess() }
        default: break
        }
        if process.isStoreBusy { coverage.see(.crashWithWaitingStore) }
        if process.unconfirmedUntil > now { coverage.see(.crashBetweenDurableAndAnswer) }
        if let view = process.node?.inspect(), view.handedOff > 0 {
            coverage.see(.handoffInterrupted)
        }
        forget(process)
        hangUpClients(of: process, isPowerLoss: isPowerLoss)
        for other in processes where other !== process {
            loseLinks(between: process, other, isPowerLoss: isPowerLoss)
        }
    }

    private func forget(_ process: SimulatedProcess) {
        process.node = nil
        process.store = nil
        process.waiting = []
        process.isStoreBusy = false
        process.unconfirmedUntil = 0
        process.calledDown = []
        process.wakeAt = nil
        process.blockedUntil = 0
        process.clearBacklog()
        process.isResumeScheduled = false
        process.tokens = [:]
        process.reads = [:]
        process.exchange = nil
        process.isDiskStuck = false
        process.isDraining = false
        process.diesByPowerLoss = nil
        process.isDown = true
        process.downSince = now
        process.failedStarts = 0
    }

    private func loseLinks(
        between process: SimulatedProcess, _ other: SimulatedProcess, isPowerLoss: Bool
    ) {
        let outgoing = link(process.index, other.index)
        outgoing.state = .idle
        outgoing.redial &+= 1
        if outgoing.random.happens(0.5) { outgoing.drop() }
        let incoming = link(other.index, process.index)
        incoming.greeted = []
        // A dead kernel tells nobody; a living one whose process died does.
        guard !isPowerLoss, !outgoing.isCut else { return }
        queue.add(
            .linkClosed(
                link: index(of: incoming), generation: incoming.generation, isTimeout: false),
            at: now + noise.latencyNanoseconds + 1)
    }

    /// Ends a process and lets it start again after a while.
    func kill(_ process: SimulatedProcess, isPowerLoss: Bool, down: UInt64) {
        kill(process, isPowerLoss: isPowerLoss)
        process.isDown = true
        queue.add(
            .start(node: process.index, incarnation: process.incarnation),
            at: now + max(down, 1_000_000))
        timeline.band([process.index], from: now, until: now + down, "down", "down")
    }

    func crash(_ process: SimulatedProcess, isPowerLoss: Bool, down: UInt64) {
        guard process.isRunning else { return }
        kill(process, isPowerLoss: isPowerLoss, down: down)
    }

    /// A node asked to be stopped: drained, or refused by the others.
    func stop(_ process: SimulatedProcess, _ reason: StopReason) {
        note(words.text(reason), node: process.index)
        switch reason {
        case .drained(let isClean):
            coverage.see(isClean ? .drainedClean : .drainedUnclean)
            if case .sqlite(let store)? = process.store { store.close() }
        case .staleData: coverage.see(.oldCopyRefused)
        }
        let down = process.drainDown
        kill(process, isPowerLoss: false, down: down)
    }

    /// Deletes a node's data; its process must not run.
    func wipe(_ process: SimulatedProcess) {
        judge.lose(process.index)
        switch process.medium {
        case .disk(let disk): disk.wipe()
        case .dictionary: process.medium = .dictionary(DictionaryStore.Content())
        }
    }

    // MARK: Judging

    /// Requests that were due long ago and never answered.
    func checkOverdue(_ process: SimulatedProcess) {
        let clock = process.clock.monotonic(at: now)
        judge.check(.replies)
        // order-free: findings are put in the order of their tokens.
        let overdue = process.tokens.filter { token in
            clock > max(token.value.deadline, process.goneOnAt) + 50_000_000
        }
        guard process.blockedUntil <= now, let token = overdue.min(by: { $0.key < $1.key })
        else { return }
        judge.find(
            .replies, key: token.value.key,
            "\(process.name) never answered \(overdue.count) requests",
            token.value.operation.map { [judge.describe($0)] } ?? [])
    }

    /// Whoever was away for long must have been noticed by all that could have.
    private func checkDetection(of process: SimulatedProcess) {
        let knobs = world.node
        let bound = UInt64(knobs.suspectMilliseconds + 2 * knobs.heartbeatMilliseconds + 500)
        guard process.incarnation > 0, now > process.downSince + bound * 2_000_000 else { return }
        for other in processes where other.isRunning && other !== process {
            guard now > other.goneOnAt + bound * 1_000_000, other.blockedUntil <= now,
                let view = other.node?.inspect()
            else { continue }
            judge.check(.failureDetector)
            if view.isUp[process.index], !hasStrayMessages(from: process, to: other) {
                judge.find(
                    .failureDetector,
                    "\(other.name) still calls \(process.name) up, which has been down since "
                        + Time.seconds(process.downSince))
            }
        }
    }

    /// Whether messages sent before its end may still arrive and look like signs of life.
    private func hasStrayMessages(
        from process: SimulatedProcess, to other: SimulatedProcess
    ) -> Bool {
        world.transport == .datagram || link(process.index, other.index).count > 0
            || link(process.index, other.index).lastArrival + 2 * Time.second > now
    }
}
