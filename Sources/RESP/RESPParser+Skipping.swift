/// A command that was skipped, because one of its arguments or all of it exceeded a limit.
package struct RESPOversized: Hashable, Sendable {
    /// The command's name in upper case; nil where the name itself was skipped.
    package internal(set) var name: String?
    /// The length of the longest argument, in bytes.
    package internal(set) var largestArgumentBytes = 0
    /// The length of the whole command, framing included, in bytes.
    package internal(set) var commandBytes = 0
}

/// Skipping: nothing of such a command is kept but its name and its sizes, and at no time more
/// than an unfinished header is left with the caller. Skipping starts at the first argument that
/// does not fit and includes all that follow; those before are dropped.
extension RESPParser {
    /// Drops what has arrived up to and including the header of the argument that does not fit.
    mutating func startSkipping(_ header: BulkHeader, _ bytes: UnsafeRawBufferPointer) -> Step {
        skipped = RESPOversized()
        skipped.commandBytes = header.end
        skipped.largestArgumentBytes = header.count
        for range in ranges {
            skipped.largestArgumentBytes = max(skipped.largestArgumentBytes, Int(range.count))
        }
        if let name = ranges.first {
            let start = Int(name.start)
            skipped.name = RESPCommand.name(of: bytes[start..<start + Int(name.count)])
        }
        ranges.removeAll(keepingCapacity: false)
        phase = .skipping
        payload = header.count
        return .consume(header.end)
    }

    /// Drops what has arrived; the frame now starts at the first byte that was not dropped.
    mutating func skip(_ bytes: UnsafeRawBufferPointer) throws(RESPError) -> Step {
        var offset = 0
        while missing > 0 {
            guard try skipArgument(bytes, &offset) else {
                skipped.commandBytes += offset
                return offset > 0 ? .consume(offset) : .incomplete
            }
            missing -= 1
        }
        skipped.commandBytes += offset
        return finish(.oversized(skipped, consumed: offset))
    }

    /// Moves `offset` over as much of the current argument as is there; true at its end.
    private mutating func skipArgument(
        _ bytes: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(RESPError) -> Bool {
        if payload == nil {
            guard let header = try readBulkHeader(bytes, at: offset) else { return false }
            offset = header.end
            payload = header.count
            skipped.largestArgumentBytes = max(skipped.largestArgumentBytes, header.count)
        }
        let count = payload ?? 0
        let available = min(count, bytes.count - offset)
        offset += available
        payload = count - available
        guard bytes.count - offset >= 2 else { return false }
        guard RESPHeader.isLineEnd(bytes, at: offset) else { throw .unterminatedBulk }
        offset += 2
        payload = nil
        return true
    }
}
