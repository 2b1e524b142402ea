import Node
import Primitives

// The lines of a run's log. Nothing here is called, and no text is made, unless a log is wanted.
extension Simulation {
    /// Puts down a line where a log was asked for.
    func note(_ text: @autoclosure () -> String, node: Int? = nil) {
        guard options.log != nil, options.logged.contains(now) else { return }
        put(down: text(), node)
    }

    /// Puts down a line where every event is wanted.
    func detail(_ text: @autoclosure () -> String, node: Int? = nil) {
        guard options.log == .events, options.logged.contains(now) else { return }
        put(down: text(), node)
    }

    private func put(down text: String, _ node: Int?) {
        for name in words.takeIntroduced() { log.append(LogLine(at: now, node: nil, text: name)) }
        log.append(LogLine(at: now, node: node, text: text))
    }

    // MARK: Clients

    /// What a client asks, in the words of its protocol.
    func sentence(of attempt: SimulatedClient.Attempt, _ client: SimulatedClient) -> String {
        let name = "c\(client.index + 1)"
        guard let operation = attempt.operation else { return "\(name) asks how the cluster is" }
        let entry = judge.history[operation]
        let words = "#\(operation) \(name) asks " + (attempt.tries > 1 ? "again: " : "")
        let key = "k\(entry.key + 1)"
        guard entry.kind != .get else { return "\(words)get \(key)" }
        let context =
            switch entry.seen {
            case nil: "over all that is known"
            case let seen? where seen.entries.isEmpty: "without a context"
            default: "with the context of its read"
            }
        let size = entry.kind == .put ? ", \(entry.value.count) bytes" : ""
        let expiry = entry.ttlMilliseconds.map { ", to expire after \($0) ms" } ?? ""
        return "\(words)\(entry.kind.rawValue) \(key) \(context)\(size)\(expiry)"
    }

    /// What the freshness workload asks.
    func sentence(ofProbe operation: Int) -> String {
        let entry = judge.history[operation]
        return "#\(operation) the freshness probe asks \(entry.kind.rawValue) k\(entry.key + 1)"
    }

    /// What a client is told by a good answer.
    func sentence(
        ofAnswer truth: AnswerTruth?, to operation: Int, _ client: SimulatedClient
    ) -> String {
        let entry = judge.history[operation]
        let words = "#\(operation) c\(client.index + 1) is told: "
        guard entry.kind == .get else {
            let replicas = (truth?.replicas ?? []).map { "n\($0.raw + 1)" }
            return words + "\(entry.kind.rawValue) of k\(entry.key + 1) is stored by "
                + "\(replicas.joined(separator: ",")) (w=\(world.w))"
        }
        let shown = truth?.shown ?? []
        let values = shown.sorted().map { "#\($0)" }.joined(separator: " ")
        return words + "k\(entry.key + 1) has " + self.words.values(shown.count)
            + (shown.isEmpty ? "" : ", of \(values)") + " (r=\(world.r))"
    }
}
