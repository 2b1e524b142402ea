import CSQLite

/// The database's tables, and how an older database becomes the present one.
enum Schema {
    /// Marks the file as ours ("dyna").
    static let applicationID: Int64 = 0x6479_6e61

    /// Step `i` makes version `i + 1` of version `i`; steps are never changed once released.
    ///
    /// Version 1: records lie under the upper half of their key's hash, so that a partition is a
    /// contiguous run of rows; of keys that share it all but one lie in `collisions`.
    ///
    /// Version 2: hints, one row per key with its targets in it; `hintTargets` finds the keys of a
    /// target.
    ///
    /// Version 3: Merkle trees, and their changes since they were written last. Records that were
    /// written before are filed in no tree until they are written again.
    ///
    /// Version 4: from when on records are dead. Those that were deleted before are not found until
    /// they are written again.
    static let migrations = [
        """
        CREATE TABLE records (hash INTEGER PRIMARY KEY, row BLOB NOT NULL);
        CREATE TABLE collisions (key BLOB PRIMARY KEY, row BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE facts (name BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE buckets (name BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        """,
        """
        CREATE TABLE hints (key BLOB PRIMARY KEY, row BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE hintTargets (target INTEGER, key BLOB, PRIMARY KEY (target, key))
            WITHOUT ROWID;
        """,
        """
        CREATE TABLE trees (number INTEGER PRIMARY KEY, row BLOB NOT NULL);
        CREATE TABLE treeLog (number INTEGER PRIMARY KEY, row BLOB NOT NULL);
        """,
        """
        CREATE TABLE deaths (time INTEGER, hash INTEGER, PRIMARY KEY (time, hash)) WITHOUT ROWID;
        """,
    ]

    /// The version that brought the trees.
    static let treeVersion = 3

    /// The version of the database, 0 for one without content; nothing is changed.
    static func version(
        of connection: Connection, path: String, known: Int
    ) throws(StoreError) -> Int {
        let (identity, version, tables) = try opening(path) { () throws(SQLiteError) in
            (
                try connection.number("PRAGMA application_id"),
                try connection.number("PRAGMA user_version"),
                try connection.number("SELECT count(*) FROM sqlite_schema")
            )
        }
        guard identity == applicationID || (identity == 0 && version == 0 && tables == 0) else {
            throw .foreign(path: path)
        }
        guard version >= 0, version <= known else {
            throw .newerSchema(path: path, found: Int32(clamping: version), known: Int32(known))
        }
        return Int(version)
    }

    /// Brings the database to the present version, inside the caller's transaction.
    static func migrate(
        _ connection: Connection, from version: Int, by steps: [String]
    ) throws(SQLiteError) {
        for step in steps[version...] {
            try connection.run(step)
        }
        try connection.run("PRAGMA application_id = \(applicationID)")
        try connection.run("PRAGMA user_version = \(steps.count)")
    }

    /// The definition and root page of every table, to be compared with what was stored.
    ///
    /// SQLite believes its schema: a flipped letter in a column's type, or another root page, would
    /// make every key look absent.
    static func fingerprint(_ connection: Connection) throws(SQLiteError) -> [UInt8] {
        try connection.bytes(
            """
            SELECT group_concat(rootpage || ' ' || sql, ';')
            FROM (SELECT rootpage, sql FROM sqlite_schema ORDER BY rowid)
            """)
    }
}
