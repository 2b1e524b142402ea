import ArgumentParser
import DynaClient

/// Shows every node.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every node of the cluster.",
        discussion: """
            The asked node asks every member at this moment and lists each of them, also those \
            that do not answer.

            Examples:
              dynactl status
              dynactl status --json --endpoint 127.0.0.1:7402
            """)

    /// What the table for a person shows of a node, in this order.
    private static let columns = [
        "name", "status", "zone", "client", "http", "pid", "records", "liveRecords",
        "hintsPending", "requestsInFlight", "staleReads",
    ]

    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func run() async throws {
        let answer = try await endpoints.client().status()
        guard !format.json else { return try Answer(text: answer, first: []).show(asJSON: true) }
        try Output.line(Status.summary(try JSON.parse(answer: answer)))
    }

    /// The cluster, a line for each node, and a sentence for whatever is not as it should be.
    static func summary(_ status: JSON) -> String {
        let nodes = status["nodes"]?.elements ?? []
        let head = ["cluster", "ringVersion", "partitions"].map { name in
            "\(Table.words(name)): \(status[name]?.plain ?? "-")"
        }
        let rows = nodes.map { node in
            JSON.object(columns.compactMap { name in node[name].map { (name, $0) } })
        }
        let parts = [
            head.joined(separator: "\n"), Table(of: rows, first: columns).text,
            nodes.flatMap(troubles).joined(separator: "\n"),
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// What a person has to know of a node.
    private static func troubles(of node: JSON) -> [String] {
        var found: [String] = []
        if let failure = node["storeFailure"]?.plain {
            found.append("its store takes no writes: \(failure)")
        }
        if node["counted"]?.plain == "false" {
            let members = node["waitsFor"]?.plain ?? ""
            found.append(
                "it does not count in quorums yet"
                    + (members.isEmpty ? "" : ", and waits for \(members)"))
        }
        if let members = node["reapingWaitsFor"]?.plain, !members.isEmpty {
            let count = node["deadRecords"]?.plain ?? "some"
            found.append("\(count) dead records wait to be removed until \(members) can be reached")
        }
        if let damaged = node["scrub"]?["unreadable"]?.plain, damaged != "0" {
            found.append("its last scrub found \(damaged) unreadable records: see 'dynactl scrub'")
        }
        return found.map { "\(node["name"]?.plain ?? "?"): \($0)" }
    }
}
