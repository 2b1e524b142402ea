/// The bytes that structure the protocol.
enum ASCII {
    static let lineFeed: UInt8 = 0x0a
    static let carriageReturn: UInt8 = 0x0d
    static let zero: UInt8 = 0x30
    static let minus: UInt8 = 0x2d
    static let asterisk: UInt8 = 0x2a
    static let dollar: UInt8 = 0x24
}

/// The number of a header line such as `*3` or `$100`, read from raw memory.
///
/// As strict as Redis: an optional minus, digits without leading zeros, CR LF. A number of more
/// than 18 digits is malformed, so a header is never longer than 22 bytes with its type byte and
/// an unfinished one may be read again from its start at every call.
enum RESPHeader {
    /// The bytes end before the header does.
    case incomplete
    /// What is there is no header, whatever follows.
    case malformed
    /// A number; `end` is the offset behind CR LF.
    case number(Int, end: Int)

    /// Reads the number that starts at `start`, the offset behind the type byte.
    @inline(__always)
    static func read(_ bytes: UnsafeRawBufferPointer, at start: Int) -> RESPHeader {
        var index = start
        let isNegative = index < bytes.count && bytes[index] == ASCII.minus
        if isNegative {
            index += 1
        }
        let firstDigit = index
        var value = 0
        while index < bytes.count, bytes[index] &- ASCII.zero <= 9 {
            guard index - firstDigit < 18 else { return .malformed }
            value = value &* 10 &+ Int(bytes[index] &- ASCII.zero)
            index += 1
        }
        let digits = index - firstDigit
        if digits > 0, bytes[firstDigit] == ASCII.zero, digits > 1 || isNegative {
            return .malformed
        }
        guard index < bytes.count else { return .incomplete }
        guard digits > 0, bytes[index] == ASCII.carriageReturn else { return .malformed }
        guard index + 1 < bytes.count else { return .incomplete }
        guard bytes[index + 1] == ASCII.lineFeed else { return .malformed }
        return .number(isNegative ? -value : value, end: index + 2)
    }

    /// Whether CR LF stands at `offset`; both bytes must be there.
    @inline(__always)
    static func isLineEnd(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        bytes[offset] == ASCII.carriageReturn && bytes[offset + 1] == ASCII.lineFeed
    }
}
