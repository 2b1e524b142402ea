import Causality
import Primitives
import Quorum
import RESP
import Replica

/// One client connection's side of the protocol: commands in, plans and answers out.
///
/// Pure, like everything below the line: it holds what a connection has negotiated and turns the
/// arguments of a command into requests to the node, and the node's replies into an answer.
package struct CommandSession: Sendable {
    let environment: CommandEnvironment
    let id: UInt64
    /// The name that the client gave itself.
    var clientName = Bytes()

    /// A session of connection number `id`.
    package init(environment: CommandEnvironment, id: UInt64) {
        self.environment = environment
        self.id = id
    }

    /// Says what has to happen for a command; writes the answer where the node is not needed.
    package mutating func begin(
        _ command: RESPCommand, at now: Instant, into writer: inout RESPWriter
    ) -> CommandPlan {
        guard command.count > 0 else { return .answered }
        if command.matches(0, "GET"), command.count == 2 {
            return ask(get: command[1], .value, &writer)
        }
        if command.matches(0, "SET") {
            return set(command, now, &writer)
        }
        let name = command.name
        guard let entry = CommandTable.entry(name) else {
            writer.error(CommandTable.unknown(name))
            return .answered
        }
        guard entry.accepts(command.count) else {
            writer.error("ERR wrong number of arguments for '\(name.lowercased())' command")
            return .answered
        }
        switch entry.group {
        case .connection: return answerConnection(name, command, now, &writer)
        case .plain: return planPlain(name, command, now, &writer)
        case .dyna: return planDyna(name, command, &writer)
        }
    }

    // MARK: Plain commands

    private func planPlain(
        _ name: String, _ command: RESPCommand, _ now: Instant, _ writer: inout RESPWriter
    ) -> CommandPlan {
        switch name {
        case "GET": return ask(get: command[1], .value, &writer)
        case "STRLEN": return ask(get: command[1], .length, &writer)
        case "TYPE": return ask(get: command[1], .type, &writer)
        case "MGET": return ask(gets: command, &writer) { _ in .values }
        case "EXISTS": return ask(gets: command, &writer) { _ in .existing }
        case "DEL", "UNLINK": return ask(gets: command, &writer) { .readBeforeDelete($0) }
        case "MSET": return planSets(command, &writer)
        case "SETEX", "PSETEX": return setExpiring(name, command, now, &writer)
        case "TTL": return ask(get: command[1], .remaining(isInSeconds: true), &writer)
        case "PTTL": return ask(get: command[1], .remaining(isInSeconds: false), &writer)
        default: return .ask([.count], .count)
        }
    }

    func key(_ bytes: Bytes, _ writer: inout RESPWriter) -> Key? {
        guard let key = Key(bucket: defaultBucket, key: bytes) else {
            writer.error("ERR a key has 1 to \(Key.keyBytesMax) bytes, not \(bytes.count)")
            return nil
        }
        return key
    }

    private func ask(
        get bytes: Bytes, _ step: CommandStep, _ writer: inout RESPWriter
    ) -> CommandPlan {
        guard let key = key(bytes, &writer) else { return .answered }
        return .ask([.get(GetRequest(key: key))], step)
    }

    private func ask(
        gets command: RESPCommand, _ writer: inout RESPWriter, _ step: ([Key]) -> CommandStep
    ) -> CommandPlan {
        var keys: [Key] = []
        for index in 1..<command.count {
            guard let key = key(command[index], &writer) else { return .answered }
            keys.append(key)
        }
        return .ask(keys.map { .get(GetRequest(key: $0)) }, step(keys))
    }

    private func planSets(
        _ command: RESPCommand, _ writer: inout RESPWriter
    ) -> CommandPlan {
        guard command.count % 2 == 1 else {
            writer.error("ERR wrong number of arguments for 'mset' command")
            return .answered
        }
        var requests: [ClientRequest] = []
        for index in stride(from: 1, to: command.count, by: 2) {
            guard let key = key(command[index], &writer) else { return .answered }
            requests.append(.put(overwrite(key, command[index + 1])))
        }
        return .ask(requests, .acknowledgement)
    }

    /// A plain write overwrites what its coordinator knows, as a Redis program expects.
    func overwrite(_ key: Key, _ value: Bytes) -> PutRequest {
        PutRequest(key: key, content: .value(value), basis: .overwrite(VersionVector()))
    }
}
