import AntiEntropy
import Causality
import Primitives
import Replica
import Ring
import Wire

/// Dead records that this node is removing, with the request of the present step.
struct OpenReap: Sendable {
    var batch: ReapBatch
    var request: UInt64
}

/// What this node removes, for the records of which it is the first owner.
struct ReapRun: Sendable {
    /// Batches under way.
    var open: [OpenReap] = []
    /// Keys in them.
    var keys: Set<Hash128> = []
    /// Behind which place the list goes on; nil from its beginning.
    var place: DeathPlace?
    /// Whether the store is listing.
    var isListing = false
}

// The removal of dead records. The first owner of a key leads; whoever is down delays it.
extension Node {
    /// How often it is asked again.
    var reapPeriodNanoseconds: UInt64 {
        let lifetime = cluster.messageLifetimeMilliseconds
        let tenth = lifetime < 1 << 40 ? lifetime * 100_000 : UInt64.max
        return min(settings.reaping.periodNanoseconds, max(tenth, 1_000_000))
    }

    /// Asks again whoever has not answered, and sets the time for the next round.
    mutating func reapInBackground(_ now: Instant, _ effects: inout [Effect]) {
        deadlines.add(.reaping, at: now.nanoseconds + reapPeriodNanoseconds)
        guard drain == .serving else { return }
        for open in reapRun.open { ask(open, now, &effects) }
    }

    /// Has the store list dead records.
    mutating func listDead(_ now: Instant, _ effects: inout [Effect]) {
        guard drain == .serving, !reapRun.isListing,
            reapRun.open.count < settings.reaping.batchesMax,
            load.storeCommands < settings.storeCommandsMax
        else {
            return deadlines.add(.listDead, at: now.nanoseconds + reapPeriodNanoseconds)
        }
        reapRun.isListing = true
        let command = ReplicaCommand.listDead(
            after: reapRun.place, until: clock.known(now), limit: settings.reaping.recordsMax)
        effects.append(.store(command, .deadList))
    }

    /// The store listed dead records: those that this node leads become a batch.
    mutating func takeDead(
        _ reply: ReplicaReply, _ now: Instant, _ effects: inout [Effect]
    ) {
        reapRun.isListing = false
        let period = reapPeriodNanoseconds
        guard case .dead(let records, let next) = reply else {
            return deadlines.add(.listDead, at: now.nanoseconds + period)
        }
        reapRun.place = next
        // What is not agreed upon this time is found again when the list begins anew.
        let delay = next == nil ? 5 * period : max(1, period / 40)
        deadlines.add(.listDead, at: now.nanoseconds + delay)
        var led: [(record: DeadRecord, owners: [MemberIndex])] = []
        for record in records where copies(of: record.key) == record.copies {
            let owners = owners(of: record)
            guard owners.first == local, reapRun.keys.insert(record.key.hash).inserted else {
                continue
            }
            led.append((record, Array(owners)))
        }
        guard !led.isEmpty else { return }
        let batch = ReapBatch(
            led, members: cluster.indices,
            lifetimeMilliseconds: cluster.messageLifetimeMilliseconds)
        let open = OpenReap(batch: batch, request: newRequest())
        reapRun.open.append(open)
        ask(open, now, &effects)
    }

    private func owners(of record: DeadRecord) -> ArraySlice<MemberIndex> {
        let partition = ring.partition(of: record.key.hash)
        return cluster.placement.preferenceList(for: partition, n: Int(record.copies)).primaries
    }

    private mutating func ask(_ open: OpenReap, _ now: Instant, _ effects: inout [Effect]) {
        guard clock.known(now) >= open.batch.notBefore else { return }
        for (member, places) in open.batch.waiting where isReachable(member) {
            let question = ReapQuestion(
                open.batch.step, version: cluster.version, notBefore: open.batch.notBefore,
                records: open.batch.records(at: places))
            if member == local {
                takeReap(question, open.request, from: local, now, &effects)
            } else {
                send(.reap(request: open.request, question), to: member, now, &effects)
            }
        }
    }

    // MARK: Answers

    /// A member, or this node itself, asks for a step.
    ///
    /// Where the answer cannot be given there is none: it is asked again.
    mutating func takeReap(
        _ question: ReapQuestion, _ request: UInt64, from member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        // The clock that travels with messages does not go back over a restart either: what this
        // node once is too late for it stays too late for.
        guard question.version == cluster.version, !isStopping, storeFailure == nil,
            load.storeCommands < settings.storeCommandsMax,
            question.records.count <= settings.reaping.recordsMax,
            clock.reading(now) >= question.notBefore
        else { return }
        let ticket = StoreTicket.reap(member, request: request, question)
        let command: ReplicaCommand =
            switch question.step {
            case .agree: .digests(question.records.map(\.key))
            case .clear: .findCopies(question.records.map(\.key))
            case .remove: .reap(question.records, at: clock.known(now))
            }
        effects.append(.store(command, ticket))
    }

    /// The store has the answer to a member's question.
    mutating func answerReap(
        _ reply: ReplicaReply, _ question: ReapQuestion,
        _ request: (number: UInt64, member: MemberIndex), _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let records = question.records
        let yes: [Int]
        switch reply {
        case .digests where !isCounted(local):
            // What this node's lost data hold may yet come back, as long as it does not count.
            yes = []
        case .digests(let digests) where digests.count == records.count:
            yes = records.indices.filter { place in
                let record = records[place]
                return digests[place] == record.digest && copies(of: record.key) == record.copies
                    && owners(of: record).contains(local)
            }
        case .copies(let copies) where copies.count == records.count:
            yes = records.indices.filter { place in
                let isOwner = owners(of: records[place]).contains(local)
                return !copies[place].isHint && (isOwner || !copies[place].isRecord)
            }
        case .reaped(let gone):
            if !gone.isEmpty { effects.append(.note(.reaped(count: gone.count))) }
            yes = gone
        default:
            return
        }
        let places = yes.map { UInt32($0) }
        let time = max(clock.reading(now), latestStamp)
        if request.member == local {
            takeReaped((places, time), request.number, from: local)
        } else {
            let answer = Message.reaped(request: request.number, places, at: time)
            send(answer, to: request.member, now, &effects)
        }
    }

    /// A member, or this node itself, answered a question.
    mutating func takeReaped(
        _ answer: (places: [UInt32], time: HybridTimestamp), _ request: UInt64,
        from member: MemberIndex
    ) {
        guard let index = reapRun.open.firstIndex(where: { $0.request == request }) else { return }
        let before = reapRun.open[index].batch.records
        guard reapRun.open[index].batch.take(answer.places, from: member, at: answer.time) else {
            return
        }
        let open = reapRun.open[index]
        for entry in before { reapRun.keys.remove(entry.record.key.hash) }
        if open.batch.isDone {
            reapRun.open.remove(at: index)
        } else {
            for entry in open.batch.records { reapRun.keys.insert(entry.record.key.hash) }
            reapRun.open[index].request = newRequest()
        }
    }

    /// A member sent a record that was reaped here: it may reap it too.
    mutating func reapToo(
        _ record: DeadRecord, at member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard member != local, owners(of: record).contains(member) else { return }
        let question = ReapQuestion(
            .remove, version: cluster.version, notBefore: clock.reading(now), records: [record])
        send(.reap(request: newRequest(), question), to: member, now, &effects)
    }
}
