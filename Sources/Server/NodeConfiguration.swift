import Foundation
import Ring
import Transport

/// One member of a ring as it stands in a configuration file.
package struct PeerConfiguration: Codable, Hashable, Sendable {
    /// The member's name.
    package var name: String
    /// Its zone.
    package var zone: String
    /// Where clients connect, `host:port`.
    package var client: String
    /// Where other nodes connect, `host:port`.
    package var peer: String
    /// Where health is served, `host:port`.
    package var http: String

    /// A member.
    package init(name: String, zone: String, client: String, peer: String, http: String) {
        self.name = name
        self.zone = zone
        self.client = client
        self.peer = peer
        self.http = http
    }
}

/// What a node is told when it starts: who it is, where its data is, and who the others are.
///
/// As a file it is one JSON object with these names.
package struct NodeConfiguration: Codable, Hashable, Sendable {
    /// The cluster's name; nodes of different clusters refuse each other.
    package var cluster: String
    /// This node's name.
    package var name: String
    /// This node's zone.
    package var zone: String
    /// The directory of its database, its lock and its log.
    package var data: String
    /// Where clients connect, `host:port`.
    package var client: String
    /// Where other nodes connect, `host:port`.
    package var peer: String
    /// Where health is served, `host:port`.
    package var http: String
    /// All members, this node among them.
    package var peers: [PeerConfiguration]
    /// In how many copies a bucket keeps its keys where it does not say.
    package var n: Int
    /// The number of partitions, a power of two; fixed for the life of the cluster.
    package var partitions: Int
    /// Whether clients may have messages to other nodes held back, to measure how stale reads
    /// become; not where it is not said.
    package var allowInjectedDelays: Bool?

    /// What a node is told.
    package init(
        cluster: String, member: PeerConfiguration, data: String, peers: [PeerConfiguration],
        sizes: (n: Int, partitions: Int)
    ) {
        self.cluster = cluster
        name = member.name
        zone = member.zone
        self.data = data
        client = member.client
        peer = member.peer
        http = member.http
        self.peers = peers
        n = sizes.n
        partitions = sizes.partitions
    }

    /// Reads a configuration file.
    package static func read(from path: String) throws(ServerError) -> NodeConfiguration {
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            return try JSONDecoder().decode(NodeConfiguration.self, from: data)
        } catch let error as DecodingError {
            throw .badConfiguration(path: path, reason: NodeConfiguration.describe(error))
        } catch {
            throw .io("cannot read \(path): \(error.localizedDescription)")
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "field '\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "field '\(context.codingPath.map(\.stringValue).joined(separator: "."))': "
                + context.debugDescription
        case .dataCorrupted(let context): context.debugDescription
        @unknown default: "\(error)"
        }
    }

    var members: [Member] {
        peers.map {
            Member(name: $0.name, zone: $0.zone, client: $0.client, peer: $0.peer, http: $0.http)
        }
    }

    func endpoints() throws(ServerError) -> (client: Endpoint, peer: Endpoint, http: Endpoint) {
        (
            try endpoint("client", client), try endpoint("peer", peer),
            try endpoint("http", http)
        )
    }

    func endpoint(_ field: String, _ text: String) throws(ServerError) -> Endpoint {
        guard let endpoint = Endpoint(text) else {
            throw .badConfiguration(
                path: "configuration of \(name)",
                reason: "\(field) '\(text)' is not host:port")
        }
        return endpoint
    }
}
