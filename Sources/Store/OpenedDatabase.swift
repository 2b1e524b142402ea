import AntiEntropy
import CSQLite
import Causality
import Membership
import Primitives
import Replica
import Ring

/// A database right after it was opened, with what earlier runs left in it.
struct OpenedDatabase {
    let connection: Connection
    let records: RecordTable
    let hints: HintTable
    let deaths: DeathTable
    let facts: FactTable
    let buckets: FactTable
    let trees: TreeKeeper
    let transaction: (begin: Statement, commit: Statement)
    let recovered: Recovered
    let counts: RecordCounts

    /// Opens the file; one transaction creates or migrates the tables and begins a run.
    init(_ options: StoreOptions, _ random: inout RandomStream) throws(StoreError) {
        let (path, steps) = (options.path, options.migrations)
        let connection = try OpenedDatabase.connect(options)
        let version = try Schema.version(of: connection, path: path, known: steps.count)
        try OpenedDatabase.configure(connection, options)
        try OpenedDatabase.rewriteLog(of: connection, path)
        self.connection = connection
        let transaction = try opening(path) { () throws(SQLiteError) in
            (
                begin: try connection.prepare("BEGIN IMMEDIATE"),
                commit: try connection.prepare("COMMIT")
            )
        }
        self.transaction = transaction
        (records, hints, facts, buckets) = try opening(path) { () throws(SQLiteError) in
            try transaction.begin.run()
            if version < steps.count {
                try Schema.migrate(connection, from: version, by: steps)
            }
            return (
                try RecordTable(connection), try HintTable(connection),
                try FactTable(connection, table: "facts", path: path),
                try FactTable(connection, table: "buckets", path: path)
            )
        }
        let memory = Memory(facts: facts, buckets: buckets, path: path)
        let isNew = version == 0
        if isNew {
            try memory.create(node: random.next(), clusterState: options.initialClusterState)
        }
        try memory.checkSchema(of: connection, isMigrated: version < steps.count)
        var recovered = try memory.beginRun(isNew: isNew, &random)
        let shape = OpenedDatabase.shape(clusterState: recovered.clusterState)
        deaths = try opening(path) { () throws(SQLiteError) in try DeathTable(connection) }
        let (records, hints, logMax) = (records, hints, options.treeLogMax)
        trees = try opening(path) { () throws(SQLiteError) in
            try TreeKeeper(
                try TreeTable(connection), records, shape: shape,
                isNew: version < Schema.treeVersion, logMax: logMax)
        }
        recovered.rebuiltTrees = trees.rebuiltTrees
        self.recovered = recovered
        var counts = try memory.counts()
        (counts.hints, counts.hintBytes) = try opening(path) { () throws(SQLiteError) in
            let tally = try hints.tally()
            try transaction.commit.run()
            return tally
        }
        self.counts = counts
    }

    /// The trees follow the partitions of the stored cluster state, whose number is for ever.
    ///
    /// With a state that does not decode no node starts, and nothing is filed.
    private static func shape(clusterState: Bytes) -> TreeShape {
        if let state = try? ClusterState(decoding: clusterState) {
            return TreeShape(ring: state.placement.ring)
        }
        return TreeShape(ring: .undivided)
    }

    private static func connect(_ options: StoreOptions) throws(StoreError) -> Connection {
        try opening(options.path) { () throws(SQLiteError) in
            let connection = try Connection(path: options.path, vfs: options.vfs)
            // Exclusive locking comes first: the log then needs no shared memory.
            try connection.run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON")
            return connection
        }
    }

    /// Writes what an earlier run left in the log anew, into the database.
    ///
    /// If a sync of the log failed in that run, the system shows the pages and never writes them:
    /// it takes them for clean. What this run adds behind them would be synced and yet lost with
    /// the power, since SQLite reads a log only up to its first gap. (P. Rebello et al., "Can
    /// Applications Recover from fsync Failures?", USENIX ATC 2020.)
    private static func rewriteLog(
        of connection: Connection, _ path: String
    ) throws(StoreError) {
        try opening(path) { () throws(SQLiteError) in
            do throws(SQLiteError) {
                try connection.emptyLog()
            } catch {
                // Without room for it, the log is as good as it was.
                guard error.isFull else { throw error }
            }
        }
    }

    private static func configure(
        _ connection: Connection, _ options: StoreOptions
    ) throws(StoreError) {
        let bytes = try opening(options.path) { () throws(SQLiteError) in
            try connection.bytes("PRAGMA journal_mode = WAL")
        }
        let mode = String(decoding: bytes, as: UTF8.self)
        guard mode == "wal" else { throw .noLog(path: options.path, mode: mode) }
        try opening(options.path) { () throws(SQLiteError) in
            for pragma in [
                "synchronous = FULL", "temp_store = MEMORY",
                "cache_size = -\(options.cacheKibibytes)", "journal_size_limit = 67108864",
            ] {
                try connection.run("PRAGMA \(pragma)")
            }
            if let pages = options.pagesMax {
                try connection.run("PRAGMA max_page_count = \(pages)")
            }
        }
    }
}
