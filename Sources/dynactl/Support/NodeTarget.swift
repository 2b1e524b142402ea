import DynaClient

/// A node that is to do something of its own that takes long.
struct NodeTarget {
    let name: String
    /// Where it takes clients; nil where it does not answer.
    let endpoint: Endpoint?

    /// All nodes in a status document.
    static func list(in status: String) throws(Failure) -> [NodeTarget] {
        guard case .array(let nodes)? = try JSON.parse(answer: status)["nodes"] else {
            throw .internal("the status names no nodes")
        }
        return nodes.map { node in
            let isUp = node["pid"] != nil
            return NodeTarget(
                name: node["name"]?.string ?? "?",
                endpoint: isUp ? node["client"]?.string.flatMap(Endpoint.init) : nil)
        }
    }

    /// What is told of a node that does not answer.
    var absent: JSON {
        .object([("node", .string(name)), ("failed", .array([.string(name)]))])
    }

    /// Has the node begin, and waits until it says that it is done; nil where it does not answer.
    ///
    /// - Parameter notice: what a terminal shows meanwhile.
    func run(
        start: (DynaClient) async throws -> String,
        progress: (DynaClient) async throws -> String,
        notice: (JSON) -> String
    ) async throws -> JSON? {
        guard let endpoint else {
            Output.notice("\(name) does not answer and is left out")
            return nil
        }
        let client = DynaClient(endpoints: [endpoint])
        var answer = try JSON.parse(answer: try await start(client))
        while answer["running"]?.isTrue == true {
            if FileDescriptors.isTerminal(2) {
                Output.notice("\(name): \(notice(answer))")
            }
            try await Task.sleep(for: .milliseconds(200))
            answer = try JSON.parse(answer: try await progress(client))
        }
        await client.close()
        return answer
    }
}

extension JSON {
    /// The text of a string.
    var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    var isTrue: Bool {
        if case .bool(true) = self { return true }
        return false
    }

    /// Whether an array has no elements; nil for all else.
    var isEmpty: Bool? {
        if case .array(let elements) = self { return elements.isEmpty }
        return nil
    }
}
