import Causality
import Primitives
import Replica

/// What a database remembers of its runs and of the cluster.
///
/// A fact that every database has and this one lacks refuses to open it, as a damaged one does:
/// were it taken for a new database, dots and start numbers would begin anew.
struct Memory {
    let facts: FactTable
    let buckets: FactTable
    let path: String

    /// Writes the facts that every database has.
    func create(node: UInt64, clusterState: Bytes) throws(StoreError) {
        try opening(path) { () throws(SQLiteError) in
            try facts.set(Fact.node, Fact.encode(node))
            try facts.set(Fact.startCounter, Fact.encode(UInt64(0)))
            try facts.set(Fact.lease, Fact.encode(UInt64(0)))
            try facts.set(Fact.counts, Fact.encode(RecordCounts(records: 0, live: 0)))
            try facts.set(Fact.clusterState, clusterState)
            try facts.set(Fact.refill, Fact.encode(RefillState.new.rawValue))
            try countNames()
        }
    }

    /// Compares the tables with what they were when they were made, or remembers that.
    func checkSchema(of connection: Connection, isMigrated: Bool) throws(StoreError) {
        let present = try opening(path) { () throws(SQLiteError) in
            let present = try Schema.fingerprint(connection)
            if isMigrated {
                try facts.set(Fact.schema, present[...])
            }
            return present
        }
        guard try facts.required(Fact.schema).elementsEqual(present) else {
            throw facts.unreadable(Fact.schema)
        }
    }

    /// Reads what earlier runs left, takes the next start and removes the clean-shutdown mark, all
    /// in the caller's transaction: it is durable before the first dot of this run.
    func beginRun(isNew: Bool, _ random: inout RandomStream) throws(StoreError) -> Recovered {
        let node = NodeID(try facts.requiredNumber(Fact.node))
        if let stale = try facts.value(Fact.stale) {
            let known = Fact.decodeStart(stale)
            if let known, known.node != node { throw .replaced(path: path, by: known.node) }
            throw .staleCopy(path: path, known: known?.number ?? 0)
        }
        let number = try facts.requiredNumber(Fact.startCounter) + 1
        let cleanRun = try facts.number(Fact.cleanRun).map { UInt32(truncatingIfNeeded: $0) }
        let lease = HybridTimestamp(try facts.requiredNumber(Fact.lease))
        let state = try facts.required(Fact.clusterState)
        let (starts, entries) = (try starts(), try bucketEntries())
        let tally = Memory.tally(starts.known.count, entries.count)
        let refill = RefillState(rawValue: try facts.number(Fact.refill) ?? 0)
        guard let refill else { throw facts.unreadable(Fact.refill) }
        guard try facts.required(Fact.names) == tally else { throw facts.unreadable(Fact.names) }
        try opening(path) { () throws(SQLiteError) in
            try facts.set(Fact.startCounter, Fact.encode(number))
            try facts.delete(Fact.cleanRun)
        }
        let start = NodeStart(node: node, number: number, run: random.nextRun(after: cleanRun))
        var recovered = Recovered(
            own: (start: start, isNew: isNew, cleanRun: cleanRun, lease: lease),
            cluster: (starts: starts.known, buckets: entries, state: state))
        recovered.refill = refill
        recovered.past = starts.past
        return recovered
    }

    /// The numbers of records as of the last commit.
    func counts() throws(StoreError) -> RecordCounts {
        guard let counts = Fact.decodeCounts(try facts.required(Fact.counts)) else {
            throw facts.unreadable(Fact.counts)
        }
        return counts
    }

    /// Remembers how many starts and buckets there are, after one was written.
    func countNames() throws(SQLiteError) {
        let starts = try facts.names().count { $0.starts(with: Fact.startPrefix.utf8) }
        try facts.set(Fact.names, Memory.tally(starts, try buckets.names().count))
    }

    private static func tally(_ starts: Int, _ buckets: Int) -> Bytes {
        [UInt8](encodingSize: 16) { writer in
            writer.write(UInt64(starts))
            writer.write(UInt64(buckets))
        }[...]
    }

    private func starts() throws(StoreError) -> (
        known: [(name: String, start: NodeStart)],
        past: [(name: String, identities: PastIdentities)]
    ) {
        var starts: [(name: String, start: NodeStart)] = []
        var past: [(name: String, identities: PastIdentities)] = []
        for fact in try facts.values() where fact.name.starts(with: Fact.startPrefix.utf8) {
            let name = String(decoding: fact.name, as: UTF8.self)
            guard let start = Fact.decodeStart(fact.value),
                let identities = Fact.decodePast(fact.value)
            else { throw facts.unreadable(name) }
            let member = String(name.dropFirst(Fact.startPrefix.count))
            starts.append((member, start))
            if !identities.isEmpty { past.append((member, identities)) }
        }
        return (starts, past)
    }

    private func bucketEntries() throws(StoreError) -> [BucketEntry] {
        var entries: [BucketEntry] = []
        for fact in try buckets.values() {
            guard let entry = Fact.decodeBucket(fact.name, fact.value) else {
                throw buckets.unreadable("bucket " + String(decoding: fact.name, as: UTF8.self))
            }
            entries.append(entry)
        }
        return entries
    }
}

extension RandomStream {
    /// A random run number, not the one before it.
    package mutating func nextRun(after previous: UInt32?) -> UInt32 {
        var run = UInt32(truncatingIfNeeded: next() >> 32)
        while run == previous {
            run = UInt32(truncatingIfNeeded: next() >> 32)
        }
        return run
    }
}
