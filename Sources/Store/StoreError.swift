import CSQLite

/// Why a database cannot be opened.
///
/// What fails later is a `StoreFailure` in a reply.
package enum StoreError: Error, Hashable, Sendable {
    /// SQLite reported an error.
    case sqlite(path: String, code: Int32, message: String)
    /// The file is a database of another program.
    case foreign(path: String)
    /// The database was written by a newer version of the program.
    case newerSchema(path: String, found: Int32, known: Int32)
    /// One of the database's own facts cannot be read.
    case unreadableFact(path: String, name: String)
    /// Another process has the database open.
    case inUse(path: String)
}

extension StoreError: CustomStringConvertible {
    /// What happened, to which file, and what to do.
    package var description: String {
        switch self {
        case .sqlite(let path, let code, let message):
            "cannot open \(path): \(message) (SQLite error \(code)); check the file system, or "
                + "move the directory away and start the node empty: the other replicas have "
                + "its data"
        case .foreign(let path):
            "\(path) is not a dyna database: name another directory"
        case .newerSchema(let path, let found, let known):
            "\(path) has schema version \(found), and this program knows \(known): start a newer "
                + "version of it; the file was not changed"
        case .unreadableFact(let path, let name):
            "the fact '\(name)' in \(path) is damaged, and without it writes could be lost: move "
                + "the directory away and start the node empty: the other replicas have its data"
        case .inUse(let path):
            "another process has \(path) open: stop it first"
        }
    }
}
