import Causality
import Primitives
import Quorum
import Replica

/// What a node's answer to a client really said.
struct AnswerTruth {
    /// The context that the client gets with it; nil where it gets none.
    var context: SeenVector?
    /// The operations whose values the answer shows, in no order; nil where it is not a read.
    var shown: [Int]?
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
        for answer in answers where owners[key].contains(answer.member) {
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
        // An answer of a replica that was given up before it came is not counted.
        let merged =
            Judge.merges(of: records, least: required).first { shown($0).says(said) }
            ?? Judge.merge(of: records)
        return compare(said, shown(merged), of: operation, key: key)
    }

    private func shown(_ record: SeenRecord) -> SeenRecord {
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
    static func merges(of records: [SeenRecord], least: Int) -> some Sequence<SeenRecord> {
        let all = (1 << records.count) - 1
        return (0...all).reversed().lazy
            .filter { $0.nonzeroBitCount >= least }
            .map { subset in
                var merged = SeenRecord()
                for (index, record) in records.enumerated() where subset >> index & 1 == 1 {
                    merged.merge(record)
                }
                return merged
            }
    }

    private mutating func compare(
        _ said: SeenRecord, _ merged: SeenRecord, of operation: Int?, key: Int
    ) -> AnswerTruth {
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
        let live = merged.versions.filter { version in
            version.operation.map { history[$0].kind == .put } ?? false
        }
        return AnswerTruth(context: said.context, shown: live.compactMap(\.operation))
    }

    /// Judges an acknowledged write, at the moment at which its coordinator says so.
    mutating func judge(_ result: PutResult, of operation: Int, required: Int) -> AnswerTruth {
        check(.acknowledgement)
        let entry = history[operation]
        // What a destroyed node once confirmed it may have lost since.
        let holders = owners[entry.key].filter { node in
            isTainted[node] && result.replicas.contains { Int($0.raw) == node }
                || entry.dots.contains { held[node][entry.key].record.context.covers($0.dot) }
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
            let actor = sibling.dot.actor
            let dot = SeenDot(
                node: actor.node.raw, epoch: actor.epoch, counter: sibling.dot.counter)
            return SeenVersion(
                dot: dot, timestamp: sibling.value.timestamp.raw, operation: nil, isGenuine: true)
        }
    }
}
