import DynaClient
import Server

/// What the nodes of a local ring have in common.
struct LocalRing: Equatable {
    /// The most nodes, so that the ports of one kind stay clear of those of the next.
    static let nodesMax = 100
    /// From the client port of a node to its peer port and to its HTTP port.
    static let peerOffset = 100
    static let httpOffset = 200
    /// Partitions of the hash space.
    static let partitions = 256

    /// The name of the cluster.
    let cluster: String
    /// All members, in the order of their names.
    let members: [PeerConfiguration]
    /// Replicas of a key in a bucket that says nothing else.
    let n: Int
    /// Partitions of the hash space.
    let partitions: Int

    /// The ring a configuration belongs to.
    init(_ configuration: NodeConfiguration) {
        cluster = configuration.cluster
        members = configuration.peers
        n = configuration.n
        partitions = configuration.partitions
    }

    /// A new ring with a name of its own, so that no node of another ring is taken for a member.
    init(new shape: RingShape) {
        let nodes = shape.nodes ?? 3
        let port = shape.port ?? 7_401
        let zones = shape.zones ?? 1
        cluster = "local-" + String(UInt32.random(in: 0 ... .max), radix: 16)
        members = (0..<nodes).map { index in
            PeerConfiguration(
                name: "n\(index + 1)", zone: "z\(index % zones + 1)",
                client: "127.0.0.1:\(port + index)",
                peer: "127.0.0.1:\(port + LocalRing.peerOffset + index)",
                http: "127.0.0.1:\(port + LocalRing.httpOffset + index)")
        }
        n = shape.n ?? min(3, nodes)
        partitions = LocalRing.partitions
    }

    /// What to write for one of the members; its data is where the file is.
    func configuration(of member: PeerConfiguration) -> NodeConfiguration {
        var configuration = NodeConfiguration(
            cluster: cluster, member: member, data: ".", peers: members,
            sizes: (n: n, partitions: partitions))
        // Nobody else depends on a ring of one machine: it may be slowed down to measure it.
        let addresses = members.flatMap { [$0.client, $0.peer, $0.http] }
        configuration.allowInjectedDelays = addresses.allSatisfy { $0.hasPrefix("127.") }
        return configuration
    }

    /// The shape, with every field.
    var shape: RingShape {
        RingShape(
            nodes: members.count, port: members.first.flatMap { Endpoint($0.client)?.port },
            n: n, zones: Set(members.map(\.zone)).count)
    }

    static func == (left: LocalRing, right: LocalRing) -> Bool {
        left.cluster == right.cluster && left.n == right.n && left.partitions == right.partitions
            && left.members.map(\.name) == right.members.map(\.name)
    }
}

/// What the flags of `up` say about a ring; nil where they say nothing.
struct RingShape {
    var nodes: Int?
    var port: Int?
    var n: Int?
    var zones: Int?

    /// The first flag that contradicts a stored shape, as a sentence; nil if none does.
    func contradiction(to stored: RingShape) -> String? {
        let pairs = [
            ("--nodes", nodes, stored.nodes), ("--port", port, stored.port),
            ("--n", n, stored.n), ("--zones", zones, stored.zones),
        ]
        for (flag, given, present) in pairs {
            guard let given, let present, given != present else { continue }
            return "\(flag) \(given) contradicts the ring stored there, which has \(present)"
        }
        return nil
    }

    /// What is impossible about the shape of a new ring; nil if nothing is.
    var problem: String? {
        let count = nodes ?? 3
        guard (1...LocalRing.nodesMax).contains(count) else {
            return "--nodes is \(count): it must be in 1…\(LocalRing.nodesMax)"
        }
        let portMax = 65_535 - LocalRing.httpOffset - (count - 1)
        if let port, !(1...portMax).contains(port) {
            return "--port is \(port): it must be in 1…\(portMax), since the ports up to "
                + "\(LocalRing.httpOffset + count - 1) above it are used too"
        }
        if let n, !(1...count).contains(n) {
            return "--n is \(n): it must be in 1…\(count), the number of nodes"
        }
        if let zones, !(1...count).contains(zones) {
            return "--zones is \(zones): it must be in 1…\(count), the number of nodes"
        }
        return nil
    }
}
