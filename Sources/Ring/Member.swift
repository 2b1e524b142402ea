import Primitives

/// One member of a cluster as placement and routing see it: a name, a zone and addresses.
///
/// The *name* is chosen by the operator and is the key of placement; which data it stands for at
/// the moment is told by a `NodeID` that lives in the node's database.
package struct Member: Hashable, Sendable {
    /// The name, unique in the cluster.
    package let name: String
    /// The failure domain; members of one zone are expected to fail together.
    package let zone: String
    /// Where clients connect, as `host:port`.
    package let client: String
    /// Where other nodes connect, as `host:port`.
    package let peer: String
    /// Where health is served over HTTP, as `host:port`.
    package let http: String

    /// A member with its addresses.
    package init(name: String, zone: String, client: String, peer: String, http: String) {
        self.name = name
        self.zone = zone
        self.client = client
        self.peer = peer
        self.http = http
    }
}

/// The place of a member in the cluster's member table.
///
/// A member keeps its index for as long as it is a member; the index of a removed member is not
/// given to another. It stands for the member wherever a name would be too slow to compare.
package struct MemberIndex: Hashable, Comparable, Sendable {
    /// The position in the table.
    package let raw: UInt16

    /// Wraps a position.
    package init(_ raw: UInt16) {
        self.raw = raw
    }

    /// Orders by position.
    package static func < (left: MemberIndex, right: MemberIndex) -> Bool {
        left.raw < right.raw
    }
}
