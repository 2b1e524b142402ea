import Causality
import Primitives

/// What one write brought: a value or a tombstone, with its timestamp and operation id.
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
    /// Versions of one operation are one write, however often it was retried.
    package let operation: Bytes

    /// One version of a record.
    package init(content: Content, timestamp: HybridTimestamp, operation: Bytes = []) {
        self.content = content
        self.timestamp = timestamp
        self.operation = operation
    }

    /// The value's bytes; nil for a tombstone.
    package var value: Bytes? {
        if case .value(let bytes) = content { return bytes }
        return nil
    }
}
