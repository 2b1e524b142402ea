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
    let hints: HintTable
    let deaths: DeathTable
    let facts: FactTable
    let buckets: FactTable
    let trees: TreeKeeper
    let transaction: (begin: Statement, commit: Statement)
    let options: StoreOptions
    var keeper: RecordKeeper
    var counts: RecordCounts
    var random: RandomStream
    /// Why nothing is written any more.
    var stopped: Stop?
    /// The log is moved into the database once it has this many pages.
    var checkpointDue: Int32
    /// Whether the last transaction found the disk full.
    var isDiskFull = false

    /// Why nothing is written any more.
    enum Stop {
        /// A write or a sync failed: what the disk holds is not known.
        case failed(String)
        /// The clean-shutdown mark was left, or the store was closed.
        case ended(String)

        var failure: StoreFailure {
            switch self {
            case .failed(let reason), .ended(let reason): .failed(reason)
            }
        }
    }

    /// Opens a database, creating or migrating it, and begins a run; all of it is durable before
    /// this returns.
    ///
    /// Throws where the file is not ours, too new, damaged in what a run needs to know, or in use.
    package init(opening options: StoreOptions) throws(StoreError) {
        var random = RandomStream(seed: options.seed)
        let opened = try OpenedDatabase(options, &random)
        self.options = options
        self.random = random
        connection = opened.connection
        records = opened.records
        hints = opened.hints
        deaths = opened.deaths
        facts = opened.facts
        buckets = opened.buckets
        trees = opened.trees
        transaction = opened.transaction
        recovered = opened.recovered
        counts = opened.counts
        checkpointDue = options.checkpointPages
        let minter = DotMinter(node: recovered.start.node, run: recovered.start.run)
        keeper = RecordKeeper(minter: minter, limits: options.limits)
    }

    /// Moves what is in the log into the database and gives the file back; every command fails
    /// after this.
    ///
    /// After a failed write or sync nothing is moved: SQLite would trust what the disk may not
    /// hold. The next start reads the log, checksum by checksum.
    package func close() {
        if case .failed = stopped {
            connection.close(checkpointing: false)
        } else {
            connection.close(checkpointing: true)
        }
        stopped = .ended("the store is closed")
    }

    /// Changes the most pages that the database may have.
    package func limitPages(to pages: Int) throws(StoreError) {
        try opening(options.path) { () throws(SQLiteError) in
            try connection.run("PRAGMA max_page_count = \(pages)")
        }
    }
}
