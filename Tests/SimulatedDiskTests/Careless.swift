import CSQLite
import SimulatedDisk
import Testing

/// A user of the disk's files that does not heed what they answer.
final class Careless {
    private let file: UnsafeMutablePointer<sqlite3_file>

    /// Creates a file of its own on the disk.
    init(_ disk: SimulatedDisk) throws {
        let vfs = try #require(sqlite3_vfs_find(SimulatedDisk.vfsName))
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: Int(vfs.pointee.szOsFile), alignment: 16)
        file = memory.bindMemory(to: sqlite3_file.self, capacity: 1)
        let path = disk.path + "-careless"
        let code = vfs.pointee.xOpen(
            vfs, path, file, SQLITE_OPEN_CREATE | SQLITE_OPEN_READWRITE, nil)
        try #require(code == SQLITE_OK)
    }

    deinit {
        _ = file.pointee.pMethods?.pointee.xClose(file)
        UnsafeMutableRawPointer(file).deallocate()
    }

    func write(_ byte: UInt8) {
        var byte = byte
        _ = file.pointee.pMethods.pointee.xWrite(file, &byte, 1, 0)
    }

    func sync() -> Bool {
        file.pointee.pMethods.pointee.xSync(file, SQLITE_SYNC_FULL) == SQLITE_OK
    }
}
