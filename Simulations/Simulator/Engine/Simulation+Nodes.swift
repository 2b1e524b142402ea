import Causality
import Membership
import Node
import Primitives
import Quorum
import Replica
import Ring
import Wire

// Events into a node, effects out of it.
extension Simulation {
    /// Hands an event to a node, and what follows from carrying out its effects after it.
    func deliver(_ event: Event, to process: SimulatedProcess) {
        guard process.isRunning else { return }
        handle(event, at: process)
        var next = 0
        while next < consequences.count, process.isRunning {
            let event = consequences[next]
            next += 1
            handle(event, at: process)
        }
        if !consequences.isEmpty { consequences.removeAll(keepingCapacity: true) }
        guard world.serviceNanosecondsMean > 0, process.isRunning else { return }
        let busy = process.diskRandom.exponential(mean: world.serviceNanosecondsMean)
        process.blockedUntil = max(process.blockedUntil, now + busy)
    }

    private func handle(_ event: Event, at process: SimulatedProcess) {
        process.isTakingRepair = false
        process.repairedMembers.removeAll(keepingCapacity: true)
        watch(event, at: process)
        let instant = process.clock.reading(at: now)
        judge.readings.before = process.node?.hybridTime(at: instant).raw ?? 0
        process.node?.handle(event, at: instant, into: &effects)
        judge.readings.after = process.node?.hybridTime(at: instant).raw ?? .max
        watchAges(process)
        switch event {
        case .client(let token, .get), .client(let token, .repair(.key)):
            openReads(token, process)
        case .stored(.put, .unreadable), .stored(.exchanged, .unreadable), .stored(.scrub, _),
            .stored(.rescrub, _):
            openReads(nil, process)
        case .stored(.fetch, let reply): check(answerTo: reply, process)
        case .stored(.replicate, let reply): check(confirmationOf: reply, process)
        case .stored(.hint, let reply): check(confirmationOf: reply, process)
        case .stored(.reap(_, _, let question), _): seeRefusals(of: question)
        case .stored(.repair, .merged(changed: false)): coverage.see(.readRepairRaced)
        default: break
        }
        // Taken out one by one, which copies none; the array is kept for the next event.
        var rest: [Effect] = []
        swap(&rest, &effects)
        if rest.count > 1 { rest.reverse() }
        while let effect = rest.popLast() { carryOut(effect, of: process) }
        swap(&rest, &effects)
        coverage.handled += 1
        if coverage.handled % 64 == 0 { checkInvariants(process) }
    }

    private func checkInvariants(_ process: SimulatedProcess) {
        judge.check(.bounds)
        if let wrong = brokenInvariant(of: &process.node) {
            judge.find(.bounds, "\(process.name): \(wrong)")
        }
    }

    /// Asked in place: to copy a node costs more than the question.
    private func brokenInvariant(of node: inout Node?) -> String? {
        node?.checkInvariants()
    }

    private func carryOut(_ effect: Effect, of process: SimulatedProcess) {
        switch effect {
        case .send(let target, let envelope):
            check(envelope.message, to: Int(target.raw), from: process)
            judge.check(clock: envelope.clock.raw, of: process.index)
            trace.add(1 << 32 | UInt64(target.raw))
            send(envelope, to: Int(target.raw), from: process)
        case .reply(let token, let reply):
            trace.add(2 << 32 | token.raw & 0xffff_ffff)
            answer(token, reply, process)
        case .store(let command, let ticket):
            trace.add(3 << 32)
            trace.add(command)
            trace.add(ticket)
            check(command, ticket, process)
            judge.check(ageOf: command, on: process.index)
            store(command, ticket, process)
        case .wake(let time):
            trace.add(4 << 32)
            trace.add(time)
            process.wakeAt = time
            queue.add(
                .wake(node: process.index, incarnation: process.incarnation, at: time),
                at: max(process.clock.trueTime(ofMonotonic: time), now))
        case .note(let fact): take(fact, process)
        case .stop(let reason):
            trace.add(6 << 32)
            trace.add(reason)
            stop(process, reason)
        }
    }

    func wake(_ process: SimulatedProcess, at time: UInt64) {
        guard process.wakeAt == time else { return }
        process.wakeAt = nil
        deliver(.timer, to: process)
    }

    private func take(_ fact: Note, _ process: SimulatedProcess) {
        trace.add(5 << 32)
        trace.add(fact)
        coverage.see(fact)
        seeReturn(fact, process)
        if case .readJudged(let request, let freshness) = fact {
            return take(freshness, ofRead: request, process)
        }
        if case .exchanged(let partner, let counts, let isComplete) = fact {
            let begun = process.exchange.take()
            if isComplete, let begun, let other = processes.first(where: { $0.name == partner }) {
                judge.check(ended: begun, of: process.index, with: other.index, counts)
            }
        }
        note(words.text(fact), node: process.index)
    }

    private func take(
        _ freshness: ReadFreshness, ofRead request: UInt64, _ process: SimulatedProcess
    ) {
        guard let read = process.reads[request], let told = read.told else { return }
        judge.check(
            freshness, key: read.key, told: told, answers: read.answers, begin: read.begin)
        guard freshness != .unknown else { return }
        judge.check(
            answers: read.answers, key: read.key, repaired: process.repairedMembers,
            by: process.index)
    }

    // MARK: What the judges need to know

    /// Notes the answers that replicas give to reads.
    private func watch(_ event: Event, at process: SimulatedProcess) {
        switch event {
        case .message(let member, let envelope):
            trace.add(UInt64(member.raw) << 32 | envelope.clock.raw & 0xffff_ffff)
            switch envelope.message {
            case .fetched(let request, .record(let record, _), _):
                if process.reads[request]?.hasAnswer(of: Int(member.raw)) == true {
                    coverage.see(.duplicateAnswerIgnored)
                }
                process.reads[request]?.take(record, from: Int(member.raw))
            case .fetched(let request, .unreadable, _):
                process.reads[request]?.takeUnreadable(from: Int(member.raw))
            case .repair: process.isTakingRepair = true
            default: break
            }
        case .stored(.get(let request, _), .record(let record)):
            process.reads[request]?.take(record, from: process.index)
        case .stored(.get(let request, _), .unreadable):
            process.reads[request]?.takeUnreadable(from: process.index)
        default: break
        }
    }

    /// Finds the numbers under which a node began to read: one for a client, and for itself as many
    /// as there are records that it cannot read.
    private func openReads(_ token: ClientToken?, _ process: SimulatedProcess) {
        for effect in effects {
            switch effect {
            case .send(_, let envelope):
                guard case .fetch(let number, let key, _) = envelope.message else { continue }
                openRead(number, key, token, process)
            case .store(.get(let key), .get(let number, _)):
                openRead(number, key, token, process)
            case .store(.getHint(let key), .get(let number, _)):
                openRead(number, key, token, process)
            default: continue
            }
        }
    }

    private func openRead(
        _ request: UInt64, _ name: Key, _ token: ClientToken?, _ process: SimulatedProcess
    ) {
        guard process.reads[request] == nil, let key = judge.keyIndex[name.hash] else { return }
        if let token { process.tokens[token.raw]?.read = request }
        let floor = world.readRepair == .blocking ? judge.told[key] : SeenVector()
        process.reads[request] = OpenRead(key: key, openedAt: now, floor: floor)
        process.reads[request]?.acknowledged = judge.acknowledged[key]
        process.reads[request]?.begin = judge.readings.after
        forgetReads(process)
    }

    /// Judges that a replica answers what its store said.
    private func check(answerTo reply: ReplicaReply, _ process: SimulatedProcess) {
        for effect in effects {
            if case .send(_, let envelope) = effect,
                case .fetched(_, let outcome, _) = envelope.message
            {
                judge.check(fetched: outcome, said: reply, node: process.index)
            }
        }
    }

    /// Judges that a replica confirms only what its store took in.
    private func check(confirmationOf reply: ReplicaReply, _ process: SimulatedProcess) {
        for effect in effects {
            if case .send(_, let envelope) = effect,
                case .replicated(_, let outcome, _) = envelope.message
            {
                judge.check(confirmed: outcome, said: reply, node: process.index)
            }
        }
    }

    /// Forgets reads whose time must be up, now and then.
    private func forgetReads(_ process: SimulatedProcess) {
        guard process.reads.count > 256, process.reads.count % 64 == 0 else { return }
        let patience = UInt64(world.node.timeoutMilliseconds) * 1_000_000 + Time.second
        // order-free: all of them go.
        let due = process.reads.compactMap { $0.value.openedAt + patience > now ? nil : $0.key }
        for request in due { process.reads[request] = nil }
    }

    /// Judges whom a node asks, and that it sends records only as they are.
    private func check(_ message: Message, to target: Int, from process: SimulatedProcess) {
        switch message {
        case .fetch(_, let key, isHint: false): checkOwner(target, key)
        case .fetch(_, let key, isHint: true): checkFallback(target, key)
        case .forward(_, let put):
            if !isFallback(target, put.key) { checkOwner(target, put.key) }
        case .replicate(_, let command, let owner):
            if let owner {
                checkFallback(target, command.key)
                checkOwner(Int(owner.raw), command.key)
            } else {
                checkOwner(target, command.key)
            }
            check(sent: command, to: target, process)
        case .repair(let command):
            checkOwner(target, command.key)
            checkRepair(command, at: target, process)
        case .fetchedAll(_, let records, _):
            for record in records { check(offered: record, to: target, from: process) }
        case .startAccepted(let start, _):
            judge.check(accepted: start, of: processes[target].name, by: process.index)
        default: break
        }
    }

    /// A record that is sent is one that a put left, a hint, or what a read merged.
    private func check(
        sent command: MergeCommand, to target: Int, _ process: SimulatedProcess
    ) {
        guard let key = judge.keyIndex[command.key.hash] else { return }
        guard !judge.isKnown(command.record, key: key) else { return }
        checkRepair(command, at: target, process)
    }

    /// What an exchange brings is a record as some node holds or held it, for one of its owners.
    private func check(offered record: Hint, to target: Int, from process: SimulatedProcess) {
        checkOwner(target, record.key)
        checkOwner(process.index, record.key)
        guard let key = judge.keyIndex[record.key.hash],
            !judge.isKnown(record.record, key: key)
        else { return }
        judge.find(
            .noFalseOverwrite, key: key,
            "\(process.name) offers a record that no node ever held")
    }

    private func isFallback(_ target: Int, _ key: Key) -> Bool {
        guard world.isSloppy, let index = judge.keyIndex[key.hash] else { return false }
        return !judge.owners[index].contains(target)
    }

    /// Fallbacks are asked in sloppy quorums only.
    private func checkFallback(_ target: Int, _ key: Key) {
        judge.check(.ring)
        coverage.see(.fallbackAsked)
        seeFallbacks(before: target, of: key)
        guard !isFallback(target, key) else { return }
        judge.find(
            .ring, key: judge.keyIndex[key.hash],
            "n\(target + 1) is taken for a fallback of a key, which it is not")
    }

    private func checkOwner(_ target: Int, _ key: Key) {
        judge.check(.ring)
        guard let index = judge.keyIndex[key.hash], !judge.owners[index].contains(target) else {
            return
        }
        judge.find(.ring, key: index, "n\(target + 1) is asked for a key that it does not own")
    }

    /// What a node has its own store do.
    private func check(
        _ command: ReplicaCommand, _ ticket: StoreTicket, _ process: SimulatedProcess
    ) {
        switch (command, ticket) {
        case (.merge(let merge), .repair) where !process.isTakingRepair:
            checkRepair(merge, at: process.index, process)
        case (.merge(let merge), .awaitedRepair):
            checkRepair(merge, at: process.index, process)
        case (.pageHints(let page), .hintPage): seeHandoff(to: Int(page.target.raw), process)
        case (.put(let put), _):
            if case .instead = put.hints { coverage.see(.fallbackCoordinated) }
        case (.treeHashes, .exchange(let id)) where process.exchange?.id != id:
            process.exchange = BegunExchange(id: id, at: now, held: judge.held)
        default:
            break
        }
    }

    /// Judges that a repair carries what the replicas answered, all together.
    private func checkRepair(
        _ command: MergeCommand, at target: Int, _ process: SimulatedProcess
    ) {
        coverage.see(.readRepairSent)
        process.repairedMembers.append(target)
        guard let key = judge.keyIndex[command.key.hash] else { return }
        // Any of the open reads may be the one; mostly it is one of the latest.
        let reads = process.reads.filter { $0.value.key == key }
            .sorted { $0.key > $1.key }.map(\.value)
        let candidates = reads.map(\.answers)
        judge.check(
            repair: command.record, isComplete: command.isComplete, key: key, node: process.index,
            candidates: candidates)
        // What takes the place of something unreadable may be what was read of it before.
        if !reads.contains(where: { $0.unreadable.contains(target) }) {
            judge.check(
                newsIn: command.record, for: target, key: key, candidates: candidates,
                by: process.index)
        }
        judge.see(merged: command.record, key: key, of: candidates)
    }

    /// Tells the judge what time it is as far as a node knows.
    func watchAges(_ process: SimulatedProcess) {
        guard judge.watchesAges, let node = process.node else { return }
        let known = node.knownTime(at: process.clock.reading(at: now))
        judge.known[process.index] = known.milliseconds
    }

    // MARK: The store

    private func store(
        _ command: ReplicaCommand, _ ticket: StoreTicket, _ process: SimulatedProcess
    ) {
        detail("store: \(words.text(command))", node: process.index)
        process.waiting.append(.init(command: command, ticket: ticket))
        guard !process.isStoreBusy else { return }
        process.isStoreBusy = true
        scheduleTurn(process)
    }

    func scheduleTurn(_ process: SimulatedProcess) {
        // With delays of their own for messages, stores take no time: W and R end where a store
        // shows the record.
        let delay = delays != nil ? 0 : 5_000 + process.diskRandom.exponential(mean: 10_000)
        queue.add(
            .storeTurn(node: process.index, incarnation: process.incarnation), at: now + delay)
    }
}
