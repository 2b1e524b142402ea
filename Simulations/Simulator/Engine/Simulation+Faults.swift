import Primitives
import SimulatedDisk

// What goes wrong.
extension Simulation {
    func strike(_ fault: Fault) {
        guard !isHealed, now < world.safetyNanoseconds || fault.isCore else { return }
        let isInVain = !hasEffect(fault)
        if !isInVain { coverage.strike(fault.name) }
        note("fault: \(fault.text)" + (isInVain ? ", in vain" : ""))
        timeline.fault(fault, at: now, nodes: world.nodes)
        switch fault {
        case .partition, .majoritiesRing, .isolate, .cut, .heal, .uncut, .rejoin, .cutClients,
            .clog, .reset, .halfOpen, .noise:
            strikeNetwork(fault)
        case .kill, .powerLoss, .crashInTransaction, .pause, .drain, .wipe, .saveImage,
            .restoreImage:
            strikeProcess(fault)
        case .slowDisk, .stuckDisk, .fullDisk, .diskError, .lie, .rot, .misdirect, .stalePage,
            .truncateLog:
            strikeDisk(fault)
        case .clockJump(let node, let milliseconds):
            if milliseconds < 0, processes[node].isRunning { coverage.see(.clockWentBack) }
            processes[node].clock.jump(milliseconds: milliseconds)
            rememberCalendars()
        case .clockFreeze(let node, let duration):
            processes[node].clock.freeze(at: now)
            queue.add(.relief(.clock(node)), at: now + duration)
        case .clockStrobe(let node, let milliseconds, let period, let duration):
            processes[node].clock.strobe(milliseconds: milliseconds, period: period, from: now)
            rememberCalendars()
            queue.add(.relief(.clock(node)), at: now + duration)
        case .healCore(let nodes): core = nodes
        }
    }

    /// Whether there is anything for a fault to strike: what is down is not killed once more.
    private func hasEffect(_ fault: Fault) -> Bool {
        switch fault {
        case .kill(let node, _), .crashInTransaction(let node, _, _, _), .pause(let node, _),
            .drain(let node, _), .stuckDisk(let node):
            processes[node].isRunning
        case .powerLoss(let nodes, _): nodes.contains { processes[$0].isRunning }
        case .restoreImage(let node, _): processes[node].image != nil
        case .fullDisk(let node, _), .diskError(let node, _, _), .lie(let node, _),
            .rot(let node, _), .misdirect(let node), .stalePage(let node):
            processes[node].disk != nil
        case .heal: !cuts.isEmpty
        case .uncut(let from, let to): cuts.contains { $0 == (from, to) }
        case .rejoin(let node): cuts.contains { $0.from == node }
        case .reset(let from, let to): [.open, .greeting].contains(link(from, to).state)
        default: true
        }
    }

    func relieve(_ relief: Relief) {
        switch relief {
        case .capacity(let node): processes[node].disk?.capacityBytes = nil
        case .clock(let node): processes[node].clock.steady()
        }
    }

    // MARK: Links

    private func strikeNetwork(_ fault: Fault) {
        switch fault {
        case .heal:
            for (from, to) in cuts { uncut(link(from, to)) }
            cuts = []
            timeline.endBands("partition", at: now)
        case .uncut(let from, let to):
            uncut([(from, to)])
            timeline.endBands("partition", of: [from, to], at: now)
        case .rejoin(let node):
            uncut(Fault.isolate(node, .both).cutPairs(nodes: world.nodes))
            timeline.endBands("partition", of: [node], at: now)
        case .cutClients(let node, let duration): clientCuts[node] = now + duration
        case .clog(let node, let direction, let duration):
            for other in 0..<world.nodes where other != node {
                if direction != .inbound { clog(link(node, other), until: now + duration) }
                if direction != .outbound { clog(link(other, node), until: now + duration) }
            }
        case .reset(let from, let to): breakConnection(link(from, to))
        case .halfOpen(let from, let to, let duration):
            link(from, to).greeted = []
            link(from, to).blackholeUntil = now + duration
        case .noise(let knob, let value): noise.set(knob, value)
        default:
            for (from, to) in fault.cutPairs(nodes: world.nodes) { cut(from, to) }
        }
    }

    private func clog(_ link: SimulatedLink, until time: UInt64) {
        link.cloggedUntil = max(link.cloggedUntil, time)
    }

    private func cut(_ from: Int, _ to: Int) {
        let link = link(from, to)
        cuts.append((from, to))
        link.cuts += 1
        guard link.cuts == 1, link.random.happens(0.5) else { return }
        // What is under way is caught by the cut as well.
        link.epoch &+= 1
        guard link.count > 0 else { return }
        link.hold()
        giveUpLater(link)
    }

    /// Undoes one cut of each pair that has one.
    private func uncut(_ pairs: [(from: Int, to: Int)]) {
        for pair in pairs {
            guard let place = cuts.firstIndex(where: { $0 == pair }) else { continue }
            cuts.remove(at: place)
            uncut(link(pair.from, pair.to))
        }
    }

    private func uncut(_ link: SimulatedLink) {
        guard link.cuts > 0 else { return }
        link.cuts -= 1
        if link.cuts == 0 { reconnect(link) }
    }

    /// What a cut kept back is sent again, or the connection turns out to be gone.
    func reconnect(_ link: SimulatedLink) {
        guard link.holdsBack else { return }
        if link.random.happens(0.3) || link.state == .idle || link.state == .dialling {
            breakConnection(link)
            return link.drop()
        }
        link.release(at: now + 1_000_000 + link.random.below(1_000_000_000))
        scheduleFirst(of: link)
    }

    // MARK: Processes

    private func strikeProcess(_ fault: Fault) {
        switch fault {
        case .kill(let node, let down): kill(processes[node], isPowerLoss: false, down: down)
        case .powerLoss(let nodes, let down):
            for node in nodes where processes[node].isRunning {
                kill(processes[node], isPowerLoss: true, down: down)
            }
        case .crashInTransaction(let node, let call, let isPowerLoss, let down):
            guard processes[node].isRunning else { return }
            processes[node].pendingCrash = PendingCrash(
                call: max(call, 1), isPowerLoss: isPowerLoss, downNanoseconds: down)
        case .pause(let node, let duration): pause(processes[node], duration)
        case .drain(let node, let down):
            guard processes[node].isRunning else { return }
            processes[node].drainDown = down
            processes[node].isDraining = true
            deliver(.drain, to: processes[node])
        case .wipe(let node, let down):
            kill(processes[node], isPowerLoss: false, down: down)
            wipe(processes[node])
        case .saveImage(let node): save(processes[node])
        case .restoreImage(let node, let down): restore(processes[node], down)
        default: break
        }
    }

    private func pause(_ process: SimulatedProcess, _ duration: UInt64) {
        guard process.isRunning else { return }
        if duration > UInt64(world.node.suspectMilliseconds) * 1_000_000 {
            coverage.see(.pausedLongerThanSuspicion)
        }
        process.blockedUntil = max(process.blockedUntil, now + duration)
        process.goneOnAt = process.blockedUntil
        scheduleResume(process)
    }

    private func save(_ process: SimulatedProcess) {
        switch (process.medium, process.store) {
        case (.disk(let disk), _): process.image = .disk(disk.image())
        case (_, .dictionary(let store)): process.image = .dictionary(store.content)
        case (.dictionary(let content), _): process.image = .dictionary(content)
        }
    }

    private func restore(_ process: SimulatedProcess, _ down: UInt64) {
        guard let image = process.image else { return }
        kill(process, isPowerLoss: false, down: down)
        judge.taint(process.index)
        switch (image, process.medium) {
        case (.disk(let image), .disk(let disk)): disk.restore(image)
        case (.dictionary(let content), .dictionary): process.medium = .dictionary(content)
        default: break
        }
    }

    // MARK: Disks

    private func strikeDisk(_ fault: Fault) {
        switch fault {
        case .slowDisk(let node, let factor, let duration):
            processes[node].slowFactor = factor
            processes[node].slowUntil = now + duration
        case .stuckDisk(let node): processes[node].isDiskStuck = processes[node].isRunning
        default: strikeRealDisk(fault)
        }
    }

    private func strikeRealDisk(_ fault: Fault) {
        switch fault {
        case .fullDisk(let node, let duration):
            guard let disk = processes[node].disk else { return }
            disk.capacityBytes = disk.sizeBytes
            queue.add(.relief(.capacity(node)), at: now + duration)
        case .diskError(let node, let call, let isSticky):
            processes[node].hasFailingDisk = true
            processes[node].disk?.failNext(call.operation, isSticky: isSticky)
        case .lie(let node, let isLying):
            judge.taint(node)
            processes[node].disk?.faults.isLyingAboutSync = isLying
        case .rot(let node, let pages):
            judge.taint(node)
            processes[node].disk?.faults.isLogRotting = false
            _ = processes[node].disk?.rot(pages: pages)
            // Its memory still has the pages as they were: only a new start meets the rot.
            kill(processes[node], isPowerLoss: false, down: 100_000_000)
        case .misdirect(let node):
            judge.taint(node)
            processes[node].disk?.misdirect()
        case .stalePage(let node):
            judge.taint(node)
            processes[node].disk?.serveStalePage()
        case .truncateLog(let node, let down):
            guard processes[node].isRunning else { return }
            judge.taint(node)
            kill(processes[node], isPowerLoss: true, down: down)
            processes[node].disk?.truncateLog()
        default: break
        }
    }
}

extension Fault {
    fileprivate var isCore: Bool {
        if case .healCore = self { return true }
        return false
    }

    /// The directed pairs of nodes that a fault of links cuts off.
    func cutPairs(nodes: Int) -> [(from: Int, to: Int)] {
        var pairs: [(from: Int, to: Int)] = []
        for from in 0..<nodes {
            for to in 0..<nodes where from != to && cuts(from, to, of: nodes) {
                pairs.append((from, to))
            }
        }
        return pairs
    }

    private func cuts(_ from: Int, _ to: Int, of nodes: Int) -> Bool {
        switch self {
        case .partition(let sides):
            let left = sides.firstIndex { $0.contains(from) }
            let right = sides.firstIndex { $0.contains(to) }
            guard let left, let right else { return false }
            return left != right
        case .majoritiesRing:
            // On a circle everyone talks to its neighbours, as few as make a majority with it.
            // Where these cannot be as many on either side, the one opposite is another; an odd
            // circle has none opposite, and each side has one more.
            let distance = min((to - from + nodes) % nodes, (from - to + nodes) % nodes)
            let hasOpposite = nodes % 2 == 0 && nodes / 2 % 2 == 1
            guard !hasOpposite || distance < nodes / 2 else { return false }
            let reach = hasOpposite ? nodes / 4 : (nodes / 2 + 1) / 2
            return distance > reach
        case .isolate(let node, let direction):
            return (direction != .inbound && from == node)
                || (direction != .outbound && to == node)
        case .cut(let start, let end): return from == start && to == end
        default: return false
        }
    }

    /// The name of the kind, for counting.
    var name: String {
        let text = "\(self)"
        return String(text.prefix { $0 != "(" })
    }
}

extension DiskCall {
    fileprivate var operation: DiskOperation {
        switch self {
        case .read: .read
        case .write: .write
        case .sync: .sync
        }
    }
}

extension NetworkNoise {
    fileprivate mutating func set(_ knob: NoiseKnob, _ value: Double) {
        switch knob {
        case .loss: loss = value
        case .duplication: duplication = value
        case .overtaking: overtaking = value
        case .resets: resets = value
        case .corruption: corruption = value
        case .tail: tailProbability = value
        }
    }
}
