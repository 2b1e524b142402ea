import DynaClient

/// The one-way delays of requests between the nodes of a ring, as its coordinators measured them.
struct RingDelays: Sendable {
    /// The four delays of a request, in the order of the document.
    static let kinds = ["write", "acknowledgement", "read", "response"]

    /// How often delays were seen, by bucket of microseconds.
    struct Samples: Sendable {
        struct Bucket: Hashable, Sendable {
            let low: Int64
            let high: Int64
        }

        var counts: [Bucket: Int64] = [:]

        var count: Int64 { counts.values.reduce(0, +) }

        /// The delay that a share of them did not exceed, in milliseconds; nil if there are none.
        func quantile(_ share: Double) -> Double? {
            let rank = max(1, (share * Double(count)).rounded(.up))
            var seen: Int64 = 0
            for (bucket, count) in ascending {
                seen += count
                if Double(seen) >= rank { return Double(bucket.high) / 1_000 }
            }
            return nil
        }

        /// The buckets that have samples, ascending.
        var ascending: [(key: Bucket, value: Int64)] {
            counts.sorted { ($0.key.low, $0.key.high) < ($1.key.low, $1.key.high) }
        }
    }

    /// The delays between a coordinator and one of the replicas, which may be itself.
    struct Pair: Sendable {
        let from: String
        let to: String
        /// By kind, in the order of `kinds`.
        var samples: [Samples]

        /// How many samples of a kind there are.
        func count(of kind: String) -> Int64 {
            RingDelays.kinds.firstIndex(of: kind).map { samples[$0].count } ?? 0
        }
    }

    /// The names of the members.
    var nodes: [String]
    var pairs: [Pair]

    /// Whether anything was seen.
    var isEmpty: Bool { pairs.allSatisfy { pair in pair.samples.allSatisfy { $0.count == 0 } } }

    /// Asks every node for what it has measured since it started.
    ///
    /// A node that does not answer is named and left out; it fails if none does.
    static func all(of ring: MeasuredRing) async throws -> RingDelays {
        var delays = RingDelays(nodes: ring.nodes.map(\.name), pairs: [])
        var failures: [any Error] = []
        for node in ring.nodes {
            do {
                let reply = try await ring.asking(node) { client in
                    try await client.command([Array("DYNA.DELAYS".utf8)])
                }
                try delays.add(answer: reply.text ?? "", of: node.name)
            } catch {
                failures.append(error)
                Output.notice("\(node.name) tells no delays: \(explanation(of: error))")
            }
        }
        if let failure = failures.last, failures.count == ring.nodes.count { throw failure }
        return delays
    }

    /// Adds what one node answered.
    mutating func add(answer: String, of node: String) throws(Failure) {
        let document = try JSON.parse(answer: answer)
        guard document["kind"]?.string == "delays", let list = document["pairs"]?.elements else {
            throw .internal("\(node) answered DYNA.DELAYS with something else than delays")
        }
        for element in list {
            guard let from = element["from"]?.string, let to = element["to"]?.string else {
                throw .internal("\(node) tells delays without saying between which nodes")
            }
            let samples = RingDelays.kinds.map { Samples(element[$0]) }
            pairs.append(Pair(from: from, to: to, samples: samples))
        }
    }

    /// What was seen since an earlier answer.
    ///
    /// A node that was started anew in between begins at nothing: what it says is all of it.
    func since(_ earlier: RingDelays) -> RingDelays {
        var difference = self
        for index in pairs.indices {
            let pair = pairs[index]
            guard let old = earlier.pairs.first(where: { $0.from == pair.from && $0.to == pair.to })
            else { continue }
            let later = zip(pair.samples, old.samples).map { $0.since($1) }
            if !later.contains(where: { $0 == nil }) {
                difference.pairs[index].samples = later.compactMap { $0 }
            }
        }
        return difference
    }

    /// The document that `predict --model FILE` takes.
    var document: JSON {
        .object([
            ("kind", .string("delays")),
            ("nodes", .array(nodes.map { .string($0) })),
            ("pairs", .array(pairs.map(\.document))),
        ])
    }
}

extension RingDelays.Samples {
    /// Reads `{"count", "microseconds": [[low, high, count], …]}`; nothing from anything else.
    init(_ json: JSON?) {
        for row in json?["microseconds"]?.elements ?? [] {
            let numbers = (row.elements ?? []).compactMap { element -> Int64? in
                if case .integer(let number) = element { number } else { nil }
            }
            guard numbers.count == 3 else { continue }
            counts[Bucket(low: numbers[0], high: numbers[1]), default: 0] += numbers[2]
        }
    }

    /// What came after an earlier state; nil if that is no earlier state of this.
    fileprivate func since(_ earlier: RingDelays.Samples) -> RingDelays.Samples? {
        var difference = self
        for (bucket, count) in earlier.counts {
            let left = (counts[bucket] ?? 0) - count
            guard left >= 0 else { return nil }
            difference.counts[bucket] = left == 0 ? nil : left
        }
        return difference
    }

    fileprivate var document: JSON {
        let rows = ascending.map { bucket, count in
            JSON.array([.integer(bucket.low), .integer(bucket.high), .integer(count)])
        }
        return .object([("count", .integer(count)), ("microseconds", .array(rows))])
    }
}

extension RingDelays.Pair {
    fileprivate var document: JSON {
        .object(
            [("from", .string(from)), ("to", .string(to))]
                + zip(RingDelays.kinds, samples).map { ($0, $1.document) })
    }
}

extension RingDelays {
    /// A line for each pair with the medians and the 99.9th percentiles, for a person.
    var table: String {
        let rows = pairs.map { pair in
            JSON.object(
                [("from", .string(pair.from)), ("to", .string(pair.to))]
                    + zip(RingDelays.kinds, pair.samples).map { ($0, .string($1.brief)) })
        }
        return "milliseconds, as 50th / 99th / 99.9th percentile (samples)\n"
            + Table(of: rows, first: ["from", "to"]).text
    }
}

extension RingDelays.Samples {
    fileprivate var brief: String {
        guard count > 0 else { return "-" }
        let quantiles = [0.5, 0.99, 0.999].map { Figures.milliseconds(quantile($0)) }
        return quantiles.joined(separator: " / ") + " (\(count))"
    }
}
