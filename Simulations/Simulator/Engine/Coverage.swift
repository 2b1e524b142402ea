import AntiEntropy
import Membership
import Node
import Replica

/// Moments that a sweep must have seen: a fault that never met a request tests nothing.
package enum Sometimes: String, CaseIterable, Sendable {
    /// A replica that knew less was sent the merged record.
    case readRepairSent
    /// A repair found no open connection and was lost.
    case readRepairLost
    /// A repair came when its replica knew all of it already.
    case readRepairRaced
    /// Replicas answered a read with different records.
    case readWithDisagreement
    /// A read showed two siblings.
    case siblings2
    /// A read showed three to eight siblings.
    case siblings3
    /// A read showed more than eight siblings.
    case siblings9
    /// A write overwrote two values or more that its client had seen.
    case siblingsResolved
    /// A delete did.
    case siblingsDeleted
    /// A write was acknowledged by exactly as many replicas as it needed.
    case acknowledgedByExactlyW
    /// A write was acknowledged by exactly as many as it needed while one of its owners was down.
    case acknowledgedByExactlyWWithOneDown
    /// A write of which its client never learnt the outcome was carried out.
    case unknownWriteApplied
    /// Too few replicas could be reached, and the client was told at once.
    case unavailable
    /// A request was refused for another reason.
    case refused
    /// A client tried again under the same operation id.
    case retried
    /// A client stopped waiting.
    case clientGaveUp
    /// An answer came when nobody waited for it any more.
    case lateAnswerIgnored
    /// A replica's answer to a read came twice, and counted once.
    case duplicateAnswerIgnored
    /// A request was refused since its node had too much to do.
    case overloaded
    /// A client was gone before its answer.
    case clientGoneBeforeAnswer
    /// A client's connection was lost while its request was under way.
    case clientDisconnectedMidRequest
    /// A message was lost.
    case messageLost
    /// A message had to be sent again.
    case messageStalled
    /// A message arrived twice.
    case messageDuplicated
    /// A message was overtaken.
    case messageOvertaken
    /// A message found no connection.
    case messageNotSent
    /// A connection broke.
    case connectionReset
    /// A connection broke after its messages had arrived.
    case ambiguousDelivery
    /// Bits of a frame were flipped.
    case frameCorrupted
    /// A damaged frame was refused.
    case frameRefused
    /// A member was suspected.
    case suspected
    /// A member was called down.
    case calledDown
    /// A member that had been called down was heard of again.
    case backFromDown
    /// A suspect was heard of again.
    case upAgain
    /// A process stood still for longer than the suspicion time.
    case pausedLongerThanSuspicion
    /// A process died within a transaction.
    case crashInTransaction
    /// A process died while its store was at work.
    case crashWithWaitingStore
    /// A process died when what it had written was durable, and before it could say so.
    case crashBetweenDurableAndAnswer
    /// A transaction failed.
    case transactionFailed
    /// A disk was full.
    case diskFullRefusedWrite
    /// A node did not start at first.
    case startFailed
    /// A node started after a clean stop.
    case startedClean
    /// A node started after a crash.
    case startedUnclean
    /// A node stopped with its clean-shutdown mark.
    case drainedClean
    /// A node stopped without it.
    case drainedUnclean
    /// An old copy of data was refused by the others.
    case oldCopyRefused
    /// A node got an empty data directory.
    case dataReplaced
    /// A member came with new data under its old name.
    case identityChanged
    /// A node whose data was lost began to be refilled.
    case refilling
    /// A node was refilled and counts again.
    case refilled
    /// A node that is being refilled stored a record and was not counted for it.
    case storedUncounted
    /// A majority accepted a start.
    case startAccepted
    /// A message was refused because its clock was too far ahead.
    case clockAhead
    /// The calendar of a running node went back.
    case clockWentBack
    /// A context covered a dot that its node does not know.
    ///
    /// Beyond the budget only: within a run a dot is lost without notice only where a page of the
    /// disk goes back to what it was. A crash or a failed transaction ends the run, and what cannot
    /// be read has no epoch to go on with.
    case unknownDotCovered
    /// A record was unreadable.
    case unreadable
    /// What could not be read was replaced by a record.
    case unreadableRepaired
    /// A store took no writes.
    case storeFailed
    /// A store took writes again.
    case storeRecovered
    /// A hint was kept for a member.
    case hintKept
    /// A record was refused since it was read from a store too long ago.
    case recordTooOld
    /// A record was read again from its store, since it had grown too old.
    case recordReread
    /// A retry was refused since its operation id was too old.
    case operationTooOld
    /// A retry was told the outcome of its operation, which had been overwritten meanwhile.
    case retryOfOverwritten
    /// A tombstone was removed.
    case tombstoneReaped
    /// A member did not agree that some tombstone may be removed.
    case reapRefused
    /// A removed tombstone was offered again by a replica that still had it.
    case reapedOffered
    /// A key was written anew after its tombstone had been removed.
    case recreatedAfterReap
    /// An answered request was ended, since too many waited for slower replicas.
    case answeredRequestEnded
    /// There was no room for a hint.
    case hintRefused
    /// Hints were delivered and forgotten.
    case hintsDelivered
    /// A hint was damaged.
    case hintDamaged
    /// A fallback was asked in the place of a primary.
    case fallbackAsked
    /// A fallback was asked since one before it was down as well.
    case fallbackOfAFallback
    /// A fallback coordinated a write.
    case fallbackCoordinated
    /// A write was acknowledged with the help of a fallback.
    case acknowledgedByFallback
    /// A process ended while its hints were on their way.
    case handoffInterrupted
    /// Hints were to be delivered over a link that carried one way only.
    case handoffOverOneWayLink
    /// A hint changed while it was on its way.
    case hintChangedOnItsWay
    /// Merkle trees were built anew at a start, because what was kept of them was damaged.
    case treesRebuilt
    /// The log of Merkle trees was folded into them.
    case treesFolded
    /// An exchange found that two replicas agree.
    case exchangeFoundNothing
    /// An exchange found one record that differed.
    case exchangeFoundOne
    /// An exchange found two to twenty records that differed.
    case exchangeFoundSome
    /// An exchange found more than twenty records that differed, up to a hundred.
    case exchangeFoundMany
    /// An exchange found more than a hundred records that differed.
    case exchangeFoundHundreds
    /// An exchange broke off.
    case exchangeBrokenOff
    /// A scrub verified everything at a node.
    case scrubComplete
    /// A scrub broke off.
    case scrubBrokenOff
    /// A scrub found a record that cannot be read.
    case scrubFoundUnreadable
    /// A scrub had a record replaced that could not be read.
    case scrubMended
    /// A scrub had leaves of trees computed anew.
    case scrubMendedLeaf
    /// A scrub filed a record in another tree.
    case scrubRefiled
    /// A scrub mended the index of hints.
    case scrubMendedHint
    /// A core of nodes held no key completely.
    case coreServesNothing
    /// A read found an expired value.
    case expiredValueFound
    /// A put covered an expired value.
    case expiredValueCovered
    /// A coordinator found that a read of its had told what was outdated.
    case readFoundStale
    /// A coordinator found that a read of its had missed nothing.
    case readFoundFresh
    /// A coordinator could not tell how fresh a read of its was.
    case readNotJudged

    /// The place in `allCases`.
    var position: Int { Sometimes.positions[self] ?? 0 }

    private static let positions = Dictionary(
        uniqueKeysWithValues: allCases.enumerated().map { ($0.element, $0.offset) })
}

/// What a run has seen.
struct Coverage {
    private(set) var sometimes = Array(repeating: 0, count: Sometimes.allCases.count)
    private(set) var faults: [String: Int] = [:]
    /// Operations that clients began.
    var operations = 0
    /// Messages that nodes sent.
    var messages = 0
    /// Events that nodes handled.
    var handled = 0

    mutating func see(_ moment: Sometimes, times: Int = 1) {
        sometimes[moment.position] += times
    }

    mutating func strike(_ fault: String) {
        faults[fault, default: 0] += 1
    }

    mutating func add(_ fault: String, _ count: Int) {
        faults[fault, default: 0] += count
    }

    mutating func see(siblings truth: AnswerTruth?) {
        switch truth?.shown?.count ?? 0 {
        case 0...1: break
        case 2: see(.siblings2)
        case 3...8: see(.siblings3)
        default: see(.siblings9)
        }
    }

    private mutating func see(_ counts: Exchange.Counts, _ isComplete: Bool) {
        guard isComplete else { return see(.exchangeBrokenOff) }
        switch counts.sent + counts.received {
        case 0: see(.exchangeFoundNothing)
        case 1: see(.exchangeFoundOne)
        case 2...20: see(.exchangeFoundSome)
        case 21...100: see(.exchangeFoundMany)
        default: see(.exchangeFoundHundreds)
        }
    }

    private mutating func see(_ counts: ScrubCounts, _ isComplete: Bool) {
        see(isComplete ? .scrubComplete : .scrubBrokenOff)
        if counts.unreadable > 0 { see(.scrubFoundUnreadable) }
        if counts.mended > 0 { see(.scrubMended) }
        if counts.leaves > 0 { see(.scrubMendedLeaf) }
        if counts.refiled > 0 { see(.scrubRefiled) }
        if counts.hintsMended > 0 { see(.scrubMendedHint) }
    }

    mutating func see(_ note: Note) {
        switch note {
        case .status(_, .up): see(.upAgain)
        case .status(_, .suspect): see(.suspected)
        case .status(_, .down): see(.calledDown)
        case .identityChanged: see(.identityChanged)
        case .staleStart, .counted(isRefilled: false): break
        case .refilling: see(Sometimes.refilling)
        case .counted(isRefilled: true): see(.refilled)
        case .notCounted: see(.storedUncounted)
        case .startAccepted: see(Sometimes.startAccepted)
        case .clockAhead: see(.clockAhead)
        case .unknownDotCovered: see(.unknownDotCovered)
        case .unreadable: see(.unreadable)
        case .readRepair: break
        case .answeredRequestEnded: see(Sometimes.answeredRequestEnded)
        case .readJudged(_, .fresh): see(.readFoundFresh)
        case .readJudged(_, .stale): see(.readFoundStale)
        case .readJudged(_, .unknown): see(.readNotJudged)
        case .storeFailed: see(.storeFailed)
        case .storeRecovered: see(Sometimes.storeRecovered)
        case .bucketChanged: break
        case .exchanged(_, let counts, let isComplete): see(counts, isComplete)
        case .scrubbed(let counts, let isComplete): see(counts, isComplete)
        case .hintKept: see(Sometimes.hintKept)
        case .hintRefused: see(Sometimes.hintRefused)
        case .recordTooOld: see(Sometimes.recordTooOld)
        case .recordReread: see(Sometimes.recordReread)
        case .reaped: break
        case .hintsDelivered: see(Sometimes.hintsDelivered)
        case .hintDamaged: see(Sometimes.hintDamaged)
        }
    }

    /// All kinds of faults with how often they happened, ascending by name.
    var faultCounts: [Count] {
        var all = faults
        for name in Coverage.faultNames { all[name, default: 0] += 0 }
        // order-free: sorted by name right here.
        return all.map { Count($0.key, $0.value) }.sorted { $0.name < $1.name }
    }

    /// The names of all faults that a plan can have.
    static let faultNames = [
        "clockFreeze", "clockJump", "clockStrobe", "clog", "crashInTransaction", "cut",
        "cutClients", "diskError", "drain", "fullDisk", "halfOpen", "heal", "healCore", "isolate",
        "kill", "lie", "majoritiesRing", "misdirect", "noise", "partition", "pause", "powerLoss",
        "rejoin", "reset", "restoreImage", "rot", "saveImage", "slowDisk", "stalePage",
        "stuckDisk", "truncateLog", "uncut", "wipe",
    ]
}
