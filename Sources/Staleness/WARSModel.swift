/// The delays between a coordinator and each replica, from which WARS tells how stale reads are.
///
/// Bailis et al., PVLDB 5(8), 2012: a write reaches replica i after W, its acknowledgement the
/// coordinator after another A; a read request reaches it after R and its answer the reader after
/// another S. The write is acknowledged at w_t, the w-th smallest W + A. The read asks all n at a
/// time t later and takes the first r answers. Replica i answers stale iff w_t + t + R < W, and the
/// read is stale iff all of its first r answers are. (The prose of the papers turns this test
/// around; their code does not.)
///
/// Beyond the paper a model knows places: who coordinates may itself be one of the replicas, then
/// with delays of its own, and each pair of nodes may have measured delays. Left out are read
/// repair, hints, failures, and all that makes delays depend on each other.
package struct WARSModel: Sendable {
    /// Where the writer's and the reader's coordinators are.
    package enum Coordinators: String, CaseIterable, Sendable {
        /// None of the replicas, as in the paper.
        case outside
        /// The writer's is one of the replicas, the reader's any node, as in this store.
        case replica
    }

    /// The delays from one coordinator to one replica and back.
    struct Legs: Equatable, Sendable {
        /// The distributions of the four legs, by their place in `distributions`.
        var write: Int
        var acknowledgement: Int
        var read: Int
        var response: Int
        /// What each leg takes in addition, in milliseconds.
        var additional = 0.0
    }

    /// What the model is called.
    package let name: String
    /// How many nodes there are, n of which hold a key.
    package let nodes: Int
    /// How many replicas there are.
    package let n: Int
    /// Where the coordinators are.
    package let coordinators: Coordinators
    let distributions: [DelayDistribution]
    /// The legs from coordinator to replica, all replicas of the first coordinator first.
    let legs: [Legs]

    /// Whether it makes no difference who coordinates.
    var isPlaceless: Bool { legs.allSatisfy { $0 == legs[0] } }

    /// The most replicas that a model may have.
    package static let replicasMax = 16

    init(
        name: String, n: Int, coordinators: Coordinators, distributions: [DelayDistribution],
        legs: [Legs]
    ) {
        nodes = Int(Double(legs.count).squareRoot().rounded())
        precondition(nodes * nodes == legs.count, "a pair of nodes is without legs")
        precondition((1...min(nodes, WARSModel.replicasMax)).contains(n), "n=\(n) of \(nodes)")
        self.name = name
        self.n = n
        self.coordinators = coordinators
        self.distributions = distributions
        self.legs = legs
    }

    /// A fit, for n replicas on as many nodes, or more where coordinators are nodes.
    ///
    /// In a fit with remote replicas, one replica drawn at random is near the writer, and another
    /// draw decides which one is near the reader.
    package init(_ fit: DelayFit, n: Int, nodes: Int, coordinators: Coordinators) {
        precondition(nodes == n || coordinators == .replica, "only replicas matter to outsiders")
        let remote = Legs(
            write: 0, acknowledgement: 1, read: 2, response: 3,
            additional: fit.remoteMilliseconds ?? 0)
        var near = remote
        near.additional = 0
        let own = Legs(write: 4, acknowledgement: 5, read: 6, response: 5)
        let legs = (0..<nodes * nodes).map { pair in
            let isOwn = pair / nodes == pair % nodes
            return isOwn ? (coordinators == .replica ? own : near) : remote
        }
        self.init(
            name: fit.name, n: n, coordinators: coordinators,
            distributions: [
                fit.write, fit.acknowledgement, fit.read, fit.response,
                fit.localWrite, DelayDistribution(.constant(0)), fit.localRead,
            ],
            legs: legs)
    }
}
