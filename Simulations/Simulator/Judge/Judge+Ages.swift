import Node
import Primitives
import Replica

// How long ago a store read what is taken in: known here from the stores themselves, whatever the
// messages say. Times are those of the clocks of the nodes concerned, as far as they know: what
// clocks differ by is not held against anyone.
extension Judge {
    /// Whether messages live so short that a run can outlast them.
    var watchesAges: Bool {
        world.node.messageLifetimeMilliseconds < NodeKnobs().messageLifetimeMilliseconds
    }

    /// Notes what a node's store reads, and what its puts leave.
    mutating func see(
        _ reply: ReplicaReply, to command: ReplicaCommand, _ ticket: StoreTicket, on node: Int
    ) {
        switch (command, reply) {
        case (.get(let name), .record(let record?)), (.getHint(let name), .record(let record?)):
            note(record, under: name, readAt: known[node])
            guard case .reread = ticket, let key = keyIndex[name.hash] else { return }
            putRecords[key].insert(Digest.of(record))
        case (.put(let put), .put(let receipt)):
            note(receipt.record, under: put.key, readAt: known[node])
        case (.pageHints, .hints(let page)):
            for hint in page.hints { note(hint.record, under: hint.key, readAt: known[node]) }
        case (.getAll, .records(let records)):
            for found in records {
                note(found.record, under: found.key, readAt: known[node])
            }
        default:
            return
        }
    }

    private mutating func note(_ record: Bytes, under name: Key, readAt time: UInt64) {
        guard let key = keyIndex[name.hash] else { return }
        let digest = Digest.of(record)
        readTimes[key][digest] = max(readTimes[key][digest] ?? 0, time)
    }

    /// Notes what a read made of its answers: as old as the oldest that went into it.
    mutating func see(merged: Bytes, key: Int, of candidates: [[(member: Int, record: Bytes?)]]) {
        guard watchesAges else { return }
        let wanted = read(merged, key: key, "a repair")
        var newest: UInt64?
        for answers in candidates {
            let records = answers.compactMap(\.record).map { record in
                (readAt: readTimes[key][Digest.of(record)] ?? 0, record: record)
            }
            guard let time = age(of: wanted, from: records, key: key) else { continue }
            newest = max(newest ?? 0, time)
        }
        guard let newest else { return }
        note(merged, under: keys[key], readAt: newest)
    }

    /// When the oldest was read of the newest records that make another one.
    private mutating func age(
        of wanted: SeenRecord, from records: [(readAt: UInt64, record: Bytes)], key: Int
    ) -> UInt64? {
        let sorted = records.sorted { $0.readAt > $1.readAt }
        let parts = sorted.map { read($0.record, key: key, "an answer") }
        var merged = SeenRecord()
        for (index, part) in parts.enumerated() {
            merged.merge(part)
            if merged == wanted { return sorted[index].readAt }
        }
        // The read ended before some of them came.
        var newest: UInt64?
        for subset in 1..<max(1 << parts.count, 1) {
            var merged = SeenRecord()
            for (index, part) in parts.enumerated() where subset >> index & 1 == 1 {
                merged.merge(part)
            }
            guard merged == wanted else { continue }
            let oldest = Int.bitWidth - 1 - subset.leadingZeroBitCount
            newest = max(newest ?? 0, sorted[oldest].readAt)
        }
        return newest
    }

    /// Judges how long ago a store read what a node hands to its own.
    mutating func check(ageOf command: ReplicaCommand, on node: Int) {
        guard watchesAges else { return }
        switch command {
        case .merge(let merge): check(ageOf: merge.record, under: merge.key, on: node)
        case .keepHint(let keep): check(ageOf: keep.hint.record, under: keep.hint.key, on: node)
        default: return
        }
    }

    /// Judges how long ago a store read a record that a node takes in.
    mutating func check(ageOf record: Bytes, under name: Key, on node: Int) {
        guard let key = keyIndex[name.hash], let readAt = readTimes[key][Digest.of(record)] else {
            return
        }
        check(.age)
        let lifetime = UInt64(world.node.messageLifetimeMilliseconds)
        // Clocks count in less than milliseconds too.
        guard known[node] > readAt + lifetime + 1 else { return }
        find(
            .age, key: key,
            "n\(node + 1) takes in a record that was read \(known[node] - readAt) ms ago",
            ["messages live \(lifetime) ms", describe(read(record, key: key, "a record"))])
    }
}
