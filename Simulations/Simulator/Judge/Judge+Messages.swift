import Primitives
import Replica
import Wire

// What nodes may send each other.
extension Judge {
    /// Whether a record that a node sends out is one that a put left, whole, or one that some node
    /// holds or held.
    mutating func isKnown(_ bytes: Bytes, key: Int) -> Bool {
        check(.noFalseOverwrite)
        let digest = Digest.of(bytes)
        return putRecords[key].contains(digest) || heldRecords[key].contains(digest)
    }

    /// Judges a clock reading that a node tells another: it never goes back, over restarts either.
    mutating func check(clock: UInt64, of node: Int) {
        check(.restart)
        if clock < clocks[node], !isTainted[node] {
            find(
                .restart,
                "the clock of n\(node + 1) went back by \((clocks[node] - clock) >> 16) ms")
        }
        clocks[node] = max(clocks[node], clock)
    }

    /// Judges that a node accepts a start only once it durably remembers it as the latest.
    mutating func check(accepted start: NodeStart, of name: String, by node: Int) {
        check(.restart)
        guard !acceptableStarts[node].contains(start) else { return }
        find(
            .restart,
            "n\(node + 1) accepts start \(start.number) of \(name) without remembering it durably")
    }

    /// Notes a start that a node durably remembers; judges that it is later than the one before.
    mutating func remember(_ start: NodeStart, of name: String, by node: Int) {
        check(.restart)
        if let known = rememberedStarts[node][name], known != start, known.node == start.node,
            start.number <= known.number, !isTainted[node]
        {
            find(
                .restart,
                "n\(node + 1) takes start \(start.number) of \(name) for later than "
                    + "\(known.number)")
        }
        rememberedStarts[node][name] = start
        acceptableStarts[node].insert(start)
    }

    /// Judges what a replica answers to a read against what its store said.
    mutating func check(fetched outcome: FetchOutcome, said reply: ReplicaReply, node: Int) {
        check(.provenance)
        switch (outcome, reply) {
        case (.record(let sent, _), .record(let stored)) where sent == stored: return
        case (.unreadable, .unreadable), (.failed, .failed): return
        default: find(.provenance, "n\(node + 1) answers something else than its store said")
        }
    }

    /// Judges what a replica answers to a record it was sent against what its store said.
    mutating func check(confirmed outcome: ReplicateOutcome, said reply: ReplicaReply, node: Int) {
        check(.acknowledgement)
        guard outcome == .stored else { return }
        switch reply {
        case .merged, .alreadyReaped: return
        default: break
        }
        find(.acknowledgement, "n\(node + 1) confirms a record that its store did not take in")
    }

    /// Judges a repair: it must be what the replicas answered to one of the node's reads, merged.
    mutating func check(
        repair bytes: Bytes, isComplete: Bool, key: Int, node: Int,
        candidates: [[(member: Int, record: Bytes?)]]
    ) {
        check(.noFalseOverwrite)
        let record = read(bytes, key: key, "repair by n\(node + 1)")
        // Only what all the others know may take the place of what cannot be read.
        let others = owners[key].count - 1
        let candidates = candidates.filter { answers in
            !isComplete || Set(answers.map(\.member)).count >= others
        }
        for answers in candidates {
            let records = answers.map { answer in
                answer.record.map { read($0, key: key, "an answer") } ?? SeenRecord()
            }
            let merges = Judge.merges(of: records, least: 1, knowing: record.context)
            if merges.contains(record) { return }
        }
        find(
            .noFalseOverwrite, key: key,
            "n\(node + 1) repairs with a record that its replicas did not answer",
            [describe(record)]
                + candidates.map { answers in
                    "answers: "
                        + answers.map { answer in
                            "n\(answer.member + 1): "
                                + (answer.record.map { describe(read($0, key: key, "")) } ?? "none")
                        }.joined(separator: "; ")
                })
    }

    /// Judges that a repair brings its replica something: what the replica itself answered mends
    /// nothing.
    mutating func check(
        newsIn bytes: Bytes, for target: Int, key: Int,
        candidates: [[(member: Int, record: Bytes?)]], by node: Int
    ) {
        check(.convergence)
        // A node that cannot read its own record asks the others only.
        let isOwn = target == node && candidates.contains { $0.allSatisfy { $0.member != node } }
        guard !isOwn else { return }
        let told = candidates.joined().filter { $0.member == target }.map(\.record)
        let record = read(bytes, key: key, "a repair")
        // An empty record replaces what cannot be read.
        guard !told.isEmpty, record != SeenRecord() else { return }
        for answer in told {
            let known = answer.map { read($0, key: key, "an answer") } ?? SeenRecord()
            if known != record { return }
        }
        find(.convergence, key: key, "n\(target + 1) is repaired with what it answered itself")
    }

    /// Judges that a read which all have answered repairs every primary elsewhere that lacks a
    /// version.
    ///
    /// - Parameter repaired: whom the coordinator sent repairs when the read ended.
    mutating func check(
        answers: [(member: Int, record: Bytes?)], key: Int, repaired: [Int], by node: Int
    ) {
        guard world.readRepair == .async,
            Set(answers.map(\.member)).count == answers.count
        else { return }
        check(.convergence)
        let known = answers.map { answer in
            answer.record.map { read($0, key: key, "an answer") } ?? SeenRecord()
        }
        var all = SeenRecord()
        for record in known { all.merge(record) }
        for (place, answer) in answers.enumerated()
        where answer.member != node && owners[key].contains(answer.member) {
            let lacks = all.versions.contains { !known[place].context.covers($0.dot) }
            guard lacks, !repaired.contains(answer.member) else { continue }
            find(
                .convergence, key: key,
                "n\(answer.member + 1) answered less than the others and is not repaired",
                ["it answered: " + describe(known[place]), "all: " + describe(all)])
        }
    }
}
