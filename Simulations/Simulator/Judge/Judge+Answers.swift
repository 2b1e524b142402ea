import Causality
import Primitives
import Quorum
import Replica
import Ring

/// What a node's answer to a client really said.
struct AnswerTruth {
    /// The context that the client gets with it; nil where it gets none.
    var context: SeenVector?
    /// The operations whose values the answer shows, in no order; nil where it is not a read.
    var shown: [Int]?
    /// What a read told, before anything was hidden from its client.
    var told: SeenRecord?
    /// The replicas that stored a write, as the answer counts them; empty where it is none.
    var replicas: [MemberIndex] = []
}

// What every answer should have been.
extension Judge {
    /// Judges the answer to a read.
    ///
    /// - Parameters:
    ///   - answers: the replicas' answers that had arrived, in their order; nil bytes where a
    ///     replica has no record.
    mutating func judge(
        _ result: GetResult, of operation: Int?, key: Int,
        answers: [(member: Int, record: Bytes?)], required: Int
    ) -> AnswerTruth {
        check(.acknowledgement)
        var members: [Int] = []
        var records: [SeenRecord] = []
        for answer in answers where world.isSloppy || owners[key].contains(answer.member) {
            if !members.contains(answer.member) { members.append(answer.member) }
            let bytes = answer.record
            records.append(bytes.map { read($0, key: key, "an answer") } ?? SeenRecord())
        }
        if members.count < required {
            find(
                .acknowledgement, key: key,
                "a read answered after \(members.count) distinct replicas, not \(required)",
                operation.map { [describe($0)] } ?? [])
        }
        let said = SeenRecord(result.record)
        let live = result.record.live.map { SeenDot($0.dot) }
        // An answer of a replica that was given up before it came is not counted.
        let merged =
            Judge.merges(of: records, least: required).first { shown($0).says(said) }
            ?? Judge.merge(of: records)
        let expected = shown(merged)
        judge(expiriesOf: expected, live: live, of: operation, key: key)
        compare(said, expected, of: operation, key: key)
        let values = expected.versions.filter { version in
            let isPut = version.operation.map { history[$0].kind == .put } ?? false
            return isPut && (version.expiry == 0 || live.contains(version.dot))
        }
        let twice = isFalsified.contains(true) ? Judge.dotsOfTwo(in: records) : []
        let operations = values.compactMap { version in
            twice.contains(version.dot)
                ? operationShown(under: version.dot, by: result.record, key: key)
                : version.operation
        }
        return AnswerTruth(context: said.context, shown: operations, told: merged)
    }

    /// Dots under which different operations were found: a falsified disk that forgot the first one
    /// lets it be minted again, and either may be shown.
    private static func dotsOfTwo(in records: [SeenRecord]) -> Set<SeenDot> {
        var operations: [SeenDot: Int?] = [:]
        var twice: Set<SeenDot> = []
        for version in records.flatMap(\.versions) {
            let first = operations.updateValue(version.operation, forKey: version.dot)
            if let first, first != version.operation { twice.insert(version.dot) }
        }
        return twice
    }

    private func operationShown(under dot: SeenDot, by record: Record, key: Int) -> Int? {
        let sibling = record.live.first { SeenDot($0.dot) == dot }
        return sibling.flatMap { author($0.value.value, $0.value.operation, key: key).index }
    }

    /// Judges what a read shows of values that expire: nothing of those whose time has come by its
    /// coordinator's clock, all of those whose time has not.
    private mutating func judge(
        expiriesOf record: SeenRecord, live: [SeenDot], of operation: Int?, key: Int
    ) {
        for version in record.versions where version.expiry > 0 {
            check(.expiry)
            let isShown = live.contains(version.dot)
            if !isShown { expiredFound += 1 }
            let isWrong =
                isShown ? version.expiry <= readings.before : version.expiry > readings.after
            guard isWrong else { continue }
            let early = Int64(version.expiry >> 16) - Int64(readings.after >> 16)
            find(
                .expiry, key: key,
                isShown
                    ? "a read shows a value that expired \(-early) ms before"
                    : "a read hides a value that expires in \(early) ms",
                [operation, version.operation].compactMap { $0.map { describe($0) } })
        }
    }

    func shown(_ record: SeenRecord) -> SeenRecord {
        world.conflict == .lastWriteWins && record.versions.count > 1
            ? record.newestOnly() : record
    }

    /// What all the records make together.
    private static func merge(of records: [SeenRecord]) -> SeenRecord {
        var merged = SeenRecord()
        for record in records { merged.merge(record) }
        return merged
    }

    /// What all the records make together, then what at least so many of them do.
    ///
    /// - Parameter context: what they have to know together, if that is given.
    static func merges(
        of records: [SeenRecord], least: Int, knowing context: SeenVector? = nil
    ) -> some Sequence<SeenRecord> {
        // Merging is idempotent: only different records matter, and how often each is there.
        var different: [(record: SeenRecord, count: Int)] = []
        for record in records {
            if let index = different.firstIndex(where: { $0.record == record }) {
                different[index].count += 1
            } else {
                different.append((record, 1))
            }
        }
        let (found, all) = (different, (1 << different.count) - 1)
        return (0...all).reversed().lazy
            .map { subset in found.indices.filter { subset >> $0 & 1 == 1 } }
            .filter { chosen in chosen.reduce(0) { $0 + found[$1].count } >= least }
            .filter { chosen in
                guard let context else { return true }
                var joined = SeenVector()
                for index in chosen { joined.join(found[index].record.context) }
                return joined == context
            }
            .map { chosen in merge(of: chosen.map { found[$0].record }) }
    }

    private mutating func compare(
        _ said: SeenRecord, _ merged: SeenRecord, of operation: Int?, key: Int
    ) {
        check(.noFalseOverwrite)
        check(.noFalseConflict)
        if !said.says(merged) {
            let expected = merged.versions.map(\.dot)
            let shown = said.versions.map(\.dot)
            let isMissing = expected.contains { !shown.contains($0) }
            let isExtra = shown.contains { !expected.contains($0) }
            find(
                isExtra && !isMissing ? .noFalseConflict : .noFalseOverwrite, key: key,
                "a read says something else than its replicas answered",
                [
                    operation.map { describe($0) } ?? "",
                    "said: siblings \(shown) under \(said.context.entries.map(\.text))",
                    "should be: " + describe(merged),
                ])
        }
        claimed[key].join(said.context)
    }

    /// Judges an acknowledged write, at the moment at which its coordinator says so.
    mutating func judge(_ result: PutResult, of operation: Int, required: Int) -> AnswerTruth {
        check(.acknowledgement)
        let entry = history[operation]
        // What a destroyed node once confirmed it may have lost since.
        let holders = held.indices.filter { node in
            let isOwner = owners[entry.key].contains(node)
            guard isOwner || world.isSloppy else { return false }
            let slot = isOwner ? entry.key : keys.count + entry.key
            let hasLost = isFalsified[node] || (losses[node]?.at ?? 0) > entry.askedAt
            return hasLost && result.replicas.contains { Int($0.raw) == node }
                || entry.dots.contains { reported(node, slot).record.context.covers($0.dot) }
                || isOwner && entry.dots.contains { reaped[entry.key].dots.contains($0.dot) }
        }
        if holders.count < required {
            find(
                .acknowledgement, key: entry.key,
                "a write was acknowledged with \(holders.count) durable copies, not \(required)",
                [
                    describe(operation), "holders: \(holders.map { "n\($0 + 1)" })",
                    "said: \(result.replicas.map { "n\($0.raw + 1)" })",
                ])
        }
        checkRefilled(
            result.replicas.map { Int($0.raw) }, askedAt: entry.askedAt, of: operation, "a write")
        acknowledge(operation, by: required)
        let distinct = Set(result.replicas.map(\.raw)).count
        if distinct != result.replicas.count || distinct < required {
            find(
                .acknowledgement, key: entry.key,
                "a write counts \(result.replicas.count) confirmations of \(distinct) replicas",
                [describe(operation)])
        }
        guard let context = result.context.map(SeenVector.init) else { return AnswerTruth() }
        check(.noFalseOverwrite)
        if !(givable[operation] ?? []).contains(context) {
            find(
                .noFalseOverwrite, key: entry.key,
                "the answer to a write carries a context that covers what its client never saw",
                [describe(operation), "context: \(context.entries.map(\.text))"])
        }
        claimed[entry.key].join(context)
        return AnswerTruth(context: context)
    }

    /// Judges that a read shows all that reads before it had shown when it began.
    mutating func judge(_ said: SeenVector, since floor: SeenVector, key: Int, of operation: Int?) {
        guard world.readRepair == .blocking else { return }
        check(.monotonicReads)
        defer { told[key].join(said) }
        guard !whole(said, of: key).covers(floor), !isFalsified.contains(true) else { return }
        find(
            .monotonicReads, key: key, "a read shows less than an earlier one did",
            (operation.map { [describe($0)] } ?? []) + [
                "shown: \(said.entries.map(\.text))",
                "before: \(floor.entries.map(\.text))",
            ])
    }

    /// Judges that so many primaries durably hold what a read tells, where repair comes first, that
    /// every later read meets one of them, also with another r, since it hears more than half;
    /// at the moment at which its client is answered.
    mutating func check(
        holdersOf said: SeenVector, told read: OpenRead, of operation: Int?, required: Int
    ) {
        guard world.readRepair == .blocking else { return }
        let count = owners[read.key].count
        let least = max(count - required + 1, (count + 1) / 2)
        check(holdersOf: said, told: read, of: operation, least: least)
    }

    /// Judges that every primary durably holds all that a repair of a key found, at the moment at
    /// which its client is answered.
    mutating func check(repaired read: OpenRead) {
        var found = SeenVector()
        for answer in read.answers {
            guard let bytes = answer.record else { continue }
            found.join(self.read(bytes, key: read.key, "an answer").context)
        }
        // Of two answers of one replica only one counts; they differ much where its disk does.
        guard Set(read.answers.map(\.member)).count == read.answers.count else { return }
        check(holdersOf: found, told: read, of: nil, least: owners[read.key].count)
    }

    private mutating func check(
        holdersOf said: SeenVector, told read: OpenRead, of operation: Int?, least: Int
    ) {
        check(.monotonicReads)
        let key = read.key
        // What a destroyed node answered or confirmed it may have lost since.
        let holders = owners[key].filter { node in
            let hasLost = isFalsified[node] || (losses[node]?.at ?? 0) > read.openedAt
            return whole(reported(node, key).record.context, of: key).covers(said)
                || hasLost && read.answers.contains { $0.member == node }
        }
        guard holders.count < least else { return }
        find(
            .monotonicReads, key: key,
            "a read or repair told what \(holders.count) primaries durably hold, not \(least)",
            (operation.map { [describe($0)] } ?? [])
                + ["told: \(said.entries.map(\.text))"]
                + owners[key].map { "n\($0 + 1): " + describe(held[$0][key]) })
    }

    /// Judges what a client read, byte for byte, against what its node said.
    mutating func judge(values: [Bytes], shown: [Int], of operation: Int) {
        check(.provenance)
        let key = history[operation].key
        var expected = shown
        for value in values {
            let author = Judge.number(in: value, after: 1)
            guard let author, author < history.count, history[author].value == value,
                history[author].key == key
            else {
                find(
                    .provenance, key: key, "a client read bytes that nobody wrote to this key",
                    [describe(operation), "bytes: \(Judge.excerpt(value))"])
                continue
            }
            guard let place = expected.firstIndex(of: author) else {
                find(
                    .provenance, key: key, "a client read a value that its node did not find",
                    [describe(operation), describe(author)])
                continue
            }
            expected.remove(at: place)
        }
        guard !expected.isEmpty else { return }
        find(
            .provenance, key: key, "a client did not get all the values that its node found",
            [describe(operation)] + expected.map { describe($0) })
    }
}

extension Judge {
    /// The beginning of some bytes, and how many there are.
    static func excerpt(_ bytes: Bytes) -> String {
        String(decoding: bytes.prefix(32), as: UTF8.self) + "… (\(bytes.count) bytes)"
    }
}

extension SeenVector {
    /// The product's vector in the judges' form.
    init(_ vector: VersionVector) {
        self.init(
            vector.entries.map {
                Entry(node: $0.actor.node.raw, epoch: $0.actor.epoch, counter: $0.counter)
            })
    }
}

extension SeenRecord {
    /// The product's record in the judges' form, without its authors.
    init(_ record: Record) {
        context = SeenVector(record.context)
        versions = record.siblings.entries.map { sibling in
            SeenVersion(
                dot: SeenDot(sibling.dot), timestamp: sibling.value.timestamp.raw, operation: nil,
                isGenuine: true, expiry: sibling.value.expiry?.raw ?? 0)
        }
    }
}

extension SeenDot {
    /// The product's dot in the judges' form.
    init(_ dot: Dot) {
        self.init(node: dot.actor.node.raw, epoch: dot.actor.epoch, counter: dot.counter)
    }
}
