import Ring

/// A setting of a world as a plan names it: one table for reading and for writing.
struct PlanSetting {
    let name: String
    /// What a value looks like, for whoever wrote another one.
    let expected: String
    /// Whether it is written although it does not depart from the default.
    var isAlwaysWritten = false
    /// Takes a value; false where it makes no sense.
    let read: (inout World, Substring) -> Bool
    let text: (World) -> String

    private init(
        _ name: String, _ expected: String, read: @escaping (inout World, Substring) -> Bool,
        text: @escaping (World) -> String
    ) {
        self.name = name
        self.expected = expected
        self.read = read
        self.text = text
    }

    /// The same, always written.
    var always: PlanSetting {
        var setting = self
        setting.isAlwaysWritten = true
        return setting
    }

    private static func make<Value>(
        _ name: String, _ expected: String, _ path: WritableKeyPath<World, Value>,
        read: @escaping (Substring) -> Value?, text: @escaping (Value) -> String
    ) -> PlanSetting {
        PlanSetting(name, expected) { world, word in
            guard let value = read(word) else { return false }
            world[keyPath: path] = value
            return true
        } text: {
            text($0[keyPath: path])
        }
    }

    // MARK: Kinds

    static func time(_ name: String, _ path: WritableKeyPath<World, UInt64>) -> PlanSetting {
        make(
            name, "a time such as 12.5s, 300ms or 40us", path, read: PlanLiteral.time,
            text: PlanLiteral.text(time:))
    }

    static func milliseconds(
        _ name: String, _ path: WritableKeyPath<World, UInt32>
    ) -> PlanSetting {
        make(name, "a time in whole milliseconds such as 5s or 200ms", path) { word in
            guard let time = PlanLiteral.time(word), time % 1_000_000 == 0, time > 0 else {
                return nil
            }
            return UInt32(exactly: time / 1_000_000)
        } text: {
            PlanLiteral.text(time: UInt64($0) * 1_000_000)
        }
    }

    static func count(_ name: String, _ path: WritableKeyPath<World, Int>) -> PlanSetting {
        make(name, "a whole number such as 4", path, read: PlanLiteral.count) { "\($0)" }
    }

    static func probability(_ name: String, _ path: WritableKeyPath<World, Double>) -> PlanSetting {
        make(name, "a probability from 0 to 1 such as 0.01", path) { word in
            PlanLiteral.number(word).flatMap { $0 <= 1 ? $0 : nil }
        } text: {
            PlanLiteral.text(number: $0)
        }
    }

    static func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ path: WritableKeyPath<World, Choice>
    ) -> PlanSetting where Choice.RawValue == String {
        let expected = PlanLine.oneOf(Choice.allCases.map(\.rawValue))
        return make(name, expected, path) {
            Choice(rawValue: String($0))
        } text: {
            $0.rawValue
        }
    }

    static var conflict: PlanSetting {
        make("conflict", "siblings or lastWriteWins", \.conflict) { word in
            switch word {
            case "siblings": .siblings
            case "lastWriteWins": .lastWriteWins
            default: nil
            }
        } text: {
            $0 == .siblings ? "siblings" : "lastWriteWins"
        }
    }

    static var readRepair: PlanSetting {
        let modes: [(String, ReadRepairMode)] = [
            ("async", .async), ("blocking", .blocking), ("off", .off),
        ]
        return make("read-repair", "async, blocking or off", \.readRepair) { word in
            modes.first { $0.0 == word }?.1
        } text: { mode in
            modes.first { $0.1 == mode }?.0 ?? ""
        }
    }

    static var sloppy: PlanSetting {
        make("sloppy", "on or off", \.isSloppy) { word in
            word == "on" ? true : word == "off" ? false : nil
        } text: {
            $0 ? "on" : "off"
        }
    }

    static var bandwidth: PlanSetting {
        make(
            "bandwidth", "bytes per second such as 100000, or 0 for no limit",
            \.network.bytesPerSecond, read: PlanLiteral.digits
        ) { "\($0)" }
    }

    static var checkpoint: PlanSetting {
        make(
            "checkpoint", "a number of pages such as 200", \.node.checkpointPages
        ) { word in
            PlanLiteral.count(word).flatMap { Int32(exactly: $0) }
        } text: {
            "\($0)"
        }
    }
}

/// Settings that share a line.
struct PlanSettings {
    /// The first word of the line.
    let name: String
    /// The setting whose value follows the first word without a name.
    var leading: PlanSetting?
    /// Settings that are written as `name=value`.
    var settings: [PlanSetting] = []

    /// All lines, in the order of writing.
    static var all: [PlanSettings] {
        [
            PlanSettings(
                name: "nodes", leading: .count("nodes", \.nodes).always,
                settings: [.count("zones", \.zones), .count("partitions", \.partitions)]),
            PlanSettings(
                name: "quorum",
                settings: [
                    .count("n", \.n).always, .count("r", \.r).always, .count("w", \.w).always,
                    .conflict, .readRepair, .sloppy,
                ]),
            PlanSettings(name: "store", leading: .choice("store", \.store)),
            PlanSettings(name: "transport", leading: .choice("transport", \.transport)),
            PlanSettings(name: "network", settings: network),
            PlanSettings(name: "disk", settings: disk),
            PlanSettings(name: "node", settings: node),
            PlanSettings(name: "service", leading: .time("service", \.serviceNanosecondsMean)),
            PlanSettings(
                name: "clients", leading: .count("clients", \.clients).always,
                settings: [
                    .count("keys", \.keys).always,
                    .time("patience", \.clientPatienceNanoseconds),
                ]),
            PlanSettings(
                name: "freshness",
                settings: [
                    .count("writes", \.freshness.writes), .count("probes", \.freshness.probes),
                    .time("t-max", \.freshness.spanNanoseconds),
                    .time("pause", \.freshness.pauseNanoseconds),
                ]),
            PlanSettings(name: "safety", leading: .time("safety", \.safetyNanoseconds).always),
        ]
    }

    private static var network: [PlanSetting] {
        [
            .time("latency", \.network.latencyNanoseconds),
            .time("jitter", \.network.jitterNanosecondsMean),
            .probability("tail", \.network.tailProbability),
            .time("tail-max", \.network.tailNanosecondsMax),
            .probability("loss", \.network.loss),
            .probability("duplication", \.network.duplication),
            .probability("overtaking", \.network.overtaking),
            .probability("resets", \.network.resets),
            .probability("ambiguity", \.network.ambiguity),
            .probability("corruption", \.network.corruption),
            .bandwidth,
        ]
    }

    private static var disk: [PlanSetting] {
        [
            .time("page", \.disk.pageNanosecondsMean),
            .time("sync", \.disk.syncNanoseconds),
            .time("sync-mean", \.disk.syncNanosecondsMean),
            .probability("read-error", \.disk.readError),
            .probability("write-error", \.disk.writeError),
            .probability("sync-error", \.disk.syncError),
            .probability("rot", \.disk.rot),
        ]
    }

    private static var node: [PlanSetting] {
        [
            .milliseconds("timeout", \.node.timeoutMilliseconds),
            .milliseconds("heartbeat", \.node.heartbeatMilliseconds),
            .milliseconds("suspect", \.node.suspectMilliseconds),
            .milliseconds("down", \.node.downMilliseconds),
            .count("siblings-max", \.node.siblingsMax),
            .count("requests-max", \.node.requestsMax),
            .milliseconds("exchange", \.node.exchangeMilliseconds),
            .milliseconds("scrub", \.node.scrubMilliseconds),
            .count("hint-bytes-max", \.node.hintBytesMax),
            .milliseconds("hint-window", \.node.hintWindowMilliseconds),
            .milliseconds("message-lifetime", \.node.messageLifetimeMilliseconds),
            .count("cache-kib", \.node.cacheKibibytes),
            .checkpoint,
        ]
    }
}
