import CSQLite

/// A prepared statement, reset after every use.
///
/// Bytes are bound in place: they are copied neither when they are written nor more than once when
/// they are read.
final class Statement {
    private var statement: OpaquePointer?
    private unowned let connection: Connection

    init(_ statement: OpaquePointer, connection: Connection) {
        self.statement = statement
        self.connection = connection
    }

    deinit {
        finalize()
    }

    /// Ends the statement; whoever uses it afterwards gets an error.
    func finalize() {
        sqlite3_finalize(statement)
        statement = nil
    }

    /// Binds a number, which stays until the statement has run.
    func bind(_ index: Int32, _ value: Int64) {
        sqlite3_bind_int64(statement, index, value)
    }

    /// Runs a statement without further parameters.
    func run() throws(SQLiteError) {
        try finish(sqlite3_step(statement))
    }

    /// Runs a statement whose parameters are numbers.
    func run(_ numbers: [Int64]) throws(SQLiteError) {
        for (index, number) in numbers.enumerated() { bind(Int32(index + 1), number) }
        try run()
    }

    /// All rows for some numbers, each as the numbers in its first two columns.
    func numberPairs(
        for numbers: [Int64]
    ) throws(SQLiteError) -> [(first: Int64, second: Int64)] {
        for (index, number) in numbers.enumerated() { bind(Int32(index + 1), number) }
        var rows: [(first: Int64, second: Int64)] = []
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW {
            rows.append((sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1)))
            code = sqlite3_step(statement)
        }
        try finish(code)
        return rows
    }

    /// Runs a statement whose last parameter is a run of bytes.
    func run(last index: Int32, _ bytes: [UInt8]) throws(SQLiteError) {
        let code = bytes.withUnsafeBytes { raw in
            bindInPlace(index, raw) ?? sqlite3_step(statement)
        }
        try finish(code)
    }

    /// Runs a statement with two runs of bytes.
    func run(_ first: [UInt8], _ second: [UInt8]) throws(SQLiteError) {
        let code = first.withUnsafeBytes { firstBytes in
            second.withUnsafeBytes { secondBytes in
                bindInPlace(1, firstBytes) ?? bindInPlace(2, secondBytes)
                    ?? sqlite3_step(statement)
            }
        }
        try finish(code)
    }

    /// The bytes in the first column of the row for a number; nil where there is no row.
    func bytes(for number: Int64) throws(SQLiteError) -> [UInt8]? {
        bind(1, number)
        return try bytes()
    }

    /// The number and the bytes in the columns of the row for a number; nil where there is no row.
    func row(for number: Int64) throws(SQLiteError) -> (number: Int64, bytes: [UInt8])? {
        bind(1, number)
        let code = sqlite3_step(statement)
        let row = code == SQLITE_ROW ? (sqlite3_column_int64(statement, 0), column(1)) : nil
        try finish(code)
        return row
    }

    /// The bytes in the first column of the row for a run of bytes; nil where there is no row.
    func bytes(for key: [UInt8]) throws(SQLiteError) -> [UInt8]? {
        var row: [UInt8]?
        let code = key.withUnsafeBytes { raw in
            bindInPlace(1, raw) ?? step(into: &row)
        }
        try finish(code)
        return row
    }

    /// The bytes in the first column of the first row; nil where there is no row.
    func bytes() throws(SQLiteError) -> [UInt8]? {
        var row: [UInt8]?
        try finish(step(into: &row))
        return row
    }

    /// The number in the first column of the first row.
    func number() throws(SQLiteError) -> Int64 {
        let code = sqlite3_step(statement)
        let value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0
        try finish(code)
        return value
    }

    /// The number in the first column of the row for a run of bytes; nil where there is no row.
    func number(for key: [UInt8]) throws(SQLiteError) -> Int64? {
        var number: Int64?
        let code = key.withUnsafeBytes { raw in
            if let code = bindInPlace(1, raw) { return code }
            let code = sqlite3_step(statement)
            if code == SQLITE_ROW { number = sqlite3_column_int64(statement, 0) }
            return code
        }
        try finish(code)
        return number
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

    /// Runs a statement with a number and a run of bytes.
    func run(_ number: Int64, _ bytes: [UInt8]) throws(SQLiteError) {
        bind(1, number)
        try run(last: 2, bytes)
    }

    /// Rows for a number and a run of bytes, each as the bytes of its first two columns, as long as
    /// `body` wants more.
    func pairs(
        for number: Int64, _ bytes: [UInt8], while body: ([UInt8], [UInt8]) -> Bool
    ) throws(SQLiteError) {
        bind(1, number)
        let code = bytes.withUnsafeBytes { raw in
            if let code = bindInPlace(2, raw) { return code }
            var code = sqlite3_step(statement)
            while code == SQLITE_ROW, body(column(0), column(1)) {
                code = sqlite3_step(statement)
            }
            return code
        }
        try finish(code)
    }

    /// Rows for a run of bytes, each as the bytes of its first two columns, as long as `body` wants
    /// more.
    func pairs(
        for bytes: [UInt8], while body: ([UInt8], [UInt8]) -> Bool
    ) throws(SQLiteError) {
        let code = bytes.withUnsafeBytes { raw in
            if let code = bindInPlace(1, raw) { return code }
            var code = sqlite3_step(statement)
            while code == SQLITE_ROW, body(column(0), column(1)) {
                code = sqlite3_step(statement)
            }
            return code
        }
        try finish(code)
    }

    /// Rows for a number and a run of bytes, each as number and bytes in its first two columns, as
    /// long as `body` wants more.
    func forEach(
        for number: Int64, _ bytes: [UInt8], _ body: (Int64, [UInt8]) -> Bool
    ) throws(SQLiteError) {
        bind(1, number)
        let code = bytes.withUnsafeBytes { raw in
            if let code = bindInPlace(2, raw) { return code }
            var code = sqlite3_step(statement)
            while code == SQLITE_ROW, body(sqlite3_column_int64(statement, 0), column(1)) {
                code = sqlite3_step(statement)
            }
            return code
        }
        try finish(code)
    }

    /// Hands over all rows, each as number and bytes in its first two columns, until told to stop.
    func forEach(_ body: (Int64, [UInt8]) -> Bool) throws(SQLiteError) {
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW, body(sqlite3_column_int64(statement, 0), column(1)) {
            code = sqlite3_step(statement)
        }
        try finish(code)
    }

    /// Nil where it worked, the error's code where it did not.
    private func bindInPlace(_ index: Int32, _ raw: UnsafeRawBufferPointer) -> Int32? {
        let code: Int32
        if let base = raw.baseAddress, raw.count > 0 {
            code = sqlite3_bind_blob64(statement, index, base, UInt64(raw.count), nil)
        } else {
            code = sqlite3_bind_zeroblob(statement, index, 0)
        }
        return code == SQLITE_OK ? nil : code
    }

    private func step(into row: inout [UInt8]?) -> Int32 {
        let code = sqlite3_step(statement)
        if code == SQLITE_ROW {
            row = column(0)
        }
        return code
    }

    private func column(_ index: Int32) -> [UInt8] {
        guard let base = sqlite3_column_blob(statement, index) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, index))
        return [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    private func finish(_ code: Int32) throws(SQLiteError) {
        let failure = code == SQLITE_DONE || code == SQLITE_ROW ? nil : connection.failure(code)
        if let statement {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        if let failure { throw failure }
    }
}
