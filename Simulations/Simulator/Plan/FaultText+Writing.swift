extension Fault {
    /// The fault as a plan writes it.
    package var text: String {
        switch self {
        case .partition, .majoritiesRing, .isolate, .cut, .heal, .uncut, .rejoin, .cutClients,
            .clog, .reset, .halfOpen, .noise, .healCore:
            linkText
        case .kill, .powerLoss, .crashInTransaction, .pause, .drain, .wipe, .saveImage,
            .restoreImage:
            processText
        default: mediumText
        }
    }

    private var linkText: String {
        switch self {
        case .partition(let sides):
            "partition " + sides.map { PlanLiteral.text(nodes: $0) }.joined(separator: " | ")
        case .majoritiesRing: "majorities-ring"
        case .isolate(let node, let direction): "isolate \(name(node)) \(direction.rawValue)"
        case .cut(let from, let to): "cut \(name(from)) > \(name(to))"
        case .uncut(let from, let to): "uncut \(name(from)) > \(name(to))"
        case .rejoin(let node): "rejoin \(name(node))"
        case .cutClients(let node, let time): "cut-clients \(name(node)) for \(span(time))"
        case .clog(let node, let direction, let time):
            "clog \(name(node)) \(direction.rawValue) for \(span(time))"
        case .reset(let from, let to): "reset \(name(from)) > \(name(to))"
        case .halfOpen(let from, let to, let time):
            "half-open \(name(from)) > \(name(to)) for \(span(time))"
        case .noise(let knob, let value):
            "noise \(knob.rawValue)=\(PlanLiteral.text(number: value))"
        case .healCore(let nodes): "heal-core \(PlanLiteral.text(nodes: nodes))"
        default: "heal"
        }
    }

    private var processText: String {
        switch self {
        case .kill(let node, let down): "kill \(name(node)) down=\(span(down))"
        case .powerLoss(let nodes, let down):
            "power-loss \(PlanLiteral.text(nodes: nodes)) down=\(span(down))"
        case .crashInTransaction(let node, let call, let isPowerLoss, let down):
            "crash-in-transaction \(name(node)) call=\(call) \(isPowerLoss ? "power" : "kill") "
                + "down=\(span(down))"
        case .pause(let node, let time): "pause \(name(node)) for \(span(time))"
        case .drain(let node, let down): "drain \(name(node)) down=\(span(down))"
        case .wipe(let node, let down): "wipe \(name(node)) down=\(span(down))"
        case .saveImage(let node): "save-image \(name(node))"
        case .restoreImage(let node, let down): "restore-image \(name(node)) down=\(span(down))"
        default: preconditionFailure("not a fault of processes")
        }
    }

    private var mediumText: String {
        switch self {
        case .slowDisk(let node, let factor, let time):
            "slow-disk \(name(node)) factor=\(PlanLiteral.text(number: factor)) for \(span(time))"
        case .stuckDisk(let node): "stuck-disk \(name(node))"
        case .fullDisk(let node, let time): "full-disk \(name(node)) for \(span(time))"
        case .diskError(let node, let call, let isSticky):
            "disk-error \(name(node)) \(call.rawValue) \(isSticky ? "sticky" : "once")"
        case .lie(let node, let isLying): "lie \(name(node)) \(isLying ? "on" : "off")"
        case .rot(let node, let pages): "rot \(name(node)) pages=\(pages)"
        case .misdirect(let node): "misdirect \(name(node))"
        case .stalePage(let node): "stale-page \(name(node))"
        case .truncateLog(let node, let down): "truncate-log \(name(node)) down=\(span(down))"
        case .clockJump(let node, let leap):
            "clock-jump \(name(node)) \(PlanLiteral.text(milliseconds: leap))"
        case .clockFreeze(let node, let time): "clock-freeze \(name(node)) for \(span(time))"
        case .clockStrobe(let node, let leap, let period, let time):
            "clock-strobe \(name(node)) \(PlanLiteral.text(milliseconds: leap)) "
                + "period=\(span(period)) for \(span(time))"
        default: preconditionFailure("not a fault of disks or clocks")
        }
    }

    private func name(_ node: Int) -> String { "n\(node + 1)" }

    private func span(_ time: UInt64) -> String { PlanLiteral.text(time: time) }
}
