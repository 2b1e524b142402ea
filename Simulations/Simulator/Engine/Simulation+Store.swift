import Node
import Primitives
import Replica
import Store

// The store's thread: one transaction at a time, with all that waits.
extension Simulation {
    /// The most commands in one transaction, as in production.
    private static let batchMax = 1_024

    typealias Answers = [StoreAnswer]

    /// How far the answers of a transaction have come.
    fileprivate struct Outcome {
        var reads: Answers = []
        var applied: Answers = []
        var written: Answers = []
        var receipts: [(index: Int, reply: ReplicaReply)] = []
        /// Whether something was written; behind a clean-shutdown mark single commands fail.
        var hasWritten = false
        var hasFailed: Bool { !written.isEmpty && !hasWritten }
        var isFull = false
    }

    func takeTurn(_ process: SimulatedProcess) {
        guard let store = process.store, !process.waiting.isEmpty else {
            process.isStoreBusy = false
            return
        }
        let count = min(process.waiting.count, Simulation.batchMax)
        let commands = process.waiting[..<count].map(\.command)
        let tickets = process.waiting[..<count].map(\.ticket)
        process.waiting.removeFirst(count)
        armCrash(process)
        process.disk?.wallMilliseconds = process.clock.reading(at: now).wallMilliseconds
        watchAges(process)
        judge.unreported[process.index] = Judge.Unreported(reportAt: .max)
        let outcome = execute(commands, tickets, on: (store, process.index))
        let isDead = isDying(process, outcome)
        judge(commands, outcome, process, isDead: isDead)
        schedule(outcome, process, isDead: isDead)
    }

    private func execute(
        _ commands: [ReplicaCommand], _ tickets: [StoreTicket],
        on place: (store: SimulatedStore, node: Int)
    ) -> Outcome {
        var outcome = Outcome()
        place.store.execute(commands) { phase, answers in
            for answer in answers {
                let ticket = tickets[answer.index]
                if judge.watchesAges {
                    judge.see(answer.reply, to: commands[answer.index], ticket, on: place.node)
                }
                switch (phase, answer.reply) {
                case (.applied, let reply):
                    outcome.applied.append(StoreAnswer(ticket: ticket, reply: reply))
                    outcome.receipts.append((answer.index, reply))
                case (.durable, let reply) where commands[answer.index].isRead:
                    outcome.reads.append(StoreAnswer(ticket: ticket, reply: reply))
                case (.durable, let reply):
                    outcome.take(reply, ticket, index: answer.index)
                }
            }
        }
        outcome.receipts.sort { $0.index < $1.index }
        return outcome
    }

    // MARK: Crashes within

    private func armCrash(_ process: SimulatedProcess) {
        guard let crash = process.pendingCrash else {
            if case .dictionary(let store)? = process.store { store.isDying = false }
            return
        }
        switch process.store {
        case .sqlite: process.disk?.die(afterCalls: crash.call)
        case .dictionary(let store): store.isDying = crash.call % 2 == 0
        case nil: break
        }
    }

    /// Whether the process dies within this transaction.
    private func isDying(_ process: SimulatedProcess, _ outcome: Outcome) -> Bool {
        guard process.pendingCrash != nil else { return false }
        switch process.store {
        case .sqlite:
            let isDead = process.disk?.isDead ?? false
            if !isDead { process.disk?.cancelDeath() }
            return isDead
        default: return !outcome.written.isEmpty
        }
    }

    private func judge(
        _ commands: [ReplicaCommand], _ outcome: Outcome, _ process: SimulatedProcess, isDead: Bool
    ) {
        guard !outcome.written.isEmpty || isDead else { return }
        var end = TransactionEnd.committed
        if isDead {
            end = .inDoubt
            coverage.see(.crashInTransaction)
        } else if outcome.hasFailed {
            end = outcome.isFull ? .rolledBack : .inDoubt
            if !outcome.isFull, process.disk?.faults.hasErrors == false {
                process.hasRefusedWrites = true
            }
            coverage.see(outcome.isFull ? .diskFullRefusedWrite : .transactionFailed)
        }
        judge.judge(
            transaction: commands, receipts: outcome.receipts, of: process.index, end: end,
            peek: { process.peek($0) })
        if end == .rolledBack {
            judge.judge(treesOf: process.index, difference: process.checkTrees())
        }
    }

    // MARK: Latencies

    /// When the answers come out: one draw per transaction, the same for both kinds of store.
    private func schedule(_ outcome: Outcome, _ process: SimulatedProcess, isDead: Bool) {
        let diskNoise = delays == nil ? self.diskNoise : DiskNoise.immediate
        let mean = diskNoise.pageNanosecondsMean
        var time = now + slowed(process.diskRandom.exponential(mean: mean), process)
        emit(.durable, outcome.reads, at: time, process)
        if !outcome.applied.isEmpty || !outcome.written.isEmpty || isDead {
            time += slowed(process.diskRandom.exponential(mean: 2 * mean), process)
            emit(.applied, outcome.applied, at: time, process)
            let sync =
                diskNoise.syncNanoseconds
                + process.diskRandom.exponential(mean: diskNoise.syncNanosecondsMean)
            time += slowed(sync, process)
            if let crash = process.pendingCrash, isDead {
                process.pendingCrash = nil
                process.diesByPowerLoss = crash.isPowerLoss
                let moment = time - process.diskRandom.below(sync)
                queue.add(
                    .crash(
                        node: process.index, incarnation: process.incarnation,
                        isPowerLoss: crash.isPowerLoss, downNanoseconds: crash.downNanoseconds),
                    at: max(moment, now))
                return
            }
            if !outcome.written.isEmpty { process.unconfirmedUntil = time }
            emit(.durable, outcome.written, at: time, process)
        }
        guard !process.isDiskStuck else { return }
        judge.unreported[process.index].reportAt = time
        process.storeIdleAt = time
        queue.add(
            .storeIdle(node: process.index, incarnation: process.incarnation), at: time)
    }

    private func emit(
        _ phase: StorePhase, _ answers: Answers, at time: UInt64, _ process: SimulatedProcess
    ) {
        guard !answers.isEmpty, !process.isDiskStuck else { return }
        queue.add(
            .stored(node: process.index, incarnation: process.incarnation, phase, answers),
            at: time)
    }

    private func slowed(_ time: UInt64, _ process: SimulatedProcess) -> UInt64 {
        guard process.slowUntil > now else { return time }
        return UInt64(Double(time) * process.slowFactor)
    }

    func report(_ phase: StorePhase, _ answers: Answers, to process: SimulatedProcess) {
        for answer in answers {
            trace.add(phase == .durable ? 1 : 2)
            trace.add(answer.reply)
            detail(
                "store says\(phase == .durable ? "" : ", not durable yet"): "
                    + words.text(answer.reply), node: process.index)
            if phase == .durable {
                deliver(.stored(answer.ticket, answer.reply), to: process)
            } else if case .put(let receipt) = answer.reply {
                deliver(.applied(answer.ticket, receipt), to: process)
            }
        }
    }

    func storeIsIdle(_ process: SimulatedProcess) {
        guard !process.waiting.isEmpty else {
            process.isStoreBusy = false
            return
        }
        scheduleTurn(process)
    }
}

extension Simulation.Outcome {
    fileprivate mutating func take(_ reply: ReplicaReply, _ ticket: StoreTicket, index: Int) {
        written.append(StoreAnswer(ticket: ticket, reply: reply))
        switch reply {
        case .failed(let failure): isFull = failure == .full
        case .refused, .unreadable, .hintRefused, .alreadyReaped:
            receipts.append((index, reply))
            hasWritten = true
        default: hasWritten = true
        }
    }
}
