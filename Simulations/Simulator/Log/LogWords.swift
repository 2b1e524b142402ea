import Causality
import Primitives
import Replica
import Ring

/// The names under which a log speaks of what happens.
///
/// Actors are random numbers: a log calls them by their node and counts their epochs in the order
/// in which it comes across them, so that `n1.2:3` is the third write of the second epoch of n1
/// that the log tells of. Keys go by their places in the plan, as everywhere in a run's words.
final class LogWords {
    private let keys: [Hash128: Int]
    private var nodes: [NodeID: Int] = [:]
    private var epochs: [Actor: Int] = [:]
    private var epochCounts: [Int: Int] = [:]
    /// Actors that got their names since they were last asked for.
    private var introduced: [String] = []

    init(keys: [Hash128: Int]) {
        self.keys = keys
    }

    /// Remembers whose database an id is.
    func introduce(_ id: NodeID, asNode node: Int) {
        nodes[id] = node
    }

    /// The actors that were named since the last time, each with the number that reports of
    /// violations give it.
    func takeIntroduced() -> [String] {
        defer { introduced = [] }
        return introduced
    }

    // MARK: Names

    func text(_ key: Key) -> String { text(hash: key.hash) }

    func text(hash: Hash128) -> String {
        keys[hash].map { "k\($0 + 1)" } ?? "an unknown key"
    }

    func text(_ member: MemberIndex) -> String { "n\(member.raw + 1)" }

    func text(_ members: [MemberIndex]) -> String {
        members.map { text($0) }.joined(separator: ",")
    }

    func text(keys: [Key]) -> String { list(keys.map { text($0) }) }

    func text(hashes: [Hash128]) -> String { list(hashes.map { text(hash: $0) }) }

    /// The first of many, so that a line stays a line.
    private func list(_ words: [String]) -> String {
        guard !words.isEmpty else { return "no key" }
        let shown = words.prefix(8).joined(separator: " ")
        return words.count > 8 ? "\(shown) and \(words.count - 8) more" : shown
    }

    private func name(_ actor: Actor) -> String {
        guard let node = nodes[actor.node] else { return "unknown.\(hex(actor.epoch))" }
        if let epoch = epochs[actor] { return "n\(node + 1).\(epoch)" }
        let epoch = (epochCounts[node] ?? 0) + 1
        epochCounts[node] = epoch
        epochs[actor] = epoch
        let dot = SeenDot(node: actor.node.raw, epoch: actor.epoch, counter: 0)
        let name = "n\(node + 1).\(epoch)"
        introduced.append("\(name) is short for \("\(dot)".dropLast(2))")
        return name
    }

    private func hex(_ number: UInt64) -> String { String(number, radix: 16) }

    func text(_ dot: Dot) -> String { "\(name(dot.actor)):\(dot.counter)" }

    /// A context: how many writes of every actor it covers.
    func text(_ context: VersionVector) -> String {
        let entries = context.entries.map { "\(name($0.actor)):\($0.counter)" }
        return "{\(entries.joined(separator: " "))}"
    }

    // MARK: Records

    /// The dots of a record's siblings and its context; those of tombstones are marked.
    func text(_ record: Record) -> String {
        let dots = record.siblings.entries.map { sibling in
            text(sibling.dot) + (sibling.value.value == nil ? "(deleted)" : "")
        }
        return dots.joined(separator: " ") + " | " + text(record.context)
    }

    /// An encoded record with its size; nil bytes are none.
    func text(record bytes: Bytes?) -> String {
        guard let bytes else { return "no record" }
        guard let record = try? Record(decoding: bytes) else {
            return "a damaged record of \(bytes.count) bytes"
        }
        return "\(text(record)), \(bytes.count) bytes"
    }
}
