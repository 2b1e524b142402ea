import CSQLite

/// An open file of SQLite.
final class FileHandle {
    /// Nil for temporary files, to which nothing happens.
    let disk: SimulatedDisk?
    let file: DiskFile
    private let incarnation: Int
    private var lockLevel = SQLITE_LOCK_NONE

    init(disk: SimulatedDisk?, file: DiskFile) {
        self.disk = disk
        self.file = file
        incarnation = disk?.incarnation ?? 0
    }

    /// Whether the process that opened the file lives.
    private var isAlive: Bool {
        guard let disk else { return true }
        return !disk.isDead && disk.incarnation == incarnation
    }

    /// Whether a call comes through; it may be the one that the process dies in.
    private func enters() -> Bool {
        isAlive && disk?.survivesCall() ?? true
    }

    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int32 {
        guard enters() else { return DiskCode.readFailed }
        guard let disk else {
            return file.read(into: target, at: offset) == target.count
                ? SQLITE_OK : DiskCode.shortRead
        }
        return disk.read(file, into: target, at: offset)
    }

    func write(_ source: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
        guard isAlive else { return DiskCode.writeFailed }
        guard let disk else {
            file.write(source, at: offset)
            return SQLITE_OK
        }
        guard disk.survivesCall() else {
            disk.writePart(of: source, to: file, at: offset, .death)
            return DiskCode.writeFailed
        }
        return disk.write(file, source, at: offset)
    }

    func truncate(to size: Int) -> Int32 {
        guard enters() else { return DiskCode.truncateFailed }
        guard let disk else {
            file.truncate(to: size)
            return SQLITE_OK
        }
        return disk.truncate(file, to: size)
    }

    func sync() -> Int32 {
        guard enters() else { return DiskCode.syncFailed }
        return disk?.sync(file) ?? SQLITE_OK
    }

    /// How long the file is; nil where the process is gone.
    func size() -> Int? {
        enters() ? file.size : nil
    }

    func lock(_ level: Int32) -> Int32 {
        guard isAlive else { return DiskCode.lockFailed }
        guard file.locks.raise(ObjectIdentifier(self), from: lockLevel, to: level) else {
            return SQLITE_BUSY
        }
        lockLevel = max(lockLevel, level)
        return SQLITE_OK
    }

    /// A dead process has lost its locks already.
    func unlock(_ level: Int32) {
        guard isAlive else { return }
        file.locks.lower(ObjectIdentifier(self), from: lockLevel, to: level)
        lockLevel = min(lockLevel, level)
    }

    func isReserved() -> Bool? {
        isAlive ? file.locks.isReserved : nil
    }
}

/// What SQLite allocates for an open file: its own part first, then the handle.
struct FileSlot {
    private var base: sqlite3_file
    private var handle: Unmanaged<FileHandle>

    static func fill(_ slot: UnsafeMutablePointer<sqlite3_file>, with handle: FileHandle) {
        UnsafeMutableRawPointer(slot).initializeMemory(
            as: FileSlot.self,
            repeating: FileSlot(
                base: sqlite3_file(pMethods: methods), handle: Unmanaged.passRetained(handle)),
            count: 1)
    }

    private static func handle(_ slot: UnsafeMutablePointer<sqlite3_file>?) -> FileHandle {
        guard let slot else { preconditionFailure("SQLite named no file") }
        return UnsafeMutableRawPointer(slot).assumingMemoryBound(to: FileSlot.self)
            .pointee.handle.takeUnretainedValue()
    }

    private static func close(_ slot: UnsafeMutablePointer<sqlite3_file>?) {
        guard let slot else { return }
        UnsafeMutableRawPointer(slot).assumingMemoryBound(to: FileSlot.self)
            .pointee.handle.release()
        slot.pointee.pMethods = nil
    }

    /// Never freed or changed: all threads share it.
    nonisolated(unsafe) private static let methods: UnsafePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        methods.initialize(to: sqlite3_io_methods())
        methods.pointee.iVersion = 1
        addContentCalls(to: &methods.pointee)
        addOtherCalls(to: &methods.pointee)
        return UnsafePointer(methods)
    }()

    private static func addContentCalls(to methods: inout sqlite3_io_methods) {
        methods.xRead = { slot, bytes, count, offset in
            FileSlot.handle(slot).read(
                into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)),
                at: Int(offset))
        }
        methods.xWrite = { slot, bytes, count, offset in
            FileSlot.handle(slot).write(
                UnsafeRawBufferPointer(start: bytes, count: Int(count)), at: Int(offset))
        }
        methods.xTruncate = { slot, size in FileSlot.handle(slot).truncate(to: Int(size)) }
        methods.xSync = { slot, _ in FileSlot.handle(slot).sync() }
        methods.xFileSize = { slot, result in
            guard let size = FileSlot.handle(slot).size() else { return DiskCode.statusFailed }
            result?.pointee = Int64(size)
            return SQLITE_OK
        }
    }

    private static func addOtherCalls(to methods: inout sqlite3_io_methods) {
        methods.xClose = { slot in
            FileSlot.handle(slot).unlock(SQLITE_LOCK_NONE)
            FileSlot.close(slot)
            return SQLITE_OK
        }
        methods.xLock = { slot, level in FileSlot.handle(slot).lock(level) }
        methods.xUnlock = { slot, level in
            FileSlot.handle(slot).unlock(level)
            return SQLITE_OK
        }
        methods.xCheckReservedLock = { slot, result in
            guard let isReserved = FileSlot.handle(slot).isReserved() else {
                return DiskCode.lockFailed
            }
            result?.pointee = isReserved ? 1 : 0
            return SQLITE_OK
        }
        methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
        methods.xSectorSize = { _ in Int32(Page.size) }
        // What SQLite assumes of a Unix disk: a write leaves the bytes beside it alone.
        methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    }
}
