import ArgumentParser
import DynaClient

/// Brings replicas together now.
struct Repair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare replicas now, and give each what it lacks.",
        discussion: """
            Nodes do this all the time in the background; this does it at once and waits. Every \
            node compares its Merkle trees with those of every other one and exchanges the \
            records that differ, both ways. With BUCKET/KEY only that key is read from all its \
            replicas.

            Examples:
              dynactl repair --all
              dynactl repair users/ada
            """)

    /// The fields that lead, in this order.
    static let fields = [
        "node", "membersDone", "members", "recordsSent", "recordsReceived", "recordsRefused",
        "recordBytes", "keysCompared", "leavesCompared", "nodesCompared",
    ]

    @Argument(
        help: ArgumentHelp("One key; all of them where it is left out.", valueName: "bucket/key"),
        transform: RecordPath.init(parsing:))
    var path: RecordPath?

    @Flag(help: "All keys of all nodes, as without an argument.")
    var all = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func validate() throws {
        guard path == nil || !all else {
            throw ValidationError("Give BUCKET/KEY or --all, not both.")
        }
    }

    func run() async throws {
        let client = try endpoints.client()
        if let path {
            let answer = try await client.repair(bucket: path.bucket, key: path.key)
            return try Answer(text: answer, first: ["bucket", "key"]).show(asJSON: format.json)
        }
        let nodes = try RepairTarget.list(in: try await client.status())
        var outcomes: [JSON] = []
        for node in nodes {
            outcomes.append(try await repair(node))
        }
        let document = JSON.object([("nodes", .array(outcomes))])
        try Answer(text: document.text, first: Repair.fields).show(asJSON: format.json)
        let failed = outcomes.filter { $0["failed"]?.count != 0 }.count
        guard failed == 0 else {
            throw Failure.unavailable(
                "\(failed) of \(nodes.count) nodes could not compare with all others; "
                    + "see 'dynactl status', then repair again")
        }
    }

    /// Has one node compare with all others, and waits for it.
    private func repair(_ node: RepairTarget) async throws -> JSON {
        guard let endpoint = node.endpoint else {
            Output.notice("\(node.name) does not answer and is left out")
            return .object([
                ("node", .string(node.name)), ("failed", .array([.string(node.name)])),
            ])
        }
        let client = DynaClient(endpoints: [endpoint])
        var progress = try JSON.parse(answer: try await client.startRepair())
        while progress["running"]?.isTrue == true {
            if FileDescriptors.isTerminal(2) {
                let done = progress["membersDone"]?.text ?? "?"
                let moved = progress["recordsSent"]?.text ?? "?"
                Output.notice("\(node.name): \(done) members done, \(moved) records sent")
            }
            try await Task.sleep(for: .milliseconds(200))
            progress = try JSON.parse(answer: try await client.repairProgress())
        }
        await client.close()
        return progress
    }
}

/// A node that is to compare its records with the others'.
struct RepairTarget {
    let name: String
    /// Where it takes clients; nil where it does not answer.
    let endpoint: Endpoint?

    /// All nodes in a status document.
    static func list(in status: String) throws(Failure) -> [RepairTarget] {
        guard case .array(let nodes)? = try JSON.parse(answer: status)["nodes"] else {
            throw .internal("the status names no nodes")
        }
        return nodes.map { node in
            let isUp = node["pid"] != nil
            return RepairTarget(
                name: node["name"]?.string ?? "?",
                endpoint: isUp ? node["client"]?.string.flatMap(Endpoint.init) : nil)
        }
    }
}

extension JSON {
    /// The text of a string.
    fileprivate var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    fileprivate var isTrue: Bool {
        if case .bool(true) = self { return true }
        return false
    }

    /// How many elements an array has.
    fileprivate var count: Int? {
        if case .array(let elements) = self { return elements.count }
        return nil
    }
}
