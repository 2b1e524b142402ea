import Primitives
import Replica
import Ring
import Wire

/// What happens on the links between nodes.
package enum PeerEvent {
    /// The link to a member is open.
    case connected(MemberIndex)
    /// The link to a member broke.
    case disconnected(MemberIndex)
    /// A member opened its link to this node.
    case greeted(MemberIndex, NodeStart)
    /// A message came from a member.
    case message(MemberIndex, Envelope)
    /// A request could not be handed to its link.
    case undelivered(MemberIndex, request: UInt64)
    /// A member refused this node's greeting, and why.
    case refused(MemberIndex, String)
    /// What is sent to a member is held back, or not any more: a sentence.
    case delayInjected(String, to: MemberIndex)
    /// Bytes or a greeting from an address were refused, and why.
    case rejected(address: String, reason: String)
}

/// Who this node is, for greetings.
package struct PeerIdentity: Sendable {
    /// The cluster's name.
    package let cluster: String
    /// This node's name.
    package let name: String
    /// This start of its data.
    package let start: NodeStart
    /// The version of its cluster state.
    package let ringVersion: UInt64

    /// Who this node is.
    package init(cluster: String, name: String, start: NodeStart, ringVersion: UInt64) {
        self.cluster = cluster
        self.name = name
        self.start = start
        self.ringVersion = ringVersion
    }

    /// The greeting to a member.
    func hello(to target: String) -> Hello {
        Hello(
            cluster: cluster, name: name, target: target, start: start,
            ringVersion: ringVersion)
    }
}
