/// The identity of one database: a random 64-bit number drawn when the database is created.
///
/// A member's *name* is what an operator chooses and what placement looks at; the `NodeID` says
/// which data that name stands for at the moment. A node that lost its disk keeps its name and
/// comes back under a new `NodeID`.
package struct NodeID: Hashable, Comparable, Sendable {
    /// The number itself.
    package let raw: UInt64

    /// Wraps a raw 64-bit number.
    package init(_ raw: UInt64) {
        self.raw = raw
    }

    /// Orders identities by their numbers; the order has no meaning beyond being total.
    package static func < (left: NodeID, right: NodeID) -> Bool {
        left.raw < right.raw
    }
}

extension NodeID: CustomStringConvertible {
    /// Sixteen lowercase hexadecimal digits.
    package var description: String {
        String(unsafeUninitializedCapacity: 16) { digits in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: raw >> UInt64(60 - 4 * index)) & 15
                let first = digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10
                digits[index] = first + digit
            }
            return 16
        }
    }
}
