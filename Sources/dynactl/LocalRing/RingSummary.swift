/// What `up` tells when the ring runs.
struct RingSummary {
    let starter: RingStarter
    /// How many nodes were started now.
    let started: Int
    /// Whether the nodes end with this process.
    let isForeground: Bool

    var text: String {
        let members = starter.ring.members
        let table = Table(
            of: members.map { member in
                .object([
                    ("name", .string(member.name)), ("zone", .string(member.zone)),
                    ("client", .string(member.client)), ("peer", .string(member.peer)),
                    ("http", .string(member.http)),
                ])
            }, first: [])
        return """
            \(members.count) nodes run, \(started) of them started now; data in \
            \(starter.directory.path)

            \(table.text)

            \(advice)
            """
    }

    private var advice: String {
        let client = starter.ring.members.first?.client ?? ""
        let endpoint = client == "127.0.0.1:7401" ? "" : " --endpoint \(client)"
        let isDefault = starter.directory.path == Paths.absolute("./dyna-data")
        let data = isDefault ? "" : " --data \(starter.directory.path)"
        let commands = [
            "dynactl put users/ada 'Ada Lovelace'\(endpoint)",
            "dynactl get users/ada\(endpoint)",
            "dynactl status\(endpoint)",
            isForeground ? "Ctrl-C stops the nodes" : "dynactl down\(data)",
        ]
        return "Try:\n" + commands.map { "  " + $0 }.joined(separator: "\n")
    }
}
