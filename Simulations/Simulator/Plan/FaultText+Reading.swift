extension Fault {
    /// The names of all faults as a plan writes them.
    static let textNames = [
        "clock-freeze", "clock-jump", "clock-strobe", "clog", "crash-in-transaction", "cut",
        "cut-clients", "disk-error", "drain", "full-disk", "half-open", "heal", "heal-core",
        "isolate", "kill", "lie", "majorities-ring", "misdirect", "noise", "partition", "pause",
        "power-loss", "rejoin", "reset", "restore-image", "rot", "save-image", "slow-disk",
        "stale-page", "stuck-disk", "truncate-log", "uncut", "wipe",
    ]

    /// Reads what follows a fault's name.
    init(_ name: Substring, _ line: inout PlanLine) throws(PlanTextError) {
        if let fault = try Fault.link(name, &line) {
            self = fault
        } else if let fault = try Fault.process(name, &line) {
            self = fault
        } else if let fault = try Fault.disk(name, &line) {
            self = fault
        } else if let fault = try Fault.clock(name, &line) {
            self = fault
        } else {
            throw line.error(
                "'\(name)' is no fault and no client; a fault is "
                    + PlanLine.oneOf(Fault.textNames) + ", a client c1, c2, …")
        }
    }

    private static func link(
        _ name: Substring, _ line: inout PlanLine
    ) throws(PlanTextError) -> Fault? {
        switch name {
        case "partition": return .partition(try sides(&line))
        case "majorities-ring": return .majoritiesRing
        case "isolate": return .isolate(try line.node(), try line.choice(Direction.self))
        case "cut":
            let (from, to) = try line.pair()
            return .cut(from: from, to: to)
        case "heal": return .heal
        case "uncut":
            let (from, to) = try line.pair()
            return .uncut(from: from, to: to)
        case "rejoin": return .rejoin(try line.node())
        case "cut-clients": return .cutClients(try line.node(), nanoseconds: try line.duration())
        case "clog":
            return .clog(
                try line.node(), try line.choice(Direction.self), nanoseconds: try line.duration())
        case "reset":
            let (from, to) = try line.pair()
            return .reset(from: from, to: to)
        case "half-open":
            let (from, to) = try line.pair()
            return .halfOpen(from: from, to: to, nanoseconds: try line.duration())
        case "noise": return try noise(&line)
        case "heal-core": return .healCore(try line.nodes())
        default: return nil
        }
    }

    private static func sides(_ line: inout PlanLine) throws(PlanTextError) -> [[Int]] {
        var sides = [try line.nodes()]
        while line.take("|") { sides.append(try line.nodes()) }
        return sides
    }

    private static func noise(_ line: inout PlanLine) throws(PlanTextError) -> Fault {
        let names = PlanLine.oneOf(NoiseKnob.allCases.map(\.rawValue))
        return try line.value("a probability such as loss=0.01, of \(names)") { word in
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let knob = NoiseKnob(rawValue: String(parts[0])),
                let value = PlanLiteral.number(parts[1]), value <= 1
            else { return nil }
            return Fault.noise(knob, value)
        }
    }

    private static func process(
        _ name: Substring, _ line: inout PlanLine
    ) throws(PlanTextError) -> Fault? {
        switch name {
        case "kill": return .kill(try line.node(), downNanoseconds: try line.down())
        case "power-loss": return .powerLoss(try line.nodes(), downNanoseconds: try line.down())
        case "crash-in-transaction":
            return .crashInTransaction(
                try line.node(),
                call: try line.setting("call", "a number such as 7", PlanLiteral.count),
                isPowerLoss: try line.flag("power", "kill"), downNanoseconds: try line.down())
        case "pause": return .pause(try line.node(), nanoseconds: try line.duration())
        case "drain": return .drain(try line.node(), downNanoseconds: try line.down())
        case "wipe": return .wipe(try line.node(), downNanoseconds: try line.down())
        case "save-image": return .saveImage(try line.node())
        case "restore-image":
            return .restoreImage(try line.node(), downNanoseconds: try line.down())
        default: return nil
        }
    }

    private static func disk(
        _ name: Substring, _ line: inout PlanLine
    ) throws(PlanTextError) -> Fault? {
        switch name {
        case "slow-disk":
            return .slowDisk(
                try line.node(),
                factor: try line.setting("factor", "a number such as 100", PlanLiteral.number),
                nanoseconds: try line.duration())
        case "stuck-disk": return .stuckDisk(try line.node())
        case "full-disk": return .fullDisk(try line.node(), nanoseconds: try line.duration())
        case "disk-error":
            return .diskError(
                try line.node(), try line.choice(DiskCall.self),
                isSticky: try line.flag("sticky", "once"))
        case "lie": return .lie(try line.node(), try line.flag("on", "off"))
        case "rot":
            return .rot(
                try line.node(),
                pages: try line.setting("pages", "a number such as 3", PlanLiteral.count))
        case "misdirect": return .misdirect(try line.node())
        case "stale-page": return .stalePage(try line.node())
        case "truncate-log":
            return .truncateLog(try line.node(), downNanoseconds: try line.down())
        default: return nil
        }
    }

    private static func clock(
        _ name: Substring, _ line: inout PlanLine
    ) throws(PlanTextError) -> Fault? {
        switch name {
        case "clock-jump": return .clockJump(try line.node(), milliseconds: try leap(&line))
        case "clock-freeze": return .clockFreeze(try line.node(), nanoseconds: try line.duration())
        case "clock-strobe":
            return .clockStrobe(
                try line.node(), milliseconds: try leap(&line),
                periodNanoseconds: try line.setting(
                    "period", "a time such as 100ms", PlanLiteral.time),
                nanoseconds: try line.duration())
        default: return nil
        }
    }

    private static func leap(_ line: inout PlanLine) throws(PlanTextError) -> Int64 {
        try line.value("a time with a sign such as +5s or -200ms", PlanLiteral.milliseconds)
    }
}
