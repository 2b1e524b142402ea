/// The one-way delays that the nodes of a ring measured, from each coordinator to each replica.
package struct MeasuredDelays: Sendable {
    /// The four histograms of one pair; where both are the same node, those of its own store.
    package struct Pair: Sendable {
        /// The coordinator, by its place in `nodes`.
        package var from: Int
        /// The replica, by its place in `nodes`.
        package var to: Int
        /// From the write request to the moment the replica has it.
        package var write: [DelayBucket] = []
        /// From there to the coordinator.
        package var acknowledgement: [DelayBucket] = []
        /// From the read request to the moment the replica reads its store.
        package var read: [DelayBucket] = []
        /// From there to the coordinator.
        package var response: [DelayBucket] = []

        /// A pair of which nothing was measured yet.
        package init(from: Int, to: Int) {
            self.from = from
            self.to = to
        }
    }

    /// The names of the nodes.
    package let nodes: [String]
    /// What was measured; a pair may be missing.
    package let pairs: [Pair]

    /// Delays between nodes; every pair must name two of them by their places.
    package init(nodes: [String], pairs: [Pair]) {
        precondition(pairs.allSatisfy { nodes.indices.contains($0.from) })
        precondition(pairs.allSatisfy { nodes.indices.contains($0.to) })
        self.nodes = nodes
        self.pairs = pairs
    }

    /// How many samples a histogram needs at least to say something about delays.
    package static let samplesMin: UInt64 = 100

    /// A model of n replicas, drawn at random among the nodes for every trial.
    ///
    /// The histogram of a pair with fewer than `samplesMin` samples is replaced by that of all
    /// pairs together, and a notice tells so. If all together are too few, there is no model.
    package func model(
        named name: String, n: Int
    ) throws(TooFewSamples) -> (model: WARSModel, notices: [String]) {
        var builder = MeasuredModelBuilder(delays: self)
        var legs: [WARSModel.Legs] = []
        for from in nodes.indices {
            for to in nodes.indices {
                legs.append(try builder.legs(from: from, to: to))
            }
        }
        let model = WARSModel(
            name: name, n: n, coordinators: .replica, distributions: builder.distributions,
            legs: legs)
        return (model, builder.notices)
    }
}

/// There are not enough samples of one kind of delay, all pairs taken together.
package struct TooFewSamples: Error, Equatable, CustomStringConvertible {
    /// Which delays, as a person calls them.
    package let kind: String
    /// How many samples there are.
    package let count: UInt64

    /// What is missing, and what to do.
    package var description: String {
        """
        only \(count) samples of \(kind), and at least \(MeasuredDelays.samplesMin) are needed: \
        read and write some more, then take the delays again
        """
    }
}

/// Collects the distributions of a measured model.
private struct MeasuredModelBuilder {
    typealias Kind = KeyPath<MeasuredDelays.Pair, [DelayBucket]> & Sendable

    let delays: MeasuredDelays
    /// The first one is that of a coordinator's answer to itself, which takes no time.
    var distributions = [DelayDistribution(.constant(0))]
    var notices: [String] = []
    private var pooled: [String: Int] = [:]

    init(delays: MeasuredDelays) {
        self.delays = delays
    }

    mutating func legs(from: Int, to: Int) throws(TooFewSamples) -> WARSModel.Legs {
        let pair =
            delays.pairs.first { $0.from == from && $0.to == to }
            ?? MeasuredDelays.Pair(from: from, to: to)
        guard from != to else {
            return WARSModel.Legs(
                write: try place(of: \.write, "own writes", pair), acknowledgement: 0,
                read: try place(of: \.read, "own reads", pair), response: 0)
        }
        return WARSModel.Legs(
            write: try place(of: \.write, "write requests", pair),
            acknowledgement: try place(of: \.acknowledgement, "acknowledgements", pair),
            read: try place(of: \.read, "read requests", pair),
            response: try place(of: \.response, "responses", pair))
    }

    private mutating func place(
        of kind: Kind, _ name: String, _ pair: MeasuredDelays.Pair
    ) throws(TooFewSamples) -> Int {
        let histogram = pair[keyPath: kind]
        let count = histogram.reduce(0) { $0 + $1.count }
        guard count < MeasuredDelays.samplesMin else {
            distributions.append(DelayDistribution(.measured(histogram)))
            return distributions.count - 1
        }
        let all = try pool(of: kind, name, own: pair.from == pair.to)
        let (from, to) = (delays.nodes[pair.from], delays.nodes[pair.to])
        notices.append(
            "\(count) samples of \(name) from \(from) to \(to) are too few: those of all pairs "
                + "stand in")
        return all
    }

    private mutating func pool(
        of kind: Kind, _ name: String, own: Bool
    ) throws(TooFewSamples) -> Int {
        if let known = pooled[name] {
            return known
        }
        let histograms = delays.pairs.filter { ($0.from == $0.to) == own }
            .map { pair in
                (
                    buckets: pair[keyPath: kind],
                    count: pair[keyPath: kind].reduce(0) { $0 + $1.count }
                )
            }
        let count = histograms.reduce(0) { $0 + $1.count }
        guard count >= MeasuredDelays.samplesMin else {
            throw TooFewSamples(kind: name, count: count)
        }
        // A mixture, since buckets of different pairs may overlap.
        distributions.append(
            DelayDistribution(
                histograms.filter { $0.count > 0 }.map {
                    .init(
                        weight: Double($0.count) / Double(count), component: .measured($0.buckets))
                }))
        pooled[name] = distributions.count - 1
        return distributions.count - 1
    }
}
