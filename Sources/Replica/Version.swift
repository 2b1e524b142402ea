import Causality
import Primitives

/// What one write brought: a value or a tombstone, with its timestamp and operation id.
///
/// A value may expire. When it does was decided once, by the coordinator of its put, and is part of
/// what is replicated; nothing but showing a record to a reader depends on the time of day.
package struct Version: Hashable, Sendable {
    /// A value, or the mark that there is none any more.
    package enum Content: Hashable, Sendable {
        /// The bytes of a value; they may be empty.
        case value(Bytes)
        /// The key was deleted.
        case tombstone
    }

    /// The longest operation id, in bytes.
    package static let operationBytesMax = 64

    /// What was written.
    package let content: Content
    /// When the coordinator took the write in; for display and `lastWriteWins` only.
    package let timestamp: HybridTimestamp
    /// The client's name for the operation, empty where it gave none.
    ///
    /// Versions of one operation are one write, however often it was retried; also after it was
    /// overwritten, for as long as a record remembers it.
    package let operation: Bytes
    /// The hybrid time from which on the value is as good as deleted; nil where it stays, as all
    /// tombstones do.
    package let expiry: HybridTimestamp?

    /// One version of a record; a tombstone never expires.
    package init(
        content: Content, timestamp: HybridTimestamp, operation: Bytes = [],
        expiry: HybridTimestamp? = nil
    ) {
        precondition(expiry?.raw != 0, "an expiry lies behind the beginning of time")
        self.content = content
        self.timestamp = timestamp
        self.operation = operation
        self.expiry = content == .tombstone ? nil : expiry
    }

    /// Whether the value is as good as deleted at a hybrid time.
    package func isExpired(at time: HybridTimestamp) -> Bool {
        expiry.map { $0 <= time } ?? false
    }

    /// What a reader is shown at a hybrid time: a tombstone in the place of an expired value.
    package func seen(at time: HybridTimestamp) -> Version {
        guard isExpired(at: time) else { return self }
        return Version(content: .tombstone, timestamp: timestamp, operation: operation)
    }

    /// The value's bytes; nil for a tombstone.
    package var value: Bytes? {
        if case .value(let bytes) = content { return bytes }
        return nil
    }
}
