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
        let digits = String(raw, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
