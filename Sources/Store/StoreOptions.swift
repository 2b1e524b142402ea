import Primitives
import Replica

/// How a store is opened.
package struct StoreOptions: Sendable {
    /// The database file; created where it is missing, its directory is not.
    package var path: String
    /// The name of the SQLite VFS, nil for the system's.
    package var vfs: String?
    /// Seeds the node's identity and its run numbers; entropy in production.
    package var seed: UInt64
    /// The cluster state to keep where none is stored yet.
    package var initialClusterState: Bytes
    /// Limits of one record.
    package var limits = RecordLimits()
    /// The most bytes of hints for other members.
    package var hintBytesMax = 1 << 30
    /// After how many pages in the log they are moved into the database.
    package var checkpointPages: Int32 = 8_000
    /// From how many changes of the Merkle trees on their log is folded into them.
    package var treeLogMax = 1 << 18
    /// The page cache, in KiB.
    package var cacheKibibytes = 64 << 10
    /// The most pages that the database may have; nil for no limit but the disk's.
    package var pagesMax: Int?
    /// The steps to the present schema; tests add made-up ones.
    var migrations = Schema.migrations

    /// Options with defaults for everything else.
    package init(path: String, seed: UInt64, initialClusterState: Bytes = []) {
        self.path = path
        self.seed = seed
        self.initialClusterState = initialClusterState
    }
}
