import CSQLite

/// The database's tables, and how an older database becomes the present one.
enum Schema {
    /// Marks the file as ours ("dyna").
    static let applicationID: Int64 = 0x6479_6e61

    /// Step `i` makes version `i + 1` of version `i`; steps are never changed once released.
    ///
    /// Version 1: records lie under the upper half of their key's hash, so that a partition is a
    /// contiguous run of rows; of keys that share it all but one lie in `collisions`.
    static let migrations = [
        """
        CREATE TABLE records (hash INTEGER PRIMARY KEY, row BLOB NOT NULL);
        CREATE TABLE collisions (key BLOB PRIMARY KEY, row BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE facts (name BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE buckets (name BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        """
    ]

    /// Brings the database to the present version, inside the caller's transaction.
    static func migrate(_ connection: Connection, path: String) throws {
        let identity = try connection.prepare("PRAGMA application_id").number()
        let version = try connection.prepare("PRAGMA user_version").number()
        let tables = try connection.prepare("SELECT count(*) FROM sqlite_schema").number()
        guard identity == applicationID || (identity == 0 && tables == 0) else {
            throw StoreError.foreign(path: path)
        }
        guard version <= migrations.count else {
            throw StoreError.newerSchema(
                path: path, found: Int32(clamping: version), known: Int32(migrations.count))
        }
        for step in migrations[Int(version)...] {
            try connection.run(step)
        }
        try connection.run("PRAGMA application_id = \(applicationID)")
        try connection.run("PRAGMA user_version = \(migrations.count)")
    }
}
