/// One of the versions of a key that do not know of each other.
public struct Sibling: Hashable, Sendable {
    /// The bytes as they were written.
    public let value: [UInt8]
    /// When it was written, in milliseconds since 1970; for display, not for causality.
    public let timestamp: Int64
    /// The name of the write that made it.
    public let dot: String
    /// When it expires, in milliseconds since 1970; nil if it does not.
    public let expires: Int64?

    /// A sibling with its parts.
    public init(value: [UInt8], timestamp: Int64, dot: String, expires: Int64? = nil) {
        self.value = value
        self.timestamp = timestamp
        self.dot = dot
        self.expires = expires
    }
}

/// What a read found.
public struct GetResult: Hashable, Sendable {
    /// What a write has to bring to replace all that was read; nil if the key was never written.
    public let context: String?
    /// The present values, in no promised order; none if the key is absent or deleted.
    public let siblings: [Sibling]
    /// How many replicas had answered; nil if the node did not say.
    public let answers: Int?
    /// How many had to; nil if the node did not say.
    public let required: Int?

    /// The sibling with the greatest timestamp, by dot among equals; nil if there is none.
    public var newest: Sibling? {
        siblings.max { ($0.timestamp, $0.dot) < ($1.timestamp, $1.dot) }
    }
}

/// What a write did.
public struct PutResult: Hashable, Sendable {
    /// A context for the next write; nil if the key has siblings this client has not seen.
    public let context: String?
    /// How many replicas had stored it durably when the node answered.
    public let acks: Int
    /// How many had to.
    public let required: Int
    /// The names of the nodes that had stored it.
    public let replicas: [String]
    /// How many siblings the key has now.
    public let siblings: Int
}
