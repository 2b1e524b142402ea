import Primitives
import Staleness

/// What a measurement is to do.
struct MeasurementPlan: Sendable {
    /// The bucket that measurements have for themselves.
    static let bucket = "dyna-staleness"
    /// How many reads follow each run of writes: one at once, the others spread over `tMax`.
    static let readsPerCycle = 6
    /// How many versions are written one after the other at most before the reads begin.
    static let burstMax = 3
    /// The least distance of the reads that do not begin at once.
    static let tMin = Duration.microseconds(300)
    /// How long after the end what was not deleted expires.
    static let afterlife = Duration.seconds(3_600)

    /// The sizes to measure, which are given the same number of keys and turns.
    let quorums: [QuorumSizes]
    let duration: Duration
    let writers: Int
    let readers: Int
    /// Writes per second, all writers together.
    let rate: Double
    /// How many keys there are, all sizes together.
    let keys: Int
    let valueBytes: Int
    let tMax: Duration
    /// What the run's keys, values and random choices are named after.
    let seed: UInt64

    /// How long a value is kept if the measurement is killed before it deletes it.
    var ttl: Duration { duration + MeasurementPlan.afterlife }

    /// The name of the run in its keys and values.
    var name: String { String(seed, radix: 36) }
}

/// What was written of one key so far; only its writer uses it.
struct MeasuredKey: Sendable {
    /// The number of the key in the history.
    let number: Int
    /// Which of the plan's sizes it is written and read with.
    let setting: Int
    let text: String
    var version = 0
    var context: String?
    /// Whether replicas may hold something that the context does not cover.
    var hasSiblings = false

    /// The session that writes the key and reads some of what it wrote.
    var owner: Int { number * 2 }
    /// The session that only reads the key.
    var visitor: Int { number * 2 + 1 }

    init(_ number: Int, of plan: MeasurementPlan) {
        self.number = number
        setting = number % plan.quorums.count
        text = "\(plan.name)-\(number)"
    }

    /// The value of a version, filled up to the size that the plan asks for.
    func value(_ version: Int, of plan: MeasurementPlan) -> [UInt8] {
        let bytes = Array("\(text) \(version) ".utf8)
        let padding = max(0, plan.valueBytes - bytes.count)
        return bytes + [UInt8](repeating: UInt8(ascii: "."), count: padding)
    }

    /// The version that a value says it is; 0 for what this key was never written with.
    func version(of value: [UInt8]) -> Int {
        let words = value.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count >= 2, words[0].elementsEqual(text.utf8) else { return 0 }
        return Int(String(decoding: words[1], as: UTF8.self)) ?? 0
    }
}
