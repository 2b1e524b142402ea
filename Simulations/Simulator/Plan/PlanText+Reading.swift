import Staleness

extension Plan {
    /// Reads a plan from its text.
    ///
    /// Every line is one directive; what follows a `#` is a comment. What is not written keeps its
    /// default.
    package init(parsing text: String) throws(PlanTextError) {
        var reader = PlanReader()
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            guard var line = PlanLine(line, number: index + 1) else { continue }
            try reader.read(&line)
        }
        self = try reader.finish()
    }
}

/// Reads the lines of a plan one by one.
private struct PlanReader {
    private static let directives =
        [
            "scenario", "story", "seed", "profile", "expect", "workload", "at", "clock-skew",
            "clock-drift", "destructible", "over-budget", "delays",
        ] + PlanSettings.all.map(\.name)

    private var plan = Plan(seed: 1)
    private let settings = PlanSettings.all
    private var operations: [(operation: PlannedOperation, line: Int)] = []
    private var faults: [(fault: PlannedFault, line: Int)] = []
    private var workloadLines: [Int] = []
    /// Where a directive stands that is written once.
    private var lines: [String: Int] = [:]

    mutating func read(_ line: inout PlanLine) throws(PlanTextError) {
        guard let directive = line.next().map(String.init) else { return }
        switch directive {
        case "scenario": plan.name = line.rest
        case "story": plan.story.append(line.rest)
        case "seed": plan.seed = try line.value("a seed such as 0x3fa2", PlanLiteral.seed)
        case "profile": plan.profile = line.rest
        case "expect": plan.expectedViolation = try line.choice(Oracle.self).rawValue
        case "workload": try readWorkload(&line)
        case "at": try readEvent(&line)
        default: try readWorld(directive, &line)
        }
        lines[directive] = line.number
        if !["scenario", "story", "profile"].contains(directive) { try line.end() }
    }

    // MARK: The world

    private mutating func readWorld(
        _ directive: String, _ line: inout PlanLine
    ) throws(PlanTextError) {
        switch directive {
        case "clock-skew":
            plan.world.clockSkewMilliseconds = try PlanReader.list(
                &line, "a time with a sign such as +5s or -200ms", PlanLiteral.milliseconds)
        case "clock-drift":
            plan.world.clockDriftPPM = try PlanReader.list(
                &line, "millionths with a sign such as +100ppm"
            ) { word in
                word.hasSuffix("ppm") ? PlanLiteral.signed(word.dropLast(3)) : nil
            }
        case "destructible": plan.world.destructible = try line.nodes()
        case "over-budget": plan.world.isOverBudget = true
        case "delays": plan.world.delays = try DelayFit(&line)
        default:
            guard let group = settings.first(where: { $0.name == directive }) else {
                throw line.error(
                    "'\(directive)' is no directive; a line begins with "
                        + PlanLine.oneOf(PlanReader.directives.sorted()))
            }
            try read(group, &line)
        }
    }

    private static func list<Value>(
        _ line: inout PlanLine, _ expected: String, _ read: (Substring) -> Value?
    ) throws(PlanTextError) -> [Value] {
        var values: [Value] = []
        repeat { values.append(try line.value(expected, read)) } while line.first != nil
        return values
    }

    private mutating func read(
        _ group: PlanSettings, _ line: inout PlanLine
    ) throws(PlanTextError) {
        if let leading = group.leading {
            let word = try line.value(leading.expected) { $0 }
            try set(leading, word, line)
        }
        while let word = line.next() {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard let setting = group.settings.first(where: { $0.name == parts[0] }),
                parts.count == 2
            else {
                let names = group.settings.map { $0.name + "=…" }
                throw line.error(
                    names.isEmpty
                        ? "'\(word)' is too much on this line"
                        : "expected \(PlanLine.oneOf(names)), not '\(word)'")
            }
            try set(setting, parts[1], line)
        }
    }

    private mutating func set(
        _ setting: PlanSetting, _ word: Substring, _ line: PlanLine
    ) throws(PlanTextError) {
        guard setting.read(&plan.world, word) else {
            throw line.error("\(setting.name) is \(setting.expected), not '\(word)'")
        }
    }

    // MARK: What happens

    private mutating func readWorkload(_ line: inout PlanLine) throws(PlanTextError) {
        let mix = try line.choice(Workload.Mix.self)
        var workload = Workload(mix, rate: 0, until: 0)
        workload.rate = try line.setting("rate", "requests per second such as 100") { word in
            PlanLiteral.number(word).flatMap { $0 > 0 ? $0 : nil }
        }
        workload.from = try line.setting("from", "a time such as 0s", PlanLiteral.time)
        workload.until = try line.setting("until", "a time such as 30s", PlanLiteral.time)
        if line.first != nil {
            workload.ttl = try line.setting("ttl", "a share such as 0.2", PlanLiteral.number)
        }
        plan.workloads.append(workload)
        workloadLines.append(line.number)
    }

    private mutating func readEvent(_ line: inout PlanLine) throws(PlanTextError) {
        let time = try line.time()
        let word = try line.value("a fault such as heal, or a client such as c1") { $0 }
        if let client = PlanLiteral.index("c", word) {
            operations.append((try operation(at: time, client, &line), line.number))
        } else {
            let fault = try Fault(word, &line)
            faults.append((PlannedFault(at: time, fault), line.number))
        }
    }

    private func operation(
        at time: UInt64, _ client: Int, _ line: inout PlanLine
    ) throws(PlanTextError) -> PlannedOperation {
        let kind = try line.choice(OperationKind.self)
        var operation = PlannedOperation(at: time, client: client, kind, key: 0)
        if kind != .admin || line.first?.first == "k" {
            operation.key = try line.value("a key such as k1") { PlanLiteral.index("k", $0) }
        }
        if let word = line.first, let bytes = PlanLiteral.bytes(word) {
            operation.bytes = bytes
            _ = line.next()
        }
        if line.first?.hasPrefix("ttl=") ?? false {
            operation.ttlMilliseconds = try line.setting("ttl", "a time such as 3s") { word in
                PlanLiteral.time(word).flatMap { $0 % 1_000_000 == 0 ? $0 / 1_000_000 : nil }
            }
        }
        if line.take("via") { operation.node = try line.node() }
        operation.isRetried = line.take("retried")
        return operation
    }

    // MARK: The whole

    /// The plan, its events in order, once it makes sense.
    mutating func finish() throws(PlanTextError) -> Plan {
        operations = PlanReader.sorted(operations) { $0.operation.at }
        faults = PlanReader.sorted(faults) { $0.fault.at }
        plan.operations = operations.map(\.operation)
        plan.faults = faults.map(\.fault)
        guard let flaw = plan.flaw() else { return plan }
        throw PlanTextError(line: line(of: flaw.place), reason: flaw.reason)
    }

    /// By time; what is at the same time stays in its order.
    private static func sorted<Event>(
        _ events: [Event], by time: (Event) -> UInt64
    ) -> [Event] {
        let order = events.indices.sorted {
            let (left, right) = (time(events[$0]), time(events[$1]))
            return left == right ? $0 < $1 : left < right
        }
        return order.map { events[$0] }
    }

    private func line(of place: PlanFlaw.Place) -> Int {
        switch place {
        case .directives(let names): names.compactMap { lines[$0] }.first ?? 1
        case .workload(let index): workloadLines[index]
        case .operation(let index): operations[index].line
        case .fault(let index): faults[index].line
        }
    }
}
