import Primitives

/// Parses what clients send: arrays of bulk strings, and inline commands.
///
/// After the protocol specification of Redis and the behaviour of its `networking.c`. Stricter in
/// one point: a bulk must be followed by CR LF, where Redis skips any two bytes, so that a client
/// that counts wrong hears of it. Kinder in two: an argument or a command above the limits is
/// skipped and reported instead of closing the connection, and a NUL in an inline command is a
/// byte like any other, where Redis drops the rest of the line.
///
/// The parser holds no input. The caller keeps all bytes from the start of the current frame and
/// hands them over again when more have arrived; what was looked at is remembered, so that the
/// total work is linear however the input is cut into pieces. After `.incomplete` the caller holds
/// at most `commandBytesMax` or `inlineBytesMax` bytes, whichever is more, and an unfinished
/// header of 22. Nothing is allocated for what a length claims before the bytes are there; a
/// command's table of arguments takes eight bytes for each argument that has arrived.
package struct RESPParser: Sendable {
    /// What the caller has to do next.
    package enum Step: Equatable, Sendable {
        /// Nothing until more bytes have arrived; keep those handed over.
        case incomplete
        /// Drop `consumed` bytes and execute the command.
        case command(RESPCommand, consumed: Int)
        /// Drop this many bytes, at least one, and call again with the rest.
        case consume(Int)
        /// Drop `consumed` bytes and answer an error in place of the skipped command.
        case oversized(RESPOversized, consumed: Int)
    }

    enum Phase {
        /// Between two frames.
        case start
        /// Within an inline command.
        case inline
        /// Within an array that is going to be delivered.
        case arguments
        /// Within an array that is dropped as it arrives.
        case skipping
        /// After an error.
        case failed(RESPError)
    }

    let limits: RESPLimits
    var phase = Phase.start
    /// The offset of the first byte that was not looked at, from the start of the frame.
    var cursor = 0
    /// How many arguments are still to come, the current one included.
    var missing = 0
    /// How many bytes of the current argument are still to come; nil before its header is read.
    var payload: Int?
    /// The arguments that have arrived.
    var ranges: [ByteRange] = []
    /// What is known about the command that is being skipped.
    var skipped = RESPOversized()

    /// A parser at the start of a connection.
    package init(limits: RESPLimits = RESPLimits()) {
        self.limits = limits
    }

    /// Looks at all unconsumed bytes, which start where the current frame starts.
    ///
    /// Throws what breaks the protocol, and throws it again at every later call.
    package mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(RESPError) -> Step {
        do throws(RESPError) {
            return try step(bytes)
        } catch {
            phase = .failed(error)
            throw error
        }
    }

    private mutating func step(_ bytes: UnsafeRawBufferPointer) throws(RESPError) -> Step {
        switch phase {
        case .start:
            guard let first = bytes.first else { return .incomplete }
            if first == ASCII.asterisk {
                return try startArray(bytes)
            }
            phase = .inline
            return try scanLine(bytes)
        case .inline: return try scanLine(bytes)
        case .arguments: return try collect(bytes)
        case .skipping: return try skip(bytes)
        case .failed(let error): throw error
        }
    }

    private mutating func startArray(_ bytes: UnsafeRawBufferPointer) throws(RESPError) -> Step {
        switch RESPHeader.read(bytes, at: 1) {
        case .incomplete: return .incomplete
        case .malformed: throw .invalidMultibulkLength
        case .number(let count, let end):
            guard count <= limits.argumentsMax else { throw .invalidMultibulkLength }
            guard count > 0 else { return .consume(end) }
            phase = .arguments
            cursor = end
            missing = count
            return try collect(bytes)
        }
    }

    private mutating func collect(_ bytes: UnsafeRawBufferPointer) throws(RESPError) -> Step {
        while missing > 0 {
            if payload == nil {
                guard let header = try readBulkHeader(bytes, at: cursor) else { return .incomplete }
                guard fits(header) else { return startSkipping(header, bytes) }
                cursor = header.end
                payload = header.count
            }
            let count = payload ?? 0
            guard bytes.count - cursor >= count + 2 else { return .incomplete }
            let end = cursor + count
            guard RESPHeader.isLineEnd(bytes, at: end) else { throw .unterminatedBulk }
            ranges.append(ByteRange(start: cursor, count: count))
            cursor = end + 2
            payload = nil
            missing -= 1
        }
        let frame = UnsafeRawBufferPointer(rebasing: bytes[..<cursor])
        return finish(.command(RESPCommand(frame: frame, ranges: ranges), consumed: cursor))
    }

    private func fits(_ header: BulkHeader) -> Bool {
        header.count <= limits.bulkBytesMax
            && header.end + header.count + 2 <= limits.commandBytesMax
    }

    /// The length of a bulk and the offset behind its header.
    typealias BulkHeader = (count: Int, end: Int)

    /// Reads the header of an argument; nil where it is incomplete.
    @inline(__always)
    func readBulkHeader(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) throws(RESPError) -> BulkHeader? {
        guard offset < bytes.count else { return nil }
        guard bytes[offset] == ASCII.dollar else { throw .expectedBulk(found: bytes[offset]) }
        switch RESPHeader.read(bytes, at: offset + 1) {
        case .incomplete: return nil
        case .malformed: throw .invalidBulkLength
        case .number(let count, let end):
            guard count >= 0, count <= max(limits.skippedBulkBytesMax, limits.bulkBytesMax) else {
                throw .invalidBulkLength
            }
            return (count, end)
        }
    }

    /// Returns to the state between two frames; a large table of arguments is given back.
    mutating func finish(_ step: Step) -> Step {
        phase = .start
        cursor = 0
        ranges.removeAll(keepingCapacity: ranges.capacity <= 1024)
        return step
    }
}
