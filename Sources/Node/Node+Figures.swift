import Primitives
import Ring
import Staleness

/// What a node tells of itself for metrics: present values, and what it counted since it started.
package struct NodeFigures: Sendable {
    /// How fresh the reads were that it coordinated.
    package let freshness: ReadFreshnessCounts
    /// The delays that it saw as a coordinator, by replica, itself included.
    package let peers: [(name: String, delays: PeerDelays)]
    /// How it sees the members, itself included: up, suspect or down.
    package let members: [(name: String, status: String)]
    /// Commands that its store has not answered.
    package let storeCommands: Int
    /// Requests that wait for an answer.
    package let requests: Int
    /// Whether it serves quorum requests.
    package let isReady: Bool
}

extension Node {
    /// What the node tells for metrics.
    package func figures() -> NodeFigures {
        NodeFigures(
            freshness: freshnessCounts,
            peers: cluster.indices.map { (name($0), delays.members[Int($0.raw)]) },
            members: cluster.indices.map { index in
                (name(index), index == local ? "up" : "\(detector.status(of: index))")
            },
            storeCommands: load.storeCommands, requests: unansweredRequests, isReady: isReady)
    }
}
