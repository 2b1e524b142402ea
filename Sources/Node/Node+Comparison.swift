import AntiEntropy
import Primitives
import Replica
import Ring
import Wire

// What this node looks up for exchanges that other members began; it remembers nothing between
// their requests.
extension Node {
    /// The most nodes, and the most keys, that are compared in one request.
    private static let listMax = 1 << 17

    mutating func takeComparison(
        _ message: Message, from member: MemberIndex, _ now: Instant, _ effects: inout [Effect]
    ) {
        guard let request = message.request else { return }
        guard load.storeCommands < settings.storeCommandsMax,
            comparisons.count < 4 * (others.count + 1)
        else { return send(.exchangeFailed(request: request), to: member, now, &effects) }
        let name = PeerRequest(member, request)
        // A request that comes twice is looked up once.
        guard comparisons[name] == nil else { return }
        switch message {
        case .compareTrees(_, let hashes) where hashes.count <= Node.listMax:
            comparisons[name] = .trees(hashes)
            effects.append(
                .store(.treeHashes(hashes.map(\.node)), .compare(member, request: request)))
        case .compareKeys(_, let nodes, let entries)
        where (1...settings.exchange.leavesMax * 4).contains(nodes.count)
            && entries.count <= Node.listMax:
            comparisons[name] = .keys(theirs: entries, own: [], leavesLeft: nodes.count)
            for node in nodes {
                let command = ReplicaCommand.leafKeys(node, after: nil, limit: .max)
                effects.append(.store(command, .compareKeys(member, request: request)))
            }
        case .fetchAll(_, let hashes) where hashes.count <= Node.listMax:
            comparisons[name] = .records(readAt: stamp(now))
            let command = ReplicaCommand.getAll(hashes, bytesMax: settings.exchange.bytesMax)
            effects.append(.store(command, .compare(member, request: request)))
        default:
            send(.exchangeFailed(request: request), to: member, now, &effects)
        }
    }

    /// The store answered what a member's exchange waits for.
    mutating func answerComparison(
        _ reply: ReplicaReply, _ name: PeerRequest, _ now: Instant, _ effects: inout [Effect]
    ) {
        let (member, request) = (name.member, name.request)
        switch (comparisons.removeValue(forKey: name), reply) {
        case (nil, _):
            return
        case (.trees(let theirs)?, .treeHashes(let own)) where own.count == theirs.count:
            let places = theirs.indices.filter { theirs[$0].hash != own[$0] }.map { UInt32($0) }
            send(.treesCompared(request: request, places), to: member, now, &effects)
        case (.keys(let theirs, let known, let leavesLeft)?, .leafKeys(let entries, _)):
            let own = known + entries
            guard leavesLeft == 1 else {
                comparisons[name] = .keys(theirs: theirs, own: own, leavesLeft: leavesLeft - 1)
                return
            }
            let difference = KeyComparison.compare(theirs, with: own.inOrder())
            let answer = Message.keysCompared(
                request: request, wanted: difference.wanted, offered: difference.offered)
            send(answer, to: member, now, &effects)
        case (.records(let readAt)?, .records(let records)):
            let hints = records.map { Hint(key: $0.key, record: $0.record) }
            let answer = Message.fetchedAll(request: request, hints, readAt: readAt)
            send(answer, to: member, now, &effects)
        default:
            send(.exchangeFailed(request: request), to: member, now, &effects)
        }
    }
}
