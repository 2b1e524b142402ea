import Foundation
import NIOCore
import Primitives
import Quorum
import Ring
import Wire

/// The delays that a node injects into what it sends to one member.
///
/// Each message is held back by itself and overtakes those that are held for longer: the delays are
/// independent of each other, as the model of staleness has them. Heartbeats are never held back,
/// so that nobody is suspected for it. A delay ends by itself, so that a measurement that was
/// killed leaves nothing behind. Confined to the loop.
struct InjectedDelays {
    private struct Entry {
        let kind: DelayedKind
        let delay: InjectedDelay
        let until: NIODeadline
    }

    private var entries: [Entry] = []

    /// Whether nothing was ever injected, or all of it was cleared: asked for every message.
    var isEmpty: Bool { entries.isEmpty }

    mutating func set(_ kinds: [DelayedKind], _ delay: InjectedDelay, until: NIODeadline) {
        entries.removeAll { kinds.contains($0.kind) }
        for kind in kinds {
            entries.append(Entry(kind: kind, delay: delay, until: until))
        }
    }

    mutating func clear() {
        entries = []
    }

    /// Forgets what has ended; the descriptions of that.
    mutating func removeEnded(at now: NIODeadline) -> [String] {
        let ended = entries.filter { $0.until <= now }
        entries.removeAll { $0.until <= now }
        return ended.map { "\($0.kind.rawValue) \($0.delay.text)" }
    }

    /// For how long a message is to be held back; nil where it is not.
    func hold(_ message: Message, at now: NIODeadline) -> TimeAmount? {
        guard let kind = message.delayedKind,
            let entry = entries.first(where: { $0.kind == kind && now < $0.until })
        else { return nil }
        let milliseconds = entry.delay.milliseconds(at: Double.random(in: 0..<1))
        return .nanoseconds(Int64(milliseconds * 1_000_000))
    }

    func write(to json: inout JSONText, member: String, at now: NIODeadline) {
        for entry in entries where now < entry.until {
            json.object { json in
                json.string("to", member)
                json.string("kind", entry.kind.rawValue)
                json.string("delay", entry.delay.text)
                json.number("secondsLeft", (entry.until - now).nanoseconds / 1_000_000_000)
            }
        }
    }
}

extension InjectedDelay {
    /// What the distribution reaches with a probability from 0 to below 1; at most a minute.
    func milliseconds(at probability: Double) -> Double {
        let rest = 1 - probability
        let milliseconds =
            switch shape {
            case .constant(let value): value
            case .exponential(let mean): -mean * log(rest)
            case .uniform(let low, let high): low + (high - low) * probability
            case .pareto(let scale, let shape): scale / pow(rest, 1 / shape)
            }
        return min(milliseconds, InjectedDelay.millisecondsMax)
    }
}

extension Message {
    /// Which kind of delay it can be given; nil where none.
    fileprivate var delayedKind: DelayedKind? {
        switch self {
        case .replicate: .write
        case .replicated: .acknowledgement
        case .fetch: .read
        case .fetched: .response
        default: nil
        }
    }
}

extension PeerPool {
    /// Sets, lists or clears what is injected; answers with the list.
    package func take(_ request: DelayInjection) -> ClientReply {
        let now = NIODeadline.now()
        switch request {
        case .list:
            break
        case .clear(let member):
            guard let links = links(named: member) else { return unknown(member) }
            for link in links where !link.injected.isEmpty {
                link.injected.clear()
                report(.delayInjected("nothing is held back any more", to: link.member))
            }
        case .set(let member, let kinds, let delay, let seconds):
            guard allowsInjectedDelays else { return .failed(.badRequest(PeerPool.forbidden)) }
            guard let links = links(named: member) else { return unknown(member) }
            for link in links {
                link.inject(delay, into: kinds, until: now + .seconds(Int64(seconds)))
                let names = kinds.map(\.rawValue).joined(separator: ", ")
                report(
                    .delayInjected(
                        "\(names) is held back by \(delay.text) for \(seconds) s", to: link.member))
            }
        }
        return .json(injectedDocument(at: now))
    }

    private static let forbidden =
        "this node injects no delays: they slow every client down; for a ring that nobody depends "
        + "on, set \"allowInjectedDelays\": true in its configuration file and start it again"

    private func unknown(_ member: String?) -> ClientReply {
        let names = allLinks.map(\.name).joined(separator: ", ")
        return .failed(
            .badRequest("'\(member ?? "")' is no other member of the ring; others are: \(names)"))
    }

    private func links(named name: String?) -> [PeerLink]? {
        guard let name else { return allLinks }
        let found = allLinks.filter { $0.name == name }
        return found.isEmpty ? nil : found
    }

    private func injectedDocument(at now: NIODeadline) -> String {
        var json = JSONText()
        json.object { json in
            json.bool("allowed", allowsInjectedDelays)
            json.array("delays") { json in
                for link in allLinks {
                    link.injected.write(to: &json, member: link.name, at: now)
                }
            }
        }
        return json.text
    }
}
