/// What a node answered to a raw command.
public enum DynaReply: Hashable, Sendable {
    /// Nothing there.
    case null
    /// A number.
    case integer(Int64)
    /// A status such as `OK`, or a value.
    case bytes([UInt8])
    /// Replies in order.
    case array([DynaReply])
    /// An error inside of an array; an error that is the whole reply is thrown instead.
    case failure(DynaError)

    /// The text of a status or a value that is UTF-8; nil for anything else.
    public var text: String? {
        guard case .bytes(let bytes) = self else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The number, also one that came as text.
    public var integer: Int64? {
        if case .integer(let value) = self { return value }
        return text.flatMap { Int64($0) }
    }

    /// The elements of an array; nil for anything else.
    public var elements: [DynaReply]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}
