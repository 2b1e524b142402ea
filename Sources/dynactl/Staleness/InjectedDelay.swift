import ArgumentParser
import DynaClient

/// A delay that nodes are asked to add to what they send to others, while they are measured.
struct InjectedDelay: Sendable {
    /// Which messages can be held back.
    static let kinds = RingDelays.kinds + ["both", "all"]

    /// Who sends; `*` stands for every node.
    let from: String
    /// To whom; `*` stands for every other node.
    let to: String
    let kind: String
    /// How long, as in `exp:20ms`; the node decides whether it is something.
    let delay: String

    /// Reads `FROM:TO[:KIND]=SPEC`.
    init(parsing text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let link = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, (2...3).contains(link.count),
            !link.contains("")
        else {
            throw ValidationError(
                "'\(text)' is no delay: give FROM:TO=SPEC or FROM:TO:KIND=SPEC, as in "
                    + "'n1:n2=5ms' or '*:*:write=exp:20ms'.")
        }
        (from, to) = (String(link[0]), String(link[1]))
        kind = link.count == 3 ? String(link[2]) : "all"
        delay = String(parts[1])
        guard InjectedDelay.kinds.contains(kind) else {
            let kinds = InjectedDelay.kinds.joined(separator: ", ")
            throw ValidationError("'\(kind)' is no kind of message: give one of \(kinds).")
        }
    }
}

/// The delays of one measurement: set on its nodes, and taken back in every case.
struct InjectedDelays: Sendable {
    /// A delay on the way from one node to another.
    struct Link: Sendable {
        let from: MeasuredRing.Node
        let to: String
        let kind: String
        let delay: String
    }

    /// How much longer than the measurement they may last, should it be killed.
    static let afterlife = Duration.seconds(30)
    /// The longest measurement with delays: nodes let no delay last longer than an hour.
    static let durationMax = Duration.seconds(3_600) - afterlife - .seconds(1)

    let links: [Link]

    private init(links: [Link]) {
        self.links = links
    }

    /// The links that the options mean in a ring.
    init(_ options: [InjectedDelay], in ring: MeasuredRing) throws(Failure) {
        var links: [Link] = []
        for option in options {
            let senders = try InjectedDelays.nodes(option.from, in: ring)
            let receivers = try InjectedDelays.nodes(option.to, in: ring).map(\.name)
            for sender in senders {
                for receiver in receivers where receiver != sender.name {
                    links.append(
                        Link(from: sender, to: receiver, kind: option.kind, delay: option.delay))
                }
            }
            guard option.from == "*" || option.to == "*" || option.from != option.to else {
                throw .usage("a node sends nothing to itself: --delay \(option.from):\(option.to)")
            }
        }
        self.links = links
    }

    private static func nodes(
        _ name: String, in ring: MeasuredRing
    ) throws(Failure) -> [MeasuredRing.Node] {
        guard name != "*" else { return ring.nodes }
        guard let node = ring.node(name) else {
            let names = ring.nodes.map(\.name).joined(separator: ", ")
            throw .usage("--delay names \(name), but the ring has \(names)")
        }
        return [node]
    }

    /// Sets all of them; the nodes end them by themselves some time after `duration`.
    ///
    /// If one is refused, those before it are taken back.
    func inject(for duration: Duration, in ring: MeasuredRing) async throws {
        var done = 0
        do {
            for link in links {
                try await set(link, for: duration, in: ring)
                done += 1
            }
        } catch {
            _ = await InjectedDelays(links: Array(links[..<done])).clear(in: ring)
            throw error
        }
    }

    private func set(
        _ link: Link, for duration: Duration, in ring: MeasuredRing
    ) async throws {
        let seconds = (duration + InjectedDelays.afterlife).components.seconds + 1
        _ = try await ring.asking(link.from) { client in
            try await client.command(
                ["DYNA.DELAY", "SET", link.to, link.kind, link.delay, "\(seconds)"]
                    .map { Array($0.utf8) })
        }
    }

    /// Ends all of them; returns the nodes that did not confirm it.
    func clear(in ring: MeasuredRing) async -> [String] {
        var failed: [String] = []
        for link in links {
            do {
                _ = try await ring.asking(link.from) { client in
                    try await client.command(
                        ["DYNA.DELAY", "CLEAR", link.to].map { Array($0.utf8) })
                }
            } catch {
                if !failed.contains(link.from.name) { failed.append(link.from.name) }
            }
        }
        return failed
    }

    /// What was added to the requests of a coordinator to a replica and to what came back; nil if
    /// nothing was.
    ///
    /// Acknowledgements and responses are sent by the replica, so theirs is the link back.
    func text(coordinator: String, replica: String) -> String? {
        let added = RingDelays.kinds.compactMap { kind -> (kind: String, delay: String)? in
            let isRequest = kind == "write" || kind == "read"
            let ends = isRequest ? (coordinator, replica) : (replica, coordinator)
            let link = links.last { link in
                (link.from.name, link.to) == ends && link.holdsBack(kind)
            }
            return link.map { (kind, $0.delay) }
        }
        guard let first = added.first else { return nil }
        if added.count == RingDelays.kinds.count, added.allSatisfy({ $0.delay == first.delay }) {
            return "all \(first.delay)"
        }
        return added.map { "\($0.kind) \($0.delay)" }.joined(separator: ", ")
    }
}

extension InjectedDelays.Link {
    /// Whether messages of a kind are held back on this link.
    fileprivate func holdsBack(_ kind: String) -> Bool {
        switch self.kind {
        case "all": true
        case "both": kind == "write" || kind == "read"
        default: self.kind == kind
        }
    }
}
