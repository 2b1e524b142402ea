import Primitives

/// Appends replies and commands to a growing run of bytes.
///
/// What the chosen version of the protocol cannot say is said in its nearest form: RESP2 gets a map
/// as a flat array, a truth value as 0 or 1, a double as text, a push or a set as an array. The
/// caller sends `bytes` and calls `removeAll()`; the memory is kept for the next replies.
package struct RESPWriter: Sendable {
    /// What was written since the last `removeAll()`.
    package private(set) var bytes: [UInt8] = []
    /// The version that replies are written in; commands are the same in both.
    package var version: RESPVersion

    /// A writer with nothing written.
    package init(version: RESPVersion = .two) {
        self.version = version
    }

    /// Forgets what was written; keeps the memory unless it is more than `bytesKept` bytes.
    package mutating func removeAll(keepingAtMost bytesKept: Int = 64 << 10) {
        bytes.removeAll(keepingCapacity: bytes.capacity <= bytesKept)
    }

    /// Makes room for `count` more bytes.
    package mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(bytes.count + count)
    }

    /// Appends what another writer wrote.
    package mutating func append(encoded: [UInt8]) {
        bytes.append(contentsOf: encoded)
    }

    /// Writes one line of text; CR and LF in it become blanks.
    package mutating func simple(_ text: String) {
        line("+", text)
    }

    /// Writes an error, which by convention starts with an upper-case word such as `ERR`.
    ///
    /// CR and LF in the message become blanks.
    package mutating func error(_ message: String) {
        line("-", message)
    }

    /// Writes a number.
    package mutating func integer(_ value: Int64) {
        header(":", value)
    }

    /// Writes a number.
    package mutating func integer(_ value: Int) {
        header(":", Int64(value))
    }

    /// Writes a run of bytes.
    package mutating func bulk(_ value: Bytes) {
        value.withUnsafeBytes { blob("$", $0) }
    }

    /// Writes a text as a run of bytes.
    package mutating func bulk(_ value: String) {
        var text = value
        text.withUTF8 { blob("$", UnsafeRawBufferPointer($0)) }
    }

    /// Writes raw memory as a run of bytes.
    package mutating func bulk(_ value: UnsafeRawBufferPointer) {
        blob("$", value)
    }

    /// Writes that there is nothing.
    package mutating func null() {
        append(version == .two ? "$-1\r\n" : "_\r\n")
    }

    /// Starts an array: `count` values must follow.
    package mutating func arrayHeader(_ count: Int) {
        header("*", Int64(count))
    }

    /// Starts a map: `count` keys must follow, each with its value.
    package mutating func mapHeader(_ count: Int) {
        version == .two ? header("*", Int64(count) * 2) : header("%", Int64(count))
    }

    /// Starts a set: `count` values must follow.
    package mutating func setHeader(_ count: Int) {
        header(version == .two ? "*" : "~", Int64(count))
    }

    /// Starts a push: `count` values must follow.
    package mutating func pushHeader(_ count: Int) {
        header(version == .two ? "*" : ">", Int64(count))
    }

    /// Writes a command as clients send it: an array of runs of bytes, the name first.
    package mutating func command(_ arguments: [Bytes]) {
        arrayHeader(arguments.count)
        for argument in arguments {
            bulk(argument)
        }
    }

    // MARK: - Pieces

    /// Writes a type byte, raw memory with its length before it, CR LF.
    mutating func blob(_ type: Unicode.Scalar, _ value: UnsafeRawBufferPointer) {
        header(type, Int64(value.count))
        bytes.append(contentsOf: value)
        append("\r\n")
    }

    /// Writes a type byte and one line.
    mutating func line(_ type: Unicode.Scalar, _ text: String) {
        bytes.append(UInt8(ascii: type))
        for byte in text.utf8 {
            let breaks = byte == ASCII.carriageReturn || byte == ASCII.lineFeed
            bytes.append(breaks ? 0x20 : byte)
        }
        append("\r\n")
    }

    /// Writes a type byte, the decimal digits of a number, CR LF; 23 bytes at most.
    mutating func header(_ type: Unicode.Scalar, _ value: Int64) {
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { buffer in
            buffer[22] = ASCII.carriageReturn
            buffer[23] = ASCII.lineFeed
            var start = 22
            var rest = value.magnitude
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                start -= 1
                buffer[start] = ASCII.zero + UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest > 0
            if value < 0 {
                start -= 1
                buffer[start] = ASCII.minus
            }
            start -= 1
            buffer[start] = UInt8(ascii: type)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[start...]))
        }
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(
            contentsOf: UnsafeBufferPointer(
                start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
