import ArgumentParser
import DynaClient

/// Verifies what nodes keep, now.
struct Scrub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify now all that nodes keep, and mend what is damaged.",
        discussion: """
            Nodes do this all the time in the background, slowly; this does it at once and waits. \
            Every record is read and its checksum verified, Merkle trees are compared with the \
            records, and the index of hints with the hints. What cannot be read is replaced from \
            the other replicas.

            Exit status: 0 when nothing is left damaged; 69 when a node did not answer or could \
            not verify all it keeps; 74 when something is damaged that could not be mended.

            Examples:
              dynactl scrub
              dynactl scrub --node n2
            """)

    /// The fields that lead, in this order.
    static let fields = [
        "node", "records", "bytes", "hints", "unreadable", "mended", "leavesMended", "refiled",
        "hintsMended", "damagedStretches", "milliseconds",
    ]

    @Option(name: .customLong("node"), help: "Only this node; may be given more than once.")
    var names: [String] = []

    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func run() async throws {
        let all = try NodeTarget.list(in: try await endpoints.client().status())
        for name in names where !all.contains(where: { $0.name == name }) {
            let known = all.map(\.name).joined(separator: ", ")
            throw ValidationError("There is no node \(name); there are \(known).")
        }
        let nodes = all.filter { names.isEmpty || names.contains($0.name) }
        var outcomes: [JSON] = []
        for node in nodes {
            let outcome = try await node.run { client in
                try await client.startScrub()
            } progress: { client in
                try await client.scrubProgress()
            } notice: { progress in
                let records = progress["records"]?.text ?? "?"
                return "\(records) records verified"
            }
            outcomes.append(outcome ?? node.absent)
        }
        let document = JSON.object([("nodes", .array(outcomes))])
        try Answer(text: document.text, first: Scrub.fields).show(asJSON: format.json)
        try Scrub.judge(outcomes)
    }

    /// Fails where a node did not verify all it keeps, or has damage left.
    static func judge(_ outcomes: [JSON]) throws(Failure) {
        let failed = outcomes.filter { $0["failed"] != nil || $0["failure"] != nil }
        guard failed.isEmpty else {
            throw .unavailable(
                "\(failed.count) of \(outcomes.count) nodes did not verify all they keep; see "
                    + "'dynactl status', then scrub again")
        }
        let damaged = outcomes.filter {
            $0["unreadable"]?.text != $0["mended"]?.text || $0["damagedStretches"]?.text != "0"
        }
        guard damaged.isEmpty else {
            let names = damaged.map { $0["node"]?.string ?? "?" }.joined(separator: ", ")
            throw .inputOutput(
                "damage is left on \(names): scrub again once all replicas are up and have "
                    + "exchanged; if it stays, remove that node's data directory and start it empty"
            )
        }
    }
}
