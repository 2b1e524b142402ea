import CSQLite
import Primitives

/// A failed call to SQLite: its extended result code and message.
struct SQLiteError: Error {
    let code: Int32
    let message: String

    /// The code without its extension.
    var primaryCode: Int32 { code & 0xff }

    /// Whether the disk, or the database's own limit, is full.
    var isFull: Bool {
        primaryCode == SQLITE_FULL
    }

    /// Whether the file's structure is damaged where it was read.
    var isCorrupt: Bool {
        primaryCode == SQLITE_CORRUPT || primaryCode == SQLITE_NOTADB
    }
}

/// One connection to a database, confined to a thread.
final class Connection {
    private var handle: OpaquePointer?

    init(path: String, vfs: String?) throws(SQLiteError) {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &handle, flags, vfs)
        guard code == SQLITE_OK, handle != nil else {
            let error = failure(code)
            sqlite3_close_v2(handle)
            throw error
        }
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, 0)
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    /// Runs statements that return nothing of interest.
    func run(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let code = sqlite3_prepare_v3(handle, sql, -1, flags, &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(code) }
        return Statement(statement, connection: self)
    }

    /// Moves pages from the log into the database as far as nothing stands in the way.
    ///
    /// A failure leaves them in the log, where they are as safe.
    func checkpoint() {
        sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }

    /// How many pages the log has, told after every commit.
    func watchLog(_ pages: UnsafeMutablePointer<Int32>) {
        sqlite3_wal_hook(
            handle,
            { target, _, _, count in
                target?.assumingMemoryBound(to: Int32.self).pointee = count
                return SQLITE_OK
            }, pages)
    }

    func failure(_ code: Int32) -> SQLiteError {
        let extended = handle.map { sqlite3_extended_errcode($0) } ?? code
        let message = handle.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
        return SQLiteError(
            code: extended == SQLITE_OK ? code : extended, message: message ?? "out of memory")
    }
}

/// A prepared statement, reset after every use.
final class Statement {
    private let statement: OpaquePointer
    private unowned let connection: Connection

    fileprivate init(_ statement: OpaquePointer, connection: Connection) {
        self.statement = statement
        self.connection = connection
    }

    deinit {
        sqlite3_finalize(statement)
    }

    func bind(_ index: Int32, _ value: Int64) {
        sqlite3_bind_int64(statement, index, value)
    }

    /// Runs a statement whose last parameter is a run of bytes, which SQLite reads in place.
    func run(last index: Int32, _ bytes: [UInt8]) throws(SQLiteError) {
        let code = bytes.withUnsafeBytes { raw in
            bindInPlace(index, raw)
            return sqlite3_step(statement)
        }
        try finish(code)
    }

    /// Runs a statement with two runs of bytes.
    func run(_ first: [UInt8], _ second: [UInt8]) throws(SQLiteError) {
        let code = first.withUnsafeBytes { firstBytes in
            bindInPlace(1, firstBytes)
            return second.withUnsafeBytes { secondBytes in
                bindInPlace(2, secondBytes)
                return sqlite3_step(statement)
            }
        }
        try finish(code)
    }

    private func bindInPlace(_ index: Int32, _ raw: UnsafeRawBufferPointer) {
        if let base = raw.baseAddress, raw.count > 0 {
            sqlite3_bind_blob64(statement, index, base, UInt64(raw.count), nil)
        } else {
            sqlite3_bind_zeroblob(statement, index, 0)
        }
    }

    private func finish(_ code: Int32) throws(SQLiteError) {
        let failure = code == SQLITE_DONE || code == SQLITE_ROW ? nil : connection.failure(code)
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
        if let failure { throw failure }
    }

    /// The bytes in the first column of the row for a number; nil where there is no row.
    func bytes(for number: Int64) throws(SQLiteError) -> [UInt8]? {
        bind(1, number)
        return try firstColumn()
    }

    /// The bytes in the first column of the row for a run of bytes; nil where there is no row.
    func bytes(for key: [UInt8]) throws(SQLiteError) -> [UInt8]? {
        var result: Result<[UInt8]?, SQLiteError> = .success(nil)
        key.withUnsafeBytes { raw in
            bindInPlace(1, raw)
            do throws(SQLiteError) {
                result = .success(try firstColumn())
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    private func firstColumn() throws(SQLiteError) -> [UInt8]? {
        let code = sqlite3_step(statement)
        let row = code == SQLITE_ROW ? column(0) : nil
        try finish(code)
        return row
    }

    private func column(_ index: Int32) -> [UInt8] {
        guard let base = sqlite3_column_blob(statement, index) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, index))
        return [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    /// All rows, each as the bytes of its first two columns.
    func pairs() throws(SQLiteError) -> [(first: [UInt8], second: [UInt8])] {
        var rows: [(first: [UInt8], second: [UInt8])] = []
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW {
            rows.append((column(0), column(1)))
            code = sqlite3_step(statement)
        }
        try finish(code)
        return rows
    }

    /// The number in the first column of the first row.
    func number() throws(SQLiteError) -> Int64 {
        let code = sqlite3_step(statement)
        let value = sqlite3_column_int64(statement, 0)
        try finish(code)
        return value
    }
}
