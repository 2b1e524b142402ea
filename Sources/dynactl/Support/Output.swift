import Glibc

/// Where results and notices go: results to standard output, notices to standard error.
enum Output {
    /// Whether a person reads standard output.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes a result and a line end.
    static func line(_ text: String) throws(Failure) {
        try write(Array((text + "\n").utf8))
    }

    /// Writes bytes of a result, unchanged.
    ///
    /// A reader that has gone away, as `head` does, is told by the exit status alone.
    static func write(_ bytes: [UInt8]) throws(Failure) {
        let error = FileDescriptors.writeAll(bytes, to: STDOUT_FILENO)
        guard error != 0 else { return }
        throw .inputOutput(
            error == EPIPE ? nil : "cannot write to standard output: \(errorText(error))")
    }

    /// Writes a line for a person; a failure to do so is not worth another.
    static func notice(_ text: String) {
        _ = FileDescriptors.writeAll(Array((text + "\n").utf8), to: STDERR_FILENO)
    }
}

/// Reading and writing whole runs of bytes.
enum FileDescriptors {
    /// Whether a person is at the other end.
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Writes everything; returns 0 or the error number.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[offset...])
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : EIO }
                offset += count
            }
            return 0
        }
    }

    /// Reads to the end, or until there are more than `limit` bytes.
    static func readAll(from descriptor: Int32, limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw .inputOutput("cannot read: \(errorText(errno))")
            }
            guard count > 0 else { break }
            bytes.append(contentsOf: piece[..<count])
        }
        return bytes
    }
}

/// What the system says about an error number.
func errorText(_ number: Int32) -> String {
    String(cString: strerror(number))
}
