import CSQLite
import Glibc

/// A failed call to SQLite: its extended result code, the system's error number and the message.
struct SQLiteError: Error {
    /// A write to a file failed (`SQLITE_IOERR_WRITE`, whose macro Swift does not see).
    static let writeFailed: Int32 = SQLITE_IOERR | 3 << 8

    let code: Int32
    let systemError: Int32
    let message: String

    /// The code without its extension.
    var primaryCode: Int32 { code & 0xff }

    /// Whether the disk, the user's quota, or the database's own limit is full.
    ///
    /// A sync that fails for want of space is not among these: what it left on disk is unknown.
    var isFull: Bool {
        let isOutOfSpace = systemError == ENOSPC || systemError == EDQUOT
        return primaryCode == SQLITE_FULL || (code == SQLiteError.writeFailed && isOutOfSpace)
    }

    /// Whether the file's structure is damaged where it was read.
    var isCorrupt: Bool {
        primaryCode == SQLITE_CORRUPT || primaryCode == SQLITE_NOTADB
    }

    /// What happened, for the reason of a failure.
    var summary: String { "\(message) (SQLite error \(code))" }
}

/// One connection to a database, confined to a thread.
final class Connection {
    private var handle: OpaquePointer?
    private var statements: [Statement] = []
    /// How many pages the write-ahead log has, as of the last commit.
    private(set) var logPages: Int32 = 0

    init(path: String, vfs: String?) throws(SQLiteError) {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &handle, flags, vfs)
        guard code == SQLITE_OK else { throw failure(code) }
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, 0)
        csqlite_checkpoint_on_close(handle, 0)
        watchLog()
    }

    deinit {
        close(checkpointing: false)
    }

    /// Ends all statements and gives the file's lock back; with a checkpoint the log is emptied and
    /// removed as well.
    func close(checkpointing: Bool) {
        guard handle != nil else { return }
        for statement in statements {
            statement.finalize()
        }
        statements = []
        csqlite_checkpoint_on_close(handle, checkpointing ? 1 : 0)
        sqlite3_close_v2(handle)
        handle = nil
    }

    /// Runs statements that return nothing of interest.
    func run(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// A statement for many uses; the connection ends it when it closes.
    func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        let statement = try compile(sql, flags: UInt32(SQLITE_PREPARE_PERSISTENT))
        statements.append(statement)
        return statement
    }

    /// The number in the first column of a query's first row.
    func number(_ sql: String) throws(SQLiteError) -> Int64 {
        try compile(sql, flags: 0).number()
    }

    /// The bytes in the first column of a query's first row, empty where there is none.
    func bytes(_ sql: String) throws(SQLiteError) -> [UInt8] {
        try compile(sql, flags: 0).bytes() ?? []
    }

    /// The first bytes of a record's row without the rest, empty where they cannot be read.
    func head(ofRecord rowid: Int64, bytesMax: Int) -> [UInt8] {
        var blob: OpaquePointer?
        guard sqlite3_blob_open(handle, "main", "records", "row", rowid, 0, &blob) == SQLITE_OK
        else { return [] }
        defer { sqlite3_blob_close(blob) }
        let count = min(Int(sqlite3_blob_bytes(blob)), bytesMax)
        var head = [UInt8](repeating: 0, count: count)
        return sqlite3_blob_read(blob, &head, Int32(count), 0) == SQLITE_OK ? head : []
    }

    private func compile(_ sql: String, flags: UInt32) throws(SQLiteError) -> Statement {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, flags, &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(code) }
        return Statement(statement, connection: self)
    }

    /// Moves pages from the log into the database as far as nothing stands in the way.
    func checkpoint() throws(SQLiteError) {
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        guard code == SQLITE_OK || code & 0xff == SQLITE_BUSY else { throw failure(code) }
    }

    /// Moves all pages from the log into the database and empties the log.
    func emptyLog() throws(SQLiteError) {
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// Takes the place of SQLite's automatic checkpoints; `PRAGMA wal_autocheckpoint`, whatever its
    /// value, would remove the hook again.
    private func watchLog() {
        let target = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            handle,
            { target, _, _, pages in
                guard let target else { return SQLITE_OK }
                Unmanaged<Connection>.fromOpaque(target).takeUnretainedValue().logPages = pages
                return SQLITE_OK
            }, target)
    }

    /// What SQLite says about the call that just failed.
    func failure(_ code: Int32) -> SQLiteError {
        guard handle != nil else {
            return SQLiteError(code: code, systemError: 0, message: "the database is closed")
        }
        let extended = sqlite3_extended_errcode(handle)
        let message = sqlite3_errmsg(handle).map { String(cString: $0) }
        return SQLiteError(
            code: extended & 0xff == code & 0xff ? extended : code,
            systemError: sqlite3_system_errno(handle), message: message ?? "out of memory")
    }
}
