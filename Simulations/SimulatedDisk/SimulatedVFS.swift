import CSQLite
import Glibc

/// The one VFS of all simulated disks; the directory in a path says which disk is meant.
enum SimulatedVFS {
    /// Makes the VFS known to SQLite, once.
    static let register: Void = {
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: sqlite3_vfs())
        vfs.pointee.iVersion = 2
        vfs.pointee.szOsFile = Int32(MemoryLayout<FileSlot>.size)
        vfs.pointee.mxPathname = 1024
        vfs.pointee.zName = UnsafePointer(strdup(SimulatedDisk.vfsName))
        addFileCalls(to: &vfs.pointee)
        addOtherCalls(to: &vfs.pointee)
        let code = sqlite3_vfs_register(vfs, 0)
        precondition(code == SQLITE_OK, "SQLite refuses the simulated file system: \(code)")
    }()

    private static func addFileCalls(to vfs: inout sqlite3_vfs) {
        vfs.xOpen = { _, path, file, flags, outFlags in
            guard let file else { return SQLITE_CANTOPEN }
            file.pointee.pMethods = nil
            return SimulatedVFS.open(path, file, flags, outFlags)
        }
        vfs.xDelete = { _, path, _ in
            guard let (disk, name) = SimulatedVFS.find(path) else { return DiskCode.deleteFailed }
            guard !disk.isDead, disk.survivesCall() else { return DiskCode.deleteFailed }
            guard let place = disk.files.firstIndex(where: { $0.name == name }) else {
                return DiskCode.nothingToDelete
            }
            disk.files.remove(at: place)
            return SQLITE_OK
        }
        vfs.xAccess = { _, path, _, result in
            guard let (disk, name) = SimulatedVFS.find(path) else { return DiskCode.accessFailed }
            guard !disk.isDead, disk.survivesCall() else { return DiskCode.accessFailed }
            // As on Unix: an empty file counts as none.
            let size = disk.file(named: name)?.size ?? 0
            result?.pointee = size > 0 ? 1 : 0
            return SQLITE_OK
        }
        vfs.xFullPathname = { _, path, bytesMax, result in
            guard let path, let result, strlen(path) < Int(bytesMax) else {
                return SQLITE_CANTOPEN
            }
            strcpy(result, path)
            return SQLITE_OK
        }
    }

    private static func addOtherCalls(to vfs: inout sqlite3_vfs) {
        vfs.xRandomness = { _, count, bytes in
            guard let bytes, let ambience = Ambience.current else { return 0 }
            ambience.fill(UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
            return count
        }
        vfs.xSleep = { _, microseconds in microseconds }
        vfs.xGetLastError = { _, _, _ in 0 }
        vfs.xCurrentTimeInt64 = { _, result in
            result?.pointee = SimulatedVFS.julianMilliseconds
            return SQLITE_OK
        }
        vfs.xCurrentTime = { _, result in
            result?.pointee = Double(SimulatedVFS.julianMilliseconds) / 86_400_000
            return SQLITE_OK
        }
    }

    /// SQLite counts from noon of 24 November 4714 BC.
    private static var julianMilliseconds: Int64 {
        210_866_760_000_000 + Int64(clamping: Ambience.current?.wallMilliseconds ?? 0)
    }

    private static func find(
        _ path: UnsafePointer<CChar>?
    ) -> (disk: SimulatedDisk, name: String)? {
        guard let path else { return nil }
        return DiskRegistry.find(String(cString: path))
    }

    private static func open(
        _ path: UnsafePointer<CChar>?, _ slot: UnsafeMutablePointer<sqlite3_file>, _ flags: Int32,
        _ outFlags: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        let handle: FileHandle
        if path == nil {
            // A temporary file, which nobody else can name.
            handle = FileHandle(disk: nil, file: DiskFile(name: ""))
        } else {
            guard let (disk, name) = find(path) else { return SQLITE_CANTOPEN }
            guard !disk.isDead, disk.survivesCall() else { return SQLITE_IOERR }
            guard let file = openFile(name, on: disk, flags) else { return SQLITE_CANTOPEN }
            handle = FileHandle(disk: disk, file: file)
            if flags & SQLITE_OPEN_MAIN_DB != 0 {
                Ambience.current = disk.ambience
            }
        }
        FileSlot.fill(slot, with: handle)
        outFlags?.pointee = flags
        return SQLITE_OK
    }

    private static func openFile(
        _ name: String, on disk: SimulatedDisk, _ flags: Int32
    ) -> DiskFile? {
        if let file = disk.file(named: name) {
            return flags & SQLITE_OPEN_EXCLUSIVE == 0 ? file : nil
        }
        guard flags & SQLITE_OPEN_CREATE != 0 else { return nil }
        let file = DiskFile(name: name)
        disk.add(file)
        return file
    }
}
