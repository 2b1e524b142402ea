import Foundation

/// An exclusive lock on a node's data directory, held for as long as the process lives.
///
/// The kernel lets go of it however the process ends, so that holding it *is* running. The file
/// holds the process id, for messages and for stopping the node.
final class DirectoryLock {
    private let descriptor: Int32

    /// Takes the lock, creating the directory where it is missing.
    init(directory: String) throws(ServerError) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .io("cannot create \(directory): \(error.localizedDescription)")
        }
        let path = directory + "/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .io("cannot open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = try? String(contentsOfFile: path, encoding: .utf8)
            close(descriptor)
            let process = holder.flatMap {
                Int32($0.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            throw .directoryInUse(path: directory, process: process)
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, write(descriptor, text, text.count) == text.count
        else {
            close(descriptor)
            throw .io("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}
