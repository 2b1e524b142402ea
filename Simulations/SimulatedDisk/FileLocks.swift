import CSQLite

/// SQLite's locks on one file, between connections of one process or of several.
struct FileLocks {
    /// How many hold the shared lock or more.
    private var shared = 0
    /// Who holds the reserved lock or more.
    private var writer: ObjectIdentifier?
    private var isExclusive = false

    /// Whether somebody has reserved the file.
    var isReserved: Bool { writer != nil }

    /// Raises what `holder` has from one level to another; whether that is possible.
    mutating func raise(_ holder: ObjectIdentifier, from level: Int32, to wanted: Int32) -> Bool {
        guard wanted > level else { return true }
        if wanted == SQLITE_LOCK_SHARED {
            guard !isExclusive else { return false }
            shared += 1
            return true
        }
        guard writer == nil || writer == holder else { return false }
        if wanted >= SQLITE_LOCK_PENDING {
            guard shared == 1 else { return false }
            isExclusive = true
        }
        writer = holder
        return true
    }

    /// Lowers what `holder` has.
    mutating func lower(_ holder: ObjectIdentifier, from level: Int32, to wanted: Int32) {
        guard wanted < level else { return }
        if writer == holder {
            writer = nil
            isExclusive = false
        }
        if wanted == SQLITE_LOCK_NONE {
            shared -= 1
        }
    }
}
