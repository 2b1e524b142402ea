import ArgumentParser
import DynaClient
import Staleness

/// The ring that is measured: where its members take clients.
struct MeasuredRing: Sendable {
    struct Node: Sendable {
        let name: String
        let endpoint: Endpoint
    }

    /// How long a change of a bucket's properties may take to reach all nodes.
    static let spreadLimit = Duration.seconds(10)

    let cluster: String
    /// The members that answer.
    let nodes: [Node]

    var endpoints: [Endpoint] { nodes.map(\.endpoint) }

    /// Finds all members through those that the options name.
    static func find(_ options: ClientOptions) async throws -> MeasuredRing {
        let client = try options.client()
        let status = try await client.status()
        await client.close()
        let targets = try NodeTarget.list(in: status)
        for target in targets where target.endpoint == nil {
            Output.notice("\(target.name) does not answer and is not asked")
        }
        return MeasuredRing(
            cluster: try JSON.parse(answer: status)["cluster"]?.string ?? "?",
            nodes: targets.compactMap { target in
                target.endpoint.map { Node(name: target.name, endpoint: $0) }
            })
    }

    /// The node of that name.
    func node(_ name: String) -> Node? {
        nodes.first { $0.name == name }
    }

    /// Runs something with a client of one node.
    func asking<Answer>(
        _ node: Node, _ body: (DynaClient) async throws -> Answer
    ) async throws -> Answer {
        let client = DynaClient(endpoints: [node.endpoint])
        do {
            let answer = try await body(client)
            await client.close()
            return answer
        } catch {
            await client.close()
            throw error
        }
    }

    /// Sets the measurement's own bucket up and waits until every node knows it; returns its n.
    ///
    /// Siblings are kept, so that versions that overlap after a failed write show both, and the
    /// newer one counts.
    func prepare(n: Int?, readRepair: ReadRepairChoice) async throws -> Int {
        let name = MeasurementPlan.bucket
        let properties =
            [("conflict", "siblings"), ("readRepair", readRepair.rawValue), ("ttl", "none")]
            + (n.map { [("n", "\($0)")] } ?? [])
        let wanted = try await asking(nodes[0]) { client in
            try JSON.parse(
                answer: try await client.setBucket(
                    name, properties: properties.map { (name: $0.0, value: $0.1) }))
        }
        let deadline = ContinuousClock.now + MeasuredRing.spreadLimit
        for node in nodes[1...] {
            try await asking(node) { client in
                while true {
                    let shown = try JSON.parse(answer: try await client.bucket(name))
                    if shown.text == wanted.text { return }
                    guard ContinuousClock.now < deadline else {
                        throw Failure.timedOut(
                            "\(node.name) has not learnt the properties of bucket \(name) within "
                                + "\(MeasuredRing.spreadLimit); see 'dynactl status', then repeat")
                    }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }
        guard case .integer(let n)? = wanted["n"] else {
            throw Failure.internal("bucket \(name) has no n")
        }
        return Int(n)
    }

    /// Deletes keys of the measurement's bucket; returns how many could not be.
    func erase(_ keys: [String], n: Int) async -> Int {
        let lanes = 4
        return await withTaskGroup(of: Int.self) { group in
            for lane in 0..<lanes {
                let part = stride(from: lane, to: keys.count, by: lanes).map { keys[$0] }
                group.addTask { await eraseInTurn(part, n: n) }
            }
            return await group.reduce(0, +)
        }
    }

    /// Reads all copies of a key, or, where one of them is away, as many as the bucket asks for.
    private static func read(
        _ key: String, n: Int, _ client: DynaClient
    ) async throws(DynaError) -> GetResult {
        let bucket = MeasurementPlan.bucket
        do throws(DynaError) {
            return try await client.get(bucket: bucket, key: key, options: GetOptions(r: n))
        } catch {
            return try await client.get(bucket: bucket, key: key)
        }
    }

    private func eraseInTurn(_ keys: [String], n: Int) async -> Int {
        let client = DynaClient(endpoints: endpoints)
        let bucket = MeasurementPlan.bucket
        var left = 0
        for key in keys {
            do throws(DynaError) {
                let found = try await MeasuredRing.read(key, n: n, client)
                guard !found.siblings.isEmpty else { continue }
                try await client.delete(
                    bucket: bucket, key: key, options: PutOptions(context: found.context))
            } catch {
                left += 1
            }
        }
        await client.close()
        return left
    }
}

/// How replicas that answered a read with less are treated.
enum ReadRepairChoice: String, CaseIterable, ExpressibleByArgument, Sendable {
    case off
    case async
    case blocking
}
