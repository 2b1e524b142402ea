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
        let nodes = try NodeTarget.list(in: try await client.status())
        var outcomes: [JSON] = []
        for node in nodes {
            let outcome = try await node.run { client in
                try await client.startRepair()
            } progress: { client in
                try await client.repairProgress()
            } notice: { progress in
                let done = progress["membersDone"]?.text ?? "?"
                let moved = progress["recordsSent"]?.text ?? "?"
                return "\(done) members done, \(moved) records sent"
            }
            outcomes.append(outcome ?? node.absent)
        }
        let document = JSON.object([("nodes", .array(outcomes))])
        try Answer(text: document.text, first: Repair.fields).show(asJSON: format.json)
        let failed = outcomes.filter { $0["failed"]?.isEmpty == false }.count
        guard failed == 0 else {
            throw Failure.unavailable(
                "\(failed) of \(nodes.count) nodes could not compare with all others; "
                    + "see 'dynactl status', then repair again")
        }
    }
}
