import CSQLite
import Primitives

/// Why a database cannot be opened.
///
/// What fails later is a `StoreFailure` in a reply.
package enum StoreError: Error, Hashable, Sendable {
    /// SQLite reported an error.
    case sqlite(path: String, code: Int32, message: String)
    /// The file is not a database, or one of another program.
    case foreign(path: String)
    /// The database was written by a newer version of the program.
    case newerSchema(path: String, found: Int32, known: Int32)
    /// One of the database's own facts is damaged or missing.
    case unreadableFact(path: String, name: String)
    /// The database is an old copy: a member of the cluster knew a later start of it.
    case staleCopy(path: String, known: UInt64)
    /// Other data took the place of this one, and counted in quorums.
    case replaced(path: String, by: NodeID)
    /// Another process has the database open.
    case inUse(path: String)
    /// The disk is full: a start cannot be recorded, so no run can begin.
    case full(path: String)
    /// The file system cannot keep a write-ahead log.
    case noLog(path: String, mode: String)
}

extension StoreError {
    /// What a failed call to SQLite means for whoever opens the database.
    init(_ error: SQLiteError, path: String) {
        switch error.primaryCode {
        case SQLITE_BUSY, SQLITE_LOCKED: self = .inUse(path: path)
        case SQLITE_NOTADB: self = .foreign(path: path)
        default:
            self =
                error.isFull
                ? .full(path: path)
                : .sqlite(path: path, code: error.code, message: error.message)
        }
    }
}

/// Carries out a step of opening a database, where every failed call is a reason not to open it.
func opening<Value>(
    _ path: String, _ body: () throws(SQLiteError) -> Value
) throws(StoreError) -> Value {
    do throws(SQLiteError) {
        return try body()
    } catch {
        throw StoreError(error, path: path)
    }
}

extension StoreError: CustomStringConvertible {
    private static let remedy =
        "move the directory away and start the node empty: the other replicas have its data"

    /// What happened, to which file, and what to do.
    package var description: String {
        switch self {
        case .sqlite(let path, let code, let message):
            "cannot open \(path): \(message) (SQLite error \(code)); check the file system, or "
                + StoreError.remedy
        case .foreign(let path):
            "\(path) is not a dyna database, or its first page is damaged: name another directory, "
                + "or \(StoreError.remedy)"
        case .newerSchema(let path, let found, let known):
            "\(path) has schema version \(found), and this program knows \(known): start a newer "
                + "version of it; the file was not changed"
        case .unreadableFact(let path, let name):
            "the fact '\(name)' in \(path) is damaged or missing, and without it writes could be "
                + "lost: \(StoreError.remedy)"
        case .staleCopy(let path, let known):
            "\(path) is an old copy: a member knew start \(known) of this data, and refused it. "
                + "Writes made since would be lost and deleted values could come back: remove "
                + "the directory and start the node empty, or put the newer copy in its place"
        case .replaced(let path, let node):
            "\(path) was replaced: a member knew that data of the identity \(node) took its place "
                + "and counts, and refused this. Deleted values could come back: put the present "
                + "data back, or remove the directory and start the node empty"
        case .inUse(let path):
            "another process has \(path) open: stop it first"
        case .full(let path):
            "the disk of \(path) is full, and a start must be recorded: free some space"
        case .noLog(let path, let mode):
            "\(path) cannot use a write-ahead log (journal mode is \(mode)): put it on a local "
                + "file system"
        }
    }
}
