extension Plan {
    /// The plan as text, from which it can be read again.
    ///
    /// Only what departs from the defaults is written, and what every reader looks for.
    package func text() -> String {
        var lines: [String] = []
        if !name.isEmpty { lines.append("scenario \(name)") }
        lines += story.map { $0.isEmpty ? "story" : "story \($0)" }
        lines.append("seed 0x\(String(seed, radix: 16))")
        if !profile.isEmpty { lines.append("profile \(profile)") }
        lines += PlanSettings.all.compactMap { $0.line(world) }
        lines += world.extraLines()
        lines += workloads.map(\.text)
        lines += events()
        if let expectedViolation { lines.append("expect \(expectedViolation)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Faults and operations by time; at the same time faults come first.
    private func events() -> [String] {
        var lines: [String] = []
        var next = 0
        for fault in faults {
            while next < operations.count, operations[next].at < fault.at {
                lines.append(operations[next].text)
                next += 1
            }
            lines.append("at \(PlanLiteral.text(time: fault.at)) \(fault.fault.text)")
        }
        return lines + operations[next...].map(\.text)
    }
}

extension PlanSettings {
    /// The line of a world; nil where there is nothing to say.
    fileprivate func line(_ world: World) -> String? {
        let normal = World()
        let written = settings.filter {
            $0.isAlwaysWritten || $0.text(world) != $0.text(normal)
        }
        let pairs = written.map { "\($0.name)=\($0.text(world))" }
        guard let leading else {
            return pairs.isEmpty ? nil : ([name] + pairs).joined(separator: " ")
        }
        guard
            leading.isAlwaysWritten || !pairs.isEmpty || leading.text(world) != leading.text(normal)
        else { return nil }
        return ([name, leading.text(world)] + pairs).joined(separator: " ")
    }
}

extension World {
    /// The lines that are no settings.
    fileprivate func extraLines() -> [String] {
        var lines: [String] = []
        if !clockSkewMilliseconds.isEmpty {
            let skews = clockSkewMilliseconds.map { PlanLiteral.text(milliseconds: $0) }
            lines.append("clock-skew " + skews.joined(separator: " "))
        }
        if !clockDriftPPM.isEmpty {
            let drifts = clockDriftPPM.map { ($0 < 0 ? "" : "+") + "\($0)ppm" }
            lines.append("clock-drift " + drifts.joined(separator: " "))
        }
        if !destructible.isEmpty {
            lines.append("destructible " + PlanLiteral.text(nodes: destructible))
        }
        if isOverBudget { lines.append("over-budget") }
        if let delays { lines.append("delays " + delays.text) }
        return lines
    }
}

extension Workload {
    fileprivate var text: String {
        let (from, until) = (PlanLiteral.text(time: from), PlanLiteral.text(time: until))
        let rate = PlanLiteral.text(number: rate)
        let expiries = ttl > 0 ? " ttl=\(PlanLiteral.text(number: ttl))" : ""
        return "workload \(mix.rawValue) rate=\(rate) from=\(from) until=\(until)\(expiries)"
    }
}

extension PlannedOperation {
    fileprivate var text: String {
        var words = ["at", PlanLiteral.text(time: at), "c\(client + 1)", kind.rawValue]
        if kind != .admin || key > 0 { words.append("k\(key + 1)") }
        if bytes != 16 { words.append(PlanLiteral.text(bytes: bytes)) }
        if let ttlMilliseconds {
            words.append("ttl=" + PlanLiteral.text(time: ttlMilliseconds * 1_000_000))
        }
        if let node { words += ["via", "n\(node + 1)"] }
        if isRetried { words.append("retried") }
        return words.joined(separator: " ")
    }
}
