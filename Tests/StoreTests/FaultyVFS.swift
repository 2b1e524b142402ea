import CSQLite
import Synchronization

/// SQLite's own file system, whose writes and syncs fail on demand.
///
/// One suite uses it at a time: what fails is global, as C callbacks carry no state.
enum FaultyVFS {
    static let name = "faulty"

    /// What fails, and how.
    struct Plan {
        /// How many writes still succeed; nil for all.
        var writesLeft: Int?
        /// What a failing write answers.
        var writeCode = SQLITE_FULL
        /// Whether syncs fail.
        var isSyncFailing = false
        /// How many syncs failed.
        var failedSyncs = 0
        /// How many syncs were asked for.
        var syncs = 0
    }

    static let plan = Mutex(Plan())

    /// Makes the file system known to SQLite, once.
    static let register: Void = {
        guard let base = sqlite3_vfs_find(nil) else { fatalError("SQLite has no file system") }
        let faulty = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        faulty.initialize(to: base.pointee)
        faulty.pointee.pNext = nil
        faulty.pointee.zName = name.utf8CString.withUnsafeBufferPointer { characters in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
            if let source = characters.baseAddress {
                copy.initialize(from: source, count: characters.count)
            }
            return UnsafePointer(copy)
        }
        faulty.pointee.xOpen = { _, path, file, flags, outFlags in
            let base = sqlite3_vfs_find(nil)
            let code = base?.pointee.xOpen(base, path, file, flags, outFlags) ?? SQLITE_ERROR
            if code == SQLITE_OK, let file {
                FaultyVFS.intercept(file)
            }
            return code
        }
        sqlite3_vfs_register(faulty, 0)
    }()

    /// SQLite has one table of methods for files with locks and one for those without.
    private struct Methods: @unchecked Sendable {
        var original: UnsafePointer<sqlite3_io_methods>
        var faulty: UnsafeMutablePointer<sqlite3_io_methods>
    }

    private static let tables = Mutex<[Methods]>([])

    /// Any of SQLite's own tables: all write and sync alike.
    private static var original: sqlite3_io_methods? {
        tables.withLock { $0.first?.original.pointee }
    }

    private static func intercept(_ file: UnsafeMutablePointer<sqlite3_file>) {
        guard let own = file.pointee.pMethods else { return }
        let faulty = tables.withLock { tables in
            if let known = tables.first(where: { $0.original == own }) {
                return known
            }
            let copy = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
            copy.initialize(to: own.pointee)
            copy.pointee.xWrite = { file, bytes, count, offset in
                FaultyVFS.failedWrite()
                    ?? FaultyVFS.original?.xWrite(file, bytes, count, offset) ?? SQLITE_ERROR
            }
            copy.pointee.xSync = { file, flags in
                FaultyVFS.failedSync() ?? FaultyVFS.original?.xSync(file, flags) ?? SQLITE_ERROR
            }
            let methods = Methods(original: own, faulty: copy)
            tables.append(methods)
            return methods
        }
        file.pointee.pMethods = UnsafePointer(faulty.faulty)
    }

    private static func failedWrite() -> Int32? {
        plan.withLock { plan in
            guard let left = plan.writesLeft else { return nil }
            guard left <= 0 else {
                plan.writesLeft = left - 1
                return nil
            }
            return plan.writeCode
        }
    }

    private static func failedSync() -> Int32? {
        plan.withLock { plan in
            plan.syncs += 1
            guard plan.isSyncFailing else { return nil }
            plan.failedSyncs += 1
            return SQLITE_IOERR | 4 << 8
        }
    }
}
