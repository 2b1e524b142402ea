import Primitives
import Replica

/// The first frame on a link: who calls, and from which cluster.
package struct Hello: Hashable, Sendable {
    /// The cluster's name; nodes of different clusters refuse each other.
    package let cluster: String
    /// The caller's name.
    package let name: String
    /// The name of the member it means to call.
    package let target: String
    /// The caller's data, and which start of it this is.
    package let start: NodeStart
    /// The version of the caller's cluster state.
    package let ringVersion: UInt64

    /// A greeting.
    package init(
        cluster: String, name: String, target: String, start: NodeStart, ringVersion: UInt64
    ) {
        self.cluster = cluster
        self.name = name
        self.target = target
        self.start = start
        self.ringVersion = ringVersion
    }

    /// Why a greeting is refused by the node `name` of a cluster; nil where it is welcome.
    package func refusal(cluster: String, name: String, ringVersion: UInt64) -> WireError? {
        guard self.cluster == cluster else { return .wrongCluster(self.cluster) }
        guard target == name else { return .wrongTarget(target) }
        guard self.ringVersion == ringVersion else { return .wrongRing(self.ringVersion) }
        return nil
    }
}

/// Why bytes from a peer are not taken, or a link is not opened.
package enum WireError: Error, Hashable, Sendable {
    /// A frame claims to be longer than any may be.
    case frameTooLarge(bytes: Int)
    /// A frame's checksum is not that of its bytes.
    case badChecksum
    /// The peer speaks a version of the protocol that this node does not know.
    case unknownVersion(UInt8)
    /// A frame's bytes are not a message.
    case malformed(String)
    /// The caller belongs to another cluster.
    case wrongCluster(String)
    /// The caller meant another member.
    case wrongTarget(String)
    /// The caller has another version of the ring.
    case wrongRing(UInt64)
    /// The caller is not a member.
    case notAMember(String)
}

extension WireError: CustomStringConvertible {
    /// What is wrong, for the log.
    package var description: String {
        switch self {
        case .frameTooLarge(let bytes): "a frame of \(bytes) bytes is larger than allowed"
        case .badChecksum: "a frame's checksum does not match its bytes"
        case .unknownVersion(let version): "protocol version \(version) is not known here"
        case .malformed(let what): "a frame's \(what) is malformed"
        case .wrongCluster(let name): "the caller belongs to cluster '\(name)'"
        case .wrongTarget(let name): "the caller meant to reach '\(name)'; check the addresses"
        case .wrongRing(let version): "the caller has version \(version) of the ring"
        case .notAMember(let name): "'\(name)' is not a member of this cluster"
        }
    }
}
