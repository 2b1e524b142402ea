/// What broke the protocol; a parser that threw one stays broken and the connection must be closed.
package enum RESPError: Error, Hashable, Sendable {
    /// A command's argument count is no number or above the limit.
    case invalidMultibulkLength
    /// A bulk's length is no number, negative or above what may be skipped.
    case invalidBulkLength
    /// An argument of a command does not start with `$`; carries the byte found there.
    case expectedBulk(found: UInt8)
    /// A bulk is not followed by CR LF where its length says it ends.
    case unterminatedBulk
    /// An inline command is longer than the limit.
    case inlineTooLong
    /// A quote of an inline command is not closed, or not followed by a blank.
    case unbalancedQuotes
    /// A reply starts with a byte that names no supported type; carries the byte.
    case unknownReplyType(UInt8)
    /// A one-line reply does not end in CR LF, or its text is none of its type.
    case malformedReply
    /// A reply exceeds a limit on its bytes, its elements or the length of a line.
    case replyTooLarge
    /// A reply nests deeper than the limit.
    case replyTooDeep

    /// One line in the words of Redis where it has them, without the leading `ERR`.
    package var message: String {
        switch self {
        case .invalidMultibulkLength: "Protocol error: invalid multibulk length"
        case .invalidBulkLength: "Protocol error: invalid bulk length"
        case .expectedBulk(let byte): "Protocol error: expected '$', got '\(printable(byte))'"
        case .unterminatedBulk: "Protocol error: expected CRLF after bulk"
        case .inlineTooLong: "Protocol error: too big inline request"
        case .unbalancedQuotes: "Protocol error: unbalanced quotes in request"
        case .unknownReplyType(let byte): "Protocol error: unknown reply type '\(printable(byte))'"
        case .malformedReply: "Protocol error: malformed reply"
        case .replyTooLarge: "Protocol error: reply too large"
        case .replyTooDeep: "Protocol error: reply nested too deeply"
        }
    }

    /// A printable ASCII character as itself, any other byte as `\x` and two hexadecimal digits.
    private func printable(_ byte: UInt8) -> String {
        if (0x20...0x7e).contains(byte) {
            return String(UnicodeScalar(byte))
        }
        return "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

extension RESPError: CustomStringConvertible {
    /// The message.
    package var description: String { message }
}
