import Causality
import Membership
import Primitives
import Replica
import Ring

/// What a node has open, for whoever watches it: a simulator, or a test.
package struct NodeInspection: Equatable, Sendable {
    /// Reads that it coordinates.
    package let gets: Int
    /// Writes that it coordinates.
    package let puts: Int
    /// Writes that another node coordinates for its clients.
    package let forwards: Int
    /// Statuses that it collects.
    package let statuses: Int
    /// Looks at its own store.
    package let lookups: Int
    /// Commands that its store has not answered.
    package let storeCommands: Int
    /// Hints that are on their way to the members they are kept for.
    package let handedOff: Int
    /// Writes that wait for the clock's lease.
    package let waitingPuts: Int
    /// Bytes of values in client requests.
    package let requestBytes: Int
    /// Bytes of records from other nodes that wait for the store.
    package let replicaBytes: Int
    /// Why its store takes no writes; nil where it does.
    package let storeFailure: StoreFailure?
    /// Its hybrid clock, in milliseconds since 1970.
    package let clockMilliseconds: UInt64
    /// Whether its data counts in quorums.
    package let isCounted: Bool
    /// Whether a scrub of its store is under way.
    package let isScrubbing: Bool
    /// What the latest scrub found so far.
    package let scrubbed: ScrubCounts
    /// Which members it calls up, by index; itself included.
    package let isUp: [Bool]

    /// Whether nothing is open that a request could have left behind.
    package var isIdle: Bool {
        gets + puts + forwards + statuses + lookups + handedOff + waitingPuts == 0
            && requestBytes + replicaBytes == 0
    }
}

extension Node {
    /// What the node has open.
    package func inspect() -> NodeInspection {
        NodeInspection(
            gets: gets.count, puts: puts.count, forwards: forwards.count,
            statuses: statuses.count, lookups: lookups.count,
            storeCommands: load.storeCommands, handedOff: handedOff.count,
            waitingPuts: waitingPuts.count,
            requestBytes: load.requestBytes, replicaBytes: load.replicaBytes,
            storeFailure: storeFailure,
            clockMilliseconds: clock.last.milliseconds,
            isCounted: isCounted(local),
            isScrubbing: scrub.isRunning, scrubbed: scrub.counts,
            isUp: cluster.placement.members.indices.map { index in
                let member = MemberIndex(UInt16(index))
                return member == local || detector.status(of: member) == .up
            })
    }

    /// What its hybrid clock reads at a moment, by which it judges what has expired.
    ///
    /// Changes nothing; it is mutating so that whoever holds the node need not copy it to ask.
    package mutating func hybridTime(at now: Instant) -> HybridTimestamp {
        var clock = clock
        return clock.reading(now)
    }

    /// What time it is as far as the node knows, by which it judges how old something is.
    package func knownTime(at now: Instant) -> HybridTimestamp { clock.known(now) }

    /// Recomputes what is kept incrementally; what is wrong, nil where nothing is.
    package func checkInvariants() -> String? {
        let open = gets.count + puts.count + forwards.count
        guard load.requests == open else {
            return "\(load.requests) requests are counted and \(open) are open"
        }
        let answers = gets.sum { $0.isAnswered ? 1 : 0 } + puts.sum { $0.isAnswered ? 1 : 0 }
        guard answered.count == answers, answers <= settings.requestsMax else {
            return "\(answered.count) requests are counted as answered and \(answers) are"
        }
        let ownBytes = puts.sum(\.bytes)
        // order-free: a sum.
        let bytes = forwards.values.reduce(ownBytes) { $0 + $1.bytes }
        guard load.requestBytes == bytes else {
            return "\(load.requestBytes) bytes of values are counted and \(bytes) are held"
        }
        guard (0...settings.storeCommandsMax * 2).contains(load.storeCommands) else {
            return "\(load.storeCommands) commands wait for the store"
        }
        guard load.replicaBytes >= 0 else { return "replica bytes are \(load.replicaBytes)" }
        guard waitingPuts.count <= settings.requestsMax else {
            return "\(waitingPuts.count) puts wait for the clock"
        }
        return nil
    }

    /// Who owns a key under the properties of its bucket, in the order of its preference list.
    package func owners(of key: Key) -> [MemberIndex] {
        Array(preferenceList(key, buckets.properties(of: key.bucket)).primaries)
    }
}
