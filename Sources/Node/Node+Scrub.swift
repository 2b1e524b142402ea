import Primitives
import Quorum
import Replica
import Wire

// Scrubbing: a node looks at all that it keeps, again and again, so that damage is found while the
// other replicas still have what was damaged. A pass reads a page at a time between other work;
// what it finds is mended by commands of their own, from what is kept here or by the other owners.
extension Node {
    /// Sets the time of the next pass in the background.
    mutating func restFromScrubbing(_ now: Instant) {
        guard let rest = settings.scrub.restNanoseconds else { return }
        wakeScrub(after: rest, now)
    }

    mutating func take(
        _ request: ScrubRequest, from token: ClientToken, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        // One in the background begins anew, since what was done is not known to have been late.
        if request == .start, !(scrub.isRunning && scrub.isAsked) {
            beginScrub(isAsked: true, now)
            goOnScrubbing(now, &effects)
        }
        effects.append(.reply(token, .json(scrubDocument(now))))
    }

    mutating func scrubIsDue(_ wake: UInt64, _ now: Instant, _ effects: inout [Effect]) {
        guard wake == scrub.wake else { return }
        if !scrub.isRunning { beginScrub(isAsked: false, now) }
        goOnScrubbing(now, &effects)
    }

    private mutating func beginScrub(isAsked: Bool, _ now: Instant) {
        var run = ScrubRun()
        (run.pass, run.wake) = (scrub.pass + 1, scrub.wake + 1)
        (run.isRunning, run.isAsked) = (true, isAsked)
        run.place = .records(from: 0)
        run.startedAt = now.nanoseconds
        scrub = run
    }

    private mutating func wakeScrub(after nanoseconds: UInt64, _ now: Instant) {
        scrub.wake += 1
        deadlines.add(.scrub(scrub.wake), at: now.nanoseconds + nanoseconds)
    }

    /// Asks the store for the next page, unless others wait for it.
    private mutating func goOnScrubbing(_ now: Instant, _ effects: inout [Effect]) {
        guard scrub.isRunning, !scrub.isReading else { return }
        guard drain == .serving else {
            return endScrub("the node is shutting down", now, &effects)
        }
        let isBusy = load.storeCommands > settings.scrub.storeCommandsMax
        guard !isBusy, scrub.place != nil || scrub.mends == 0 else {
            return wakeScrub(after: settings.scrub.waitNanoseconds, now)
        }
        if let place = scrub.place {
            let command = ScrubCommand(
                place: place, countMax: settings.scrub.pageRecordsMax,
                bytesMax: settings.scrub.pageBytesMax, filing: buckets.filing)
            scrub.isReading = true
            effects.append(.store(.scrub(command), .scrub(scrub.pass)))
        } else if !scrub.unreadable.isEmpty {
            scrub.isReading = true
            effects.append(.store(.recheck(scrub.unreadable), .rescrub(scrub.pass)))
        } else {
            endScrub("", now, &effects)
        }
    }

    // MARK: What the store found

    mutating func takeForScrub(
        _ reply: ReplicaReply, for ticket: StoreTicket, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch ticket {
        case .scrub(let pass):
            takeScrubbed(reply, pass, now, &effects)
        case .rescrub(let pass):
            takeRescrubbed(reply, pass, now, &effects)
        case .mended(let pass, let done):
            takeMended(reply, pass, done, now, &effects)
        default:
            break
        }
    }

    /// The store verified a page.
    private mutating func takeScrubbed(
        _ reply: ReplicaReply, _ pass: UInt64, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard let page = page(in: reply, of: pass, now, &effects) else { return }
        scrub.counts.add(page)
        scrub.place = page.next
        mend(page, &effects)
        repair(page, now, &effects)
        // What is being mended has a moment before it is looked at again.
        if page.next == nil, !scrub.unreadable.isEmpty {
            return wakeScrub(after: settings.scrub.mendNanoseconds, now)
        }
        guard scrub.isAsked else {
            return wakeScrub(after: settings.scrub.pause(after: page), now)
        }
        goOnScrubbing(now, &effects)
    }

    /// What the store found for the present pass; where it could not look, that ends.
    private mutating func page(
        in reply: ReplicaReply, of pass: UInt64, _ now: Instant, _ effects: inout [Effect]
    ) -> ScrubPage? {
        guard scrub.isRunning, scrub.pass == pass else { return nil }
        scrub.isReading = false
        if case .scrubbed(let page) = reply { return page }
        endScrub(reply.scrubFailure, now, &effects)
        return nil
    }

    /// Has the store put right what it can by itself.
    private mutating func mend(_ page: ScrubPage, _ effects: inout [Effect]) {
        if !page.leaves.isEmpty { mend(.leaves(page.leaves), &effects) }
        if !page.hintKeys.isEmpty { mend(.hints(page.hintKeys), &effects) }
        if !page.misfiled.isEmpty {
            mend(.refile(page.misfiled.map { ($0, copies(of: $0)) }), &effects)
        }
    }

    private mutating func mend(_ command: MendCommand, _ effects: inout [Effect]) {
        scrub.mends += 1
        effects.append(.store(.mend(command), .mended(scrub.pass, ScrubCounts(of: command))))
    }

    /// Has what cannot be read here read from its other owners.
    private mutating func repair(
        _ page: ScrubPage, _ now: Instant, _ effects: inout [Effect]
    ) {
        if page.unnamed > 0 { scrub.hasUnnamed = true }
        let room = settings.scrub.unreadableMax - scrub.unreadable.count
        let found = page.unreadable.prefix(max(0, room))
        scrub.unreadable += found
        repairUnreadable(Array(found), now, &effects)
    }

    private mutating func repairUnreadable(
        _ keys: [Key], _ now: Instant, _ effects: inout [Effect]
    ) {
        for key in keys where unansweredRequests < settings.requestsMax && isPrimary(of: key) {
            repairUnreadable(key, now, &effects)
        }
    }

    /// The store put something right, or could not.
    private mutating func takeMended(
        _ reply: ReplicaReply, _ pass: UInt64, _ done: ScrubCounts, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        guard scrub.isRunning, scrub.pass == pass else { return }
        scrub.mends -= 1
        guard case .done = reply else {
            return endScrub(reply.scrubFailure, now, &effects)
        }
        scrub.counts.leaves += done.leaves
        scrub.counts.refiled += done.refiled
        scrub.counts.hintsMended += done.hintsMended
    }

    /// The store looked again at what could not be read.
    private mutating func takeRescrubbed(
        _ reply: ReplicaReply, _ pass: UInt64, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard let page = page(in: reply, of: pass, now, &effects) else { return }
        scrub.counts.mended += scrub.unreadable.count - page.unreadable.count
        scrub.unreadable = page.unreadable
        scrub.tries += 1
        guard !page.unreadable.isEmpty, scrub.tries < settings.scrub.triesMax else {
            return endScrub("", now, &effects)
        }
        repairUnreadable(page.unreadable, now, &effects)
        wakeScrub(after: settings.scrub.mendNanoseconds, now)
    }

    private mutating func endScrub(
        _ failure: String, _ now: Instant, _ effects: inout [Effect]
    ) {
        scrub.isRunning = false
        scrub.failure = failure
        scrub.endedAt = now.nanoseconds
        if failure.isEmpty {
            lastScrub = ScrubSummary(
                finishedAtMilliseconds: now.wallMilliseconds,
                records: UInt64(scrub.counts.records), unreadable: UInt64(scrub.counts.unreadable))
        }
        effects.append(.note(.scrubbed(scrub.counts, isComplete: failure.isEmpty)))
        restFromScrubbing(now)
        // Of some rows only the others can tell which records they were.
        if scrub.hasUnnamed, drain == .serving { repairAll(now, &effects) }
    }

    private func scrubDocument(_ now: Instant) -> String {
        var json = JSONText()
        let counts = scrub.counts
        let end = scrub.isRunning ? now.nanoseconds : scrub.endedAt
        json.object { json in
            json.string("node", name(local))
            json.bool("running", scrub.isRunning)
            json.number("records", counts.records)
            json.number("bytes", counts.bytes)
            json.number("hints", counts.hints)
            json.number("unreadable", counts.unreadable)
            json.number("mended", counts.mended)
            json.number("leavesMended", counts.leaves)
            json.number("refiled", counts.refiled)
            json.number("hintsMended", counts.hintsMended)
            json.number("damagedStretches", counts.lost)
            json.number("milliseconds", (end - scrub.startedAt) / 1_000_000)
            if !scrub.failure.isEmpty { json.string("failure", scrub.failure) }
        }
        return json.text
    }
}

extension ScrubCounts {
    /// What is done once a command is.
    fileprivate init(of command: MendCommand) {
        self.init()
        switch command {
        case .leaves(let places): leaves = places.count
        case .hints(let keys): hintsMended = keys.count
        case .refile(let filings): refiled = filings.count
        }
    }
}

extension ReplicaReply {
    /// Why a scrub cannot go on.
    fileprivate var scrubFailure: String {
        if case .failed(let failure) = self { return failure.description }
        return "the store did not say what it found"
    }
}
