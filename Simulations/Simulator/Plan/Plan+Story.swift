extension Plan {
    /// The most lines that a story tells event by event.
    private static let toldMax = 36

    /// What happens in a small plan, one event per line, in protocol words.
    func toldStory(of violation: Violation) -> [String] {
        let oracle = violation.oracle.rawValue
        let words = violation.text.split { $0.isNewline }.joined(separator: " ")
        var lines = ["\(oracle) is violated: \(words)"]
        var next = 0
        var told: [String] = []
        for fault in faults {
            while next < operations.count, operations[next].at < fault.at {
                told.append(sentence(of: operations[next]))
                next += 1
            }
            told.append("\(PlanLiteral.text(time: fault.at)): \(fault.fault.sentence).")
        }
        told += operations[next...].map { sentence(of: $0) }
        lines += told.prefix(Plan.toldMax)
        let rest = told.count - Plan.toldMax
        if rest > 0 { lines.append("And \(rest) more of the kind.") }
        return lines
    }

    private func sentence(of operation: PlannedOperation) -> String {
        let time = PlanLiteral.text(time: operation.at)
        let (client, key) = ("c\(operation.client + 1)", "k\(operation.key + 1)")
        let node = "n\((operation.node ?? operation.client % world.nodes) + 1)"
        let retry = operation.isRetried ? ", again until the outcome is known" : ""
        let expiry = operation.ttlMilliseconds.map { ttl in
            ", to expire after \(PlanLiteral.text(time: ttl * 1_000_000))"
        }
        let does = operation.kind.sentence(of: key) + (expiry ?? "")
        // A client that lost a connection has gone on to another node.
        let way = operation.node == nil ? "connected to \(node) at first" : "through \(node)"
        return "\(time): \(client), \(way), \(does)\(retry)."
    }
}

extension OperationKind {
    fileprivate func sentence(of key: String) -> String {
        switch self {
        case .get: "reads \(key) and keeps the context"
        case .blind: "writes \(key) without a context"
        case .update: "reads \(key) and writes it with the context that came back"
        case .stale: "writes \(key) with the context of its last read"
        case .delete: "reads \(key) and deletes it with the context that came back"
        case .blindDelete: "deletes \(key) without a context"
        case .set: "sets \(key) with a plain SET"
        case .read: "reads \(key) with a plain GET"
        case .admin: "asks for the state of the cluster"
        case .repair: "has \(key) repaired"
        }
    }
}

extension Fault {
    /// What happens, in protocol words.
    fileprivate var sentence: String {
        switch self {
        case .partition(let sides):
            "cut off from each other are " + sides.map(names).joined(separator: "; ")
        case .majoritiesRing: "every node talks to a majority of its own only"
        case .isolate(let node, .both): "\(name(node)) is cut off from all others"
        case .isolate(let node, .inbound): "\(name(node)) hears nobody but is heard"
        case .isolate(let node, .outbound): "\(name(node)) hears all but is not heard"
        case .cut(let from, let to): "what \(name(from)) sends to \(name(to)) does not arrive"
        case .heal: "all links between nodes work again"
        case .uncut(let from, let to): "what \(name(from)) sends to \(name(to)) arrives again"
        case .rejoin(let node): "\(name(node)) reaches all others again"
        case .cutClients(let node, let time): "clients cannot reach \(name(node)) for \(span(time))"
        case .clog(let node, .inbound, let time):
            "what \(name(node)) receives hangs for \(span(time))"
        case .clog(let node, .outbound, let time):
            "what \(name(node)) sends hangs for \(span(time))"
        case .clog(let node, .both, let time): "all links of \(name(node)) hang for \(span(time))"
        case .reset(let from, let to): "the connection of \(name(from)) to \(name(to)) breaks"
        case .halfOpen(let from, let to, let time):
            "the connection of \(name(from)) to \(name(to)) leads nowhere for \(span(time))"
        case .noise(let knob, let value):
            "from now on the network has \(knob.rawValue) \(PlanLiteral.text(number: value))"
        case .healCore(let nodes): "\(names(nodes)) are healed, all else stays broken"
        default: processSentence
        }
    }

    private var processSentence: String {
        switch self {
        case .kill(let node, let down): "\(name(node)) is killed and down for \(span(down))"
        case .powerLoss(let nodes, let down):
            "the power of \(names(nodes)) fails, for \(span(down))"
        case .crashInTransaction(let node, let call, let isPowerLoss, let down):
            "the next transaction of \(name(node)) is cut short at its call \(call) to the disk, "
                + (isPowerLoss ? "the power fails" : "the process dies") + ", for \(span(down))"
        case .pause(let node, let time): "\(name(node)) stands still for \(span(time))"
        case .drain(let node, let down):
            "\(name(node)) is stopped cleanly and starts again after \(span(down))"
        case .wipe(let node, let down):
            "\(name(node)) loses its data and starts again, empty, after \(span(down))"
        case .saveImage(let node): "the data of \(name(node)) is copied"
        case .restoreImage(let node, let down):
            "\(name(node)) starts on the old copy of its data after \(span(down))"
        default: mediumSentence
        }
    }

    private var mediumSentence: String {
        switch self {
        case .slowDisk(let node, let factor, let time):
            "the disk of \(name(node)) takes \(PlanLiteral.text(number: factor)) times as long, "
                + "for \(span(time))"
        case .stuckDisk(let node): "the disk of \(name(node)) hangs until it starts again"
        case .fullDisk(let node, let time): "the disk of \(name(node)) is full for \(span(time))"
        case .diskError(let node, let call, let isSticky):
            "the next \(call.rawValue) of \(name(node)) fails"
                + (isSticky ? ", and all that follow until it starts again" : "")
        case .lie(let node, let isLying):
            "the disk of \(name(node)) \(isLying ? "only pretends to sync" : "is honest again")"
        case .rot(let node, let pages): "bits flip in \(pages) pages of \(name(node))"
        case .misdirect(let node): "the next page that \(name(node)) writes lands elsewhere"
        case .stalePage(let node): "the next page that \(name(node)) overwrites keeps its content"
        case .truncateLog(let node, let down):
            "power fails at \(name(node)), and its store's log is cut, for \(span(down))"
        case .clockJump(let node, let leap):
            "the calendar of \(name(node)) jumps by \(PlanLiteral.text(milliseconds: leap))"
        case .clockFreeze(let node, let time):
            "the calendar of \(name(node)) stands still for \(span(time))"
        case .clockStrobe(let node, let leap, let period, let time):
            "the calendar of \(name(node)) jumps to and fro by "
                + "\(PlanLiteral.text(milliseconds: leap)) every \(span(period)), for \(span(time))"
        default: text
        }
    }

    private func name(_ node: Int) -> String { "n\(node + 1)" }

    private func names(_ nodes: [Int]) -> String {
        PlanLine.listed(nodes.map(name), "and")
    }

    private func span(_ time: UInt64) -> String { PlanLiteral.text(time: time) }
}
