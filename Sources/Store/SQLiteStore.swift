import CSQLite
import Causality
import Primitives
import Replica

/// What survives a crash: records, and what a node must remember of its own runs.
///
/// Synchronous and confined to one thread: no clock, no thread of its own. One connection with
/// `locking_mode=EXCLUSIVE`, write-ahead log and `synchronous=FULL`; a batch of commands is one
/// transaction and one fsync. The file system is reached through SQLite's VFS only, so that a
/// simulator can put its own disk below it.
package final class SQLiteStore {
    /// What was remembered when the store was opened.
    package let recovered: Recovered

    let connection: Connection
    let records: RecordTable
    let facts: FactTable
    let buckets: FactTable
    let options: StoreOptions
    let logPages: UnsafeMutablePointer<Int32>
    var keeper: RecordKeeper
    var counts: RecordCounts
    var random: RandomStream
    /// Why nothing is written any more: a write or a sync failed, or the clean mark was left.
    var stopped: StoreFailure?

    /// Opens a database, creating or migrating it, and begins a run.
    package init(opening options: StoreOptions) throws(StoreError) {
        self.options = options
        random = RandomStream(seed: options.seed)
        do {
            connection = try Connection(path: options.path, vfs: options.vfs)
            try SQLiteStore.configure(connection, options)
            try connection.run("BEGIN IMMEDIATE")
            try Schema.migrate(connection, path: options.path)
            records = try RecordTable(connection)
            facts = try FactTable(connection, table: "facts", path: options.path)
            buckets = try FactTable(connection, table: "buckets", path: options.path)
            recovered = try SQLiteStore.beginRun(facts, buckets, options, &random)
            counts = try SQLiteStore.counts(facts, options)
            try connection.run("COMMIT")
        } catch let error as StoreError {
            throw error
        } catch let error as SQLiteError where error.primaryCode == SQLITE_BUSY {
            throw .inUse(path: options.path)
        } catch let error as SQLiteError where error.primaryCode == SQLITE_NOTADB {
            throw .foreign(path: options.path)
        } catch let error as SQLiteError {
            throw .sqlite(path: options.path, code: error.code, message: error.message)
        } catch {
            throw .sqlite(path: options.path, code: 0, message: "\(error)")
        }
        let minter = DotMinter(node: recovered.start.node, run: recovered.start.run)
        keeper = RecordKeeper(minter: minter, limits: options.limits)
        logPages = .allocate(capacity: 1)
        logPages.initialize(to: 0)
        connection.watchLog(logPages)
    }

    deinit {
        logPages.deallocate()
    }

    /// Moves what is in the log into the database; nothing is used after this.
    package func close() {
        connection.checkpoint()
    }

    /// Changes the most pages that the database may have.
    package func limitPages(to pages: Int) throws(StoreError) {
        do throws(SQLiteError) {
            try connection.run("PRAGMA max_page_count = \(pages)")
        } catch {
            throw .sqlite(path: options.path, code: error.code, message: error.message)
        }
    }

    private static func configure(
        _ connection: Connection, _ options: StoreOptions
    ) throws(SQLiteError) {
        // Exclusive locking comes first: the log then needs no shared memory.
        for pragma in [
            "locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL",
            "wal_autocheckpoint = 0", "cell_size_check = ON", "temp_store = MEMORY",
            "cache_size = -\(options.cacheKibibytes)", "journal_size_limit = 67108864",
        ] {
            try connection.run("PRAGMA \(pragma)")
        }
        if let pages = options.pagesMax {
            try connection.run("PRAGMA max_page_count = \(pages)")
        }
    }

    /// Reads what earlier runs left, takes the next start and removes the clean-shutdown mark, all
    /// in the caller's transaction: it is durable before the first dot of this run.
    private static func beginRun(
        _ facts: FactTable, _ buckets: FactTable, _ options: StoreOptions,
        _ random: inout RandomStream
    ) throws -> Recovered {
        let known = try facts.number(Fact.node)
        let node = known ?? random.next()
        let number = (try facts.number(Fact.startCounter) ?? 0) + 1
        let cleanRun = try facts.number(Fact.cleanRun).map { UInt32(truncatingIfNeeded: $0) }
        let lease = HybridTimestamp(try facts.number(Fact.lease) ?? 0)
        var state = try facts.value(Fact.clusterState)
        if known == nil {
            try facts.set(Fact.node, Fact.encode(node))
        }
        if state == nil {
            try facts.set(Fact.clusterState, options.initialClusterState)
            state = options.initialClusterState
        }
        try facts.set(Fact.startCounter, Fact.encode(number))
        try facts.delete(Fact.cleanRun)
        let run = UInt32(truncatingIfNeeded: random.next() >> 32)
        let start = NodeStart(node: NodeID(node), number: number, run: run)
        return Recovered(
            own: (start: start, isNew: known == nil, cleanRun: cleanRun, lease: lease),
            cluster: (
                starts: try starts(facts), buckets: try entries(buckets, options),
                state: state ?? []
            ))
    }

    private static func starts(
        _ facts: FactTable
    ) throws -> [(name: String, start: NodeStart)] {
        try facts.values().compactMap { fact in
            let name = String(decoding: fact.name, as: UTF8.self)
            guard name.hasPrefix(Fact.startPrefix), let start = Fact.decodeStart(fact.value)
            else { return nil }
            return (String(name.dropFirst(Fact.startPrefix.count)), start)
        }
    }

    private static func entries(
        _ buckets: FactTable, _ options: StoreOptions
    ) throws -> [BucketEntry] {
        try buckets.values().map { fact in
            guard let entry = Fact.decodeBucket(fact.name, fact.value) else {
                let name = String(decoding: fact.name, as: UTF8.self)
                throw StoreError.unreadableFact(path: options.path, name: "bucket \(name)")
            }
            return entry
        }
    }

    private static func counts(
        _ facts: FactTable, _ options: StoreOptions
    ) throws -> RecordCounts {
        guard let value = try facts.value(Fact.counts) else {
            return RecordCounts(records: 0, live: 0)
        }
        guard let counts = Fact.decodeCounts(value) else {
            throw StoreError.unreadableFact(path: options.path, name: Fact.counts)
        }
        return counts
    }
}
