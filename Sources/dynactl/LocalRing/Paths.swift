import FoundationEssentials
import Glibc

/// File names and what is done with whole files.
enum Paths {
    /// A path that does not depend on the working directory, without `.` and `..`.
    static func absolute(
        _ path: String, from base: String = FileManager.default.currentDirectoryPath
    ) -> String {
        let whole = path.hasPrefix("/") ? path : base + "/" + path
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The absolute path of the directory a file is in.
    static func directory(of path: String) -> String {
        absolute(absolute(path) + "/..")
    }

    /// Makes a directory and those above it; one that exists is fine.
    static func makeDirectory(_ path: String) throws(Failure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .inputOutput("\(path): cannot be created: \(reason(error))")
        }
    }

    /// The names in a directory, in order; none if it cannot be read.
    static func names(in path: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: path)
        return (names ?? []).sorted()
    }

    /// Whether there is anything under this name.
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// Removes a file or a directory with all that is in it.
    static func remove(_ path: String) throws(Failure) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .inputOutput("\(path): cannot be removed: \(reason(error))")
        }
    }

    /// What a person wants to know of an error of the file system.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? CocoaError else { return "\(error)" }
        if let underlying = error.underlying as? POSIXError {
            return errorText(underlying.code.rawValue)
        }
        switch error.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: return "there is no such file"
        case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
        case .fileWriteOutOfSpace: return "the disk is full"
        default: return "\(error)"
        }
    }
}
