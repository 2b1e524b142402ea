import Primitives
import SimulatedDisk

// After the faults: heal, serve, agree, end.
extension Simulation {
    /// For how long requests go on once everything must be served.
    private static let servingNanoseconds: UInt64 = 4 * Time.second
    /// How often every key is read through every node until the replicas agree.
    private static let roundsMax = 12

    func enter(_ phase: Phase) {
        switch phase {
        case .heal: heal()
        case .live: serve()
        case .healAll: healAll()
        case .still: becomeQuiet(within: convergenceBound())
        case .quiesce: quiesce()
        case .converge(let round): converge(round)
        case .agree: lookWhetherAgreed()
        case .scrub(let round): scrubAll(round)
        case .scrubbed(let round): lookWhetherScrubbed(round)
        case .end: isOver = true
        }
    }

    // MARK: Healing

    private func heal() {
        healedAt = now
        // The fault that names the core comes at this very time, before or after.
        for planned in plan.faults {
            if case .healCore(let nodes) = planned.fault { core = nodes }
        }
        if let core, core.count < world.nodes {
            note("the core is healed: \(core.map { "n\($0 + 1)" }.joined(separator: ","))")
            heal(core)
        } else {
            core = nil
            isHealed = true
            note("everything is healed")
            heal(Array(0..<world.nodes))
        }
        queue.add(.phase(.live), at: now + detectionNanoseconds())
    }

    private func healAll() {
        note("all the rest is healed")
        core = nil
        isHealed = true
        heal(Array(0..<world.nodes))
        for client in clients { client.mustSucceed = false }
        liveFrom = nil
        let detection = detectionNanoseconds()
        becomeQuiet(within: convergenceBound() + detection)
        queue.add(.phase(.quiesce), at: now + detection)
    }

    /// Ends all faults of some nodes, and of the links between them.
    private func heal(_ nodes: [Int]) {
        rememberCalendars()
        quieten()
        cuts.removeAll { nodes.contains($0.from) && nodes.contains($0.to) }
        for from in nodes {
            clientCuts[from] = 0
            for to in nodes where to != from { mend(link(from, to)) }
        }
        // What is outside stays as it is: a link that begins to work promises what it cannot keep
        // until the other way is known to be dead.
        for from in 0..<world.nodes {
            for to in 0..<world.nodes where link(from, to).blackholeUntil > now {
                link(from, to).blackholeUntil = .max
            }
        }
        for node in nodes { heal(processes[node]) }
        // A disk outside that hangs for ever would hold up whoever asks its node: it ends.
        for process in processes where process.isDiskStuck && !nodes.contains(process.index) {
            kill(process)
        }
        diskNoise = DiskNoise()
    }

    private func quieten() {
        noise = NetworkNoise()
        delays = nil
    }

    private func mend(_ link: SimulatedLink) {
        link.cuts = 0
        link.cloggedUntil = 0
        link.blackholeUntil = 0
        link.expedite(to: now + 10_000_000)
        scheduleFirst(of: link)
        reconnect(link)
    }

    private func heal(_ process: SimulatedProcess) {
        process.clock.correct()
        process.slowUntil = 0
        process.pendingCrash = nil
        process.blockedUntil = min(process.blockedUntil, now)
        process.goneOnAt = min(process.goneOnAt, now)
        // The one that is planned may lie far ahead.
        process.isResumeScheduled = false
        if process.hasBacklog { scheduleResume(process) }
        if let disk = process.disk {
            disk.faults = DiskFaults()
            disk.capacityBytes = nil
        }
        let view = process.node?.inspect()
        // A store that met an error may not have told its node yet, or is still to meet it.
        let isFailed =
            process.isDiskStuck || process.isDraining || process.hasFailingDisk
            || diskNoise.hasFaults
            || view?.storeFailure != nil
        process.hasFailingDisk = false
        process.hasRefusedWrites = false
        if process.isRunning, let isPowerLoss = process.diesByPowerLoss {
            // What its disk began while it was slow would end it long after this.
            kill(process, isPowerLoss: isPowerLoss, down: Time.second)
        } else if process.isRunning, isFailed {
            kill(process, isPowerLoss: false, down: Time.second)
        } else if !process.isRunning {
            process.isDown = true
            queue.add(
                .start(node: process.index, incarnation: process.incarnation),
                at: now + 10_000_000)
        }
    }

    /// How long nodes may take to find each other again; calendars that were ahead by more than a
    /// minute are refused until the others have caught up, and what a disk began while it was slow
    /// it still ends slowly: whoever is refilled waits for it.
    private func detectionNanoseconds() -> UInt64 {
        let knobs = world.node
        let periods = UInt64(knobs.suspectMilliseconds * 4 + knobs.heartbeatMilliseconds * 4)
        let least = processes.map { skew(of: $0) }.min() ?? 0
        // A lease may reach ten seconds beyond the latest calendar.
        let ahead = latestSkew - least + 10_000
        let wait = ahead > 50_000 ? UInt64(ahead - 50_000) : 0
        let idleAt = processes.map(\.storeIdleAt).max() ?? 0
        return (15_000 + periods + wait) * 1_000_000 + (idleAt > now ? idleAt - now : 0)
    }

    /// By how much a node's calendar is ahead of true time, in milliseconds.
    func skew(of process: SimulatedProcess) -> Int64 {
        let wall = Int64(process.clock.reading(at: now).wallMilliseconds)
        return wall - VirtualClock.calendarStart - Int64(now / 1_000_000)
    }

    /// Remembers how far any calendar ever was ahead: hybrid clocks stay there.
    func rememberCalendars() {
        for process in processes {
            // Drift adds a little, which the slack of ten seconds covers.
            latestSkew = max(latestSkew, process.clock.highestSkewMilliseconds)
        }
    }

    // MARK: Serving

    /// Every client asks now and then; all of it must be served.
    private func serve() {
        liveFrom = now
        checkViews()
        let served = servedKeys()
        guard !served.isEmpty else {
            coverage.see(.coreServesNothing)
            if core == nil { queue.add(.phase(.still), at: now) }
            return queue.add(.phase(core == nil ? .quiesce : .healAll), at: now)
        }
        for client in clients.dropLast() {
            client.attempt = nil
            disconnect(client)
            askAgain(client, served)
        }
        let end = now + Simulation.servingNanoseconds
        if core == nil { queue.add(.phase(.still), at: end) }
        queue.add(.phase(core == nil ? .quiesce : .healAll), at: end + 10 * Time.second)
    }

    /// Keys of which the core has all that a request needs.
    func servedKeys() -> [Int] {
        guard let core else { return Array(keys.indices) }
        // A read that blocks needs so many owners that every later read meets one of them.
        let holders = world.readRepair == .blocking ? world.n - world.r + 1 : 0
        return keys.indices.filter { key in
            let whole = judge.owners[key].filter { core.contains($0) && !judge.isTainted[$0] }
            return whole.count >= max(world.r, world.w, holders)
        }
    }

    func askAgain(_ client: SimulatedClient, _ served: [Int]) {
        let nodes = core ?? Array(0..<world.nodes)
        let kinds: [OperationKind] = [.update, .get, .set, .delete]
        var planned = PlannedOperation(
            at: now, client: client.index, kinds[client.random.index(kinds.count)],
            key: served[client.random.index(served.count)])
        planned.node = nodes[client.random.index(nodes.count)]
        // Some keys are left alone, so that only repair can bring their replicas together.
        if planned.key % 2 == 1 { planned.kind = .get }
        // Lag is not healed before everything is: a put by a replica that lags is another sibling.
        if core != nil, planned.kind == .set { planned.kind = .update }
        client.mustSucceed = true
        begin(planned, client)
    }

    func afterOperation(_ client: SimulatedClient) {
        guard let liveFrom else {
            if client.index == world.clients { return readNext(client) }
            return proceed(client)
        }
        guard client.index < world.clients else { return readNext(client) }
        guard now < liveFrom + Simulation.servingNanoseconds else { return }
        queue.add(
            .operation(client: client.index),
            at: now + 20_000_000 + client.random.below(60_000_000))
    }

    /// All healed nodes must call each other up by now.
    private func checkViews() {
        let nodes = core ?? Array(0..<world.nodes)
        for node in nodes {
            guard let view = processes[node].node?.inspect() else {
                judge.find(.liveness, "\(processes[node].name) does not run after it was healed")
                continue
            }
            for other in nodes {
                judge.check(.failureDetector)
                if !view.isUp[other] {
                    judge.find(
                        .failureDetector,
                        "\(processes[node].name) does not call n\(other + 1) up, long after both "
                            + "were healed",
                        [link(node, other).description, link(other, node).description])
                }
            }
        }
    }

    // MARK: Agreeing

    private func quiesce() {
        for client in clients {
            client.mustSucceed = false
            client.attempt = nil
            disconnect(client)
        }
        liveFrom = nil
        isQuiet = true
        note("no requests any more")
    }

    /// Everything is healed and nobody begins a request: from here on the replicas come together.
    private func becomeQuiet(within bound: UInt64) {
        note("no new requests")
        quietAt = now
        report.boundNanoseconds = bound
        queue.add(.phase(.agree), at: now)
    }

    /// How long replicas may differ once everything is healed and nobody asks: what was under way
    /// ends, hints that were refused wait for their next try, and every node exchanges twice with
    /// every other.
    private func convergenceBound() -> UInt64 {
        let knobs = world.node
        let period = UInt64(knobs.exchangeMilliseconds) * 1_000_000
        let cycle = UInt64(world.nodes - 1) * period
        let timeout = UInt64(knobs.timeoutMilliseconds) * 1_000_000
        return 2 * timeout + 60 * Time.second + 2 * cycle
    }

    /// Waits until the replicas agree, by hints and exchanges alone; with no request under way they
    /// do not part again.
    private func lookWhetherAgreed() {
        guard report.convergedNanoseconds == nil, let quietAt, let bound = report.boundNanoseconds
        else { return }
        let hasAgreed =
            judge.divergentKeys(among: Array(0..<world.nodes)).isEmpty && !judge.hasPendingHints
        // As long as requests are under way they may part once more.
        agreedAt = hasAgreed ? agreedAt ?? now : nil
        if isQuiet, let agreedAt {
            report.convergedNanoseconds = agreedAt - quietAt
            timeline.agree(at: agreedAt)
            note(
                "the replicas agree, \(Time.seconds(agreedAt - quietAt)) after the last new request"
            )
        } else if !isQuiet || now < quietAt + bound {
            return queue.add(.phase(.agree), at: now + Time.second / 5)
        } else if !judge.isFalsified.contains(true) {
            judge.judgeConvergence()
            judge.judgeHints()
        }
        queue.add(.phase(.scrub(round: 0)), at: now)
    }

    /// Reads every key through every node; again, unless the replicas agree.
    private func converge(_ round: Int) {
        let divergent = judge.divergentKeys(among: Array(0..<world.nodes))
        if divergent.isEmpty, !judge.hasPendingHints, round >= 1 {
            return queue.add(.phase(.end), at: now + 15 * Time.second)
        }
        guard round < Simulation.roundsMax else {
            return queue.add(.phase(.end), at: now + 15 * Time.second)
        }
        if round == 4, replaceDamaged() {
            return queue.add(.phase(.converge(round: 5)), at: now + detectionNanoseconds())
        }
        finalReads = []
        for node in 0..<world.nodes {
            for key in keys.indices { finalReads.append((key, node)) }
        }
        finalRound = round
        guard let reader = clients.last else { return }
        readNext(reader)
    }

    /// What damage made unreadable for good, or no place to write to, an operator replaces: the
    /// others have it all.
    private func replaceDamaged() -> Bool {
        var isAnyReplaced = false
        for process in processes where judge.isTainted[process.index] && process.isRunning {
            let isDamaged = judge.held[process.index].contains { $0.isUnreadable }
            guard isDamaged || process.hasRefusedWrites else { continue }
            note("its damaged data is replaced", node: process.index)
            coverage.see(.dataReplaced)
            kill(process, isPowerLoss: false, down: 10_000_000)
            wipe(process)
            process.hasRefusedWrites = false
            isAnyReplaced = true
        }
        return isAnyReplaced
    }

    /// The last client reads the next key.
    private func readNext(_ client: SimulatedClient) {
        guard let (key, node) = finalReads.popLast() else {
            queue.add(.phase(.converge(round: finalRound + 1)), at: now + Time.second)
            return
        }
        var planned = PlannedOperation(at: now, client: client.index, .get, key: key)
        planned.node = node
        client.mustSucceed = true
        begin(planned, client)
    }

    // MARK: The end

    /// Judges what is left, ends all processes and looks at their disks again.
    func finish() -> RunReport {
        if isOver {
            checkIdle()
            judge.judgeConvergence()
            judge.judgeHints()
            judge.judgeEnd()
            restartAll()
        }
        if let freshness { judge.judge(freshness.report, faults: plan.faults.count) }
        return completeReport()
    }

    private func checkIdle() {
        for process in processes {
            checkOverdue(process)
            judge.check(.bounds)
            guard let view = process.node?.inspect() else {
                judge.find(.liveness, "\(process.name) does not run in the end")
                continue
            }
            judge.check(.liveness)
            if !view.isCounted {
                judge.find(.liveness, "\(process.name) does not count, long after all were healed")
            }
            judge.judge(treesOf: process.index, difference: process.checkTrees())
            if case .sqlite(let store)? = process.store, store.treeFolds > 0 {
                coverage.see(.treesFolded)
            }
            if !view.isIdle {
                judge.find(.bounds, "\(process.name) still has something open: \(view)")
            }
        }
    }

    /// What every node has made durable must be there after the last stop.
    private func restartAll() {
        for process in processes where process.isRunning {
            kill(process, isPowerLoss: process.index % 2 == 0)
            start(process)
        }
        for process in processes { kill(process) }
    }
}
