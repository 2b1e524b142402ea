import Primitives

/// Runs every history of a few steps over three replicas and three clients, up to symmetry.
///
/// Three things keep it small without leaving out a case. Of clients that remember the same, only
/// the first acts; of replicas that are still empty, only the first is used: what the others could
/// do is the same under other names. A step that changes nothing is compared but not continued:
/// what follows it also follows the shorter history.
struct HistorySearch {
    private(set) var histories = 0
    private(set) var comparisons = 0
    private(set) var failures: [String] = []

    mutating func run(steps: Int, nodes: [NodeID]) {
        explore(History(nodes: nodes, clients: 3), steps: steps)
    }

    private mutating func explore(_ history: History, steps: Int) {
        guard steps > 0 else {
            histories += 1
            return
        }
        for operation in operations(history) {
            var next = history
            let hasChanged = next.apply(operation)
            compare(next)
            if hasChanged {
                explore(next, steps: steps - 1)
            } else {
                histories += 1
            }
        }
    }

    /// Only the replica that a step touched needs a look; a get touches none.
    private mutating func compare(_ history: History) {
        guard let replica = history.changedReplica else { return }
        comparisons += 1
        if let difference = history.difference(at: replica) {
            failures.append(difference)
        }
        if let law = history.brokenLaw(0, 1, 2) {
            failures.append(law)
        }
    }

    private func operations(_ history: History) -> [Operation] {
        let clients = history.clients.indices.filter { index in
            !history.clients[..<index].contains(history.clients[index])
        }
        let firstEmpty = history.replicas.firstIndex(where: \.isEmpty)
        let replicas = history.replicas.indices.filter { index in
            index == firstEmpty || !history.replicas[index].isEmpty
        }
        var operations: [Operation] = []
        for replica in replicas {
            for client in clients {
                operations.append(.put(client: client, replica: replica))
                operations.append(.get(client: client, replica: replica))
            }
            for target in replicas where target != replica && replica != firstEmpty {
                operations.append(.send(from: replica, to: target))
            }
        }
        return operations
    }
}
