import Glibc

/// An exclusive lock on a file, held until the process ends or `release()` is called.
///
/// A node holds one on the file `lock` of its directory for as long as it runs, and has written its
/// process number into it. That is the only sign of life that is believed: a number alone may by
/// now belong to another process.
struct FileLock {
    private let descriptor: Int32

    /// Takes the lock and waits for it if need be, telling so once.
    init(waitingFor path: String, notice: String) throws(Failure) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .inputOutput("\(path): cannot be opened: \(errorText(errno))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        Output.notice(notice)
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw .inputOutput("\(path): cannot be locked: \(errorText(errno))")
            }
        }
    }

    /// Gives the lock back.
    func release() {
        close(descriptor)
    }

    /// Whether another process holds the lock; no if there is no such file.
    ///
    /// The test takes a shared lock for an instant, which would turn away a node that starts just
    /// then: who starts or stops nodes of a ring therefore holds the lock of the ring.
    static func isHeld(_ path: String) throws(Failure) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return false }
            throw .inputOutput("\(path): cannot be opened: \(errorText(errno))")
        }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    /// The process that holds the lock; nil if none does or it has not yet written its number.
    static func holder(_ path: String) throws(Failure) -> pid_t? {
        guard try isHeld(path) else { return nil }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = try FileDescriptors.readAll(from: descriptor, limit: 64)
        let digits = bytes.prefix { (0x30...0x39).contains($0) }
        guard let number = pid_t(String(decoding: digits, as: UTF8.self)), number > 1 else {
            return nil
        }
        return try isHeld(path) ? number : nil
    }
}
