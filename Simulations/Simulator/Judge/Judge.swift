import Causality
import Primitives
import Replica
import Ring
import Store

/// What really happened, and whether it was right.
///
/// The judges keep the true causal history: which operation got which dot, and what it had seen.
/// They watch every transaction of every store and every answer, and work out by a model of their
/// own what each should have been. Contexts can be believed as long as no dot is minted that some
/// context out there covers already; that is checked whenever one is minted, so that from then on
/// "covers" means "saw" (Riak's kv679 is what happens otherwise).
struct Judge {
    /// What a node durably holds under a key: as its own record, or as a hint for others.
    struct Held: Equatable {
        var record = SeenRecord()
        var isUnreadable = false
        /// Whom a hint is for, ascending.
        var targets: [Int] = []
    }

    /// A transaction whose end a crash or a failed sync hides: all of it is there, or nothing.
    struct InDoubt {
        var before: [(slot: Int, held: Held)] = []
        var after: [(slot: Int, held: Held)] = []
    }

    /// What a store's latest transaction changed.
    ///
    /// It is on the disk at once, and durable for its node only when the store says so: whoever
    /// counts it before does not know it.
    struct Unreported {
        var before: [(slot: Int, held: Held)] = []
        /// When the store says so, as far as that is known.
        var reportAt: UInt64 = 0
    }

    let world: World
    let keys: [Key]
    var keyIndex: [Hash128: Int] = [:]
    /// The members that own a key, by key.
    var owners: [[Int]] = []
    var history: [HistoryEntry] = []
    /// Who wrote under a dot of a key.
    var dots: [DotOfKey: Int] = [:]
    /// The dots that were minted, by key.
    var minted: [SeenVector]
    /// What any context ever claimed to cover, by key.
    var claimed: [SeenVector]
    /// What each node durably holds, by node and slot: the records by key, then the hints by key.
    var held: [[Held]]
    /// What reads have told, by key; kept only where it must not go back.
    var told: [SeenVector]
    /// Digests of all records and hints that any node ever held, by key.
    var heldRecords: [Set<UInt64>]
    var inDoubt: [InDoubt?]
    /// The latest transaction of each node.
    var unreported: [Unreported]
    /// The tombstones that were removed, by key.
    var reaped: [Reaped]
    /// How many tombstones each node removed.
    var removedCounts: [Int]
    /// What each node removed in this run, by node and key.
    var reapedHere: [[Int: SeenRecord]]
    /// Records without values that some node held, by their digests.
    var deadRecords: [Hash128: SeenRecord] = [:]
    /// How often a record was removed, and how often a removed one was offered again.
    var (reapedRecords, reapedOffered) = (0, 0)
    /// How often a key was written whose tombstone had been removed.
    var recreated = 0
    /// Nodes whose data was falsified or destroyed: what they lose is no fault of theirs.
    var isTainted: [Bool]
    /// Those of them whose data was falsified, and not only destroyed.
    var isFalsified: [Bool]
    /// What nodes owe whose data was destroyed, by node.
    var losses: [Loss?]
    /// What was acknowledged, by key; kept only where every read must show it.
    var acknowledged: [SeenVector]
    /// The latest clock reading that each node told anyone.
    var clocks: [UInt64]
    /// The starts of others that each node durably remembers, by node and name.
    var rememberedStarts: [[String: NodeStart]]
    /// All starts that each node ever durably remembered.
    var acceptableStarts: [Set<NodeStart>]
    /// Digests of the records that puts left, by key.
    var putRecords: [Set<UInt64>]
    /// What was read of each key lately.
    private var recentReadings: [RecentReadings]
    /// The contexts that a write's answer may carry, by operation.
    var givable: [Int: [SeenVector]] = [:]
    /// What the clock of the node at work reads before the event that it handles, and after.
    var readings: (before: UInt64, after: UInt64) = (0, .max)
    /// When a store last read, or left, a record, by key and digest.
    ///
    /// By its node's clock, in milliseconds; kept only where messages live so short that it can
    /// matter.
    var readTimes: [[UInt64: UInt64]]
    /// What time it is as far as each node knows, in milliseconds.
    var known: [UInt64]
    /// How often a read found an expired value.
    var expiredFound = 0
    /// What else was seen that a sweep must see.
    var moments = JudgedMoments()
    /// How often a retry met the memory of its overwritten operation.
    var overwrittenRetried = 0
    /// How often a put covered an expired value.
    var expiredCovered = 0
    var counts: [OracleCount]
    var violations: [Violation] = []
    var now: UInt64 = 0

    /// A dot of a key.
    struct DotOfKey: Hashable {
        let key: Int
        let dot: SeenDot
    }

    init(world: World, keys: [Key]) {
        self.world = world
        self.keys = keys
        for (index, key) in keys.enumerated() { keyIndex[key.hash] = index }
        minted = Array(repeating: SeenVector(), count: keys.count)
        (claimed, told, acknowledged) = (minted, minted, minted)
        putRecords = Array(repeating: [], count: keys.count)
        heldRecords = putRecords
        recentReadings = Array(repeating: RecentReadings(), count: keys.count)
        readTimes = Array(repeating: [:], count: keys.count)
        clocks = Array(repeating: 0, count: world.nodes)
        known = clocks
        rememberedStarts = Array(repeating: [:], count: world.nodes)
        acceptableStarts = Array(repeating: [], count: world.nodes)
        held = Array(
            repeating: Array(repeating: Held(), count: 2 * keys.count), count: world.nodes)
        inDoubt = Array(repeating: nil, count: world.nodes)
        unreported = Array(repeating: Unreported(), count: world.nodes)
        reaped = Array(repeating: Reaped(), count: keys.count)
        removedCounts = Array(repeating: 0, count: world.nodes)
        reapedHere = Array(repeating: [:], count: world.nodes)
        isTainted = Array(repeating: false, count: world.nodes)
        isFalsified = isTainted
        losses = Array(repeating: nil, count: world.nodes)
        counts = Oracle.allCases.map { OracleCount(oracle: $0) }
    }

    // MARK: Findings

    /// Notes that an oracle judged.
    @inline(__always)
    mutating func check(_ oracle: Oracle) {
        counts[oracle.position].checked += 1
    }

    mutating func check(_ oracle: Oracle, times: Int) {
        counts[oracle.position].checked += times
    }

    /// Notes what an oracle found.
    mutating func find(
        _ oracle: Oracle, key: Int? = nil, _ text: String, _ evidence: [String] = []
    ) {
        // Beyond what the quorums can spare, data may be lost; it must still not be invented.
        guard !world.isOverBudget || oracle.holdsOverBudget else { return }
        counts[oracle.position].violations += 1
        guard violations.count < Judge.violationsMax else { return }
        violations.append(
            Violation(oracle, at: now, key: key, text, evidence: evidence))
    }

    /// How many findings are kept; a run ends when there are as many.
    static let violationsMax = 20

    /// Whether enough was found.
    var hasEnough: Bool { violations.count >= Judge.violationsMax }

    // MARK: Operations

    /// A client begins an operation; the number is its name.
    mutating func begin(_ entry: consuming HistoryEntry) -> Int {
        history.append(entry)
        return history.count - 1
    }

    /// The value that an operation writes: its number, then filler.
    static func value(of operation: Int, bytes: Int) -> Bytes {
        var value = Array("v\(operation);".utf8)
        value.reserveCapacity(bytes)
        while value.count < bytes {
            value.append(UInt8(truncatingIfNeeded: value.count &* 31 &+ operation))
        }
        return value[...]
    }

    /// The operation id of an operation: every other one carries the time of its first try.
    func operationID(of operation: Int) -> Bytes {
        Judge.operationID(of: operation, in: history)
    }

    private static func operationID(of operation: Int, in history: [HistoryEntry]) -> Bytes {
        guard let time = history[operation].idMilliseconds else {
            return Bytes(text: "op\(operation)")
        }
        return Bytes(text: word(time << 16) + "-" + word(UInt64(operation)))
    }

    /// Sixteen hexadecimal digits.
    private static func word(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// The number in an operation id.
    static func number(inOperationID id: Bytes) -> Int? {
        guard id.count == 33 else { return number(in: id, after: 2) }
        return hexadecimal(id.suffix(15)).map { Int($0) }
    }

    /// The number in hexadecimal digits.
    static func hexadecimal(_ digits: Bytes) -> UInt64? {
        var number: UInt64 = 0
        for byte in digits {
            switch byte {
            case 0x30...0x39: number = number << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: number = number << 4 | UInt64(byte - 0x61 + 10)
            default: return nil
            }
        }
        return number
    }

    /// The number in `v17;…` or `op17`.
    static func number(in bytes: Bytes, after prefix: Int) -> Int? {
        var (number, hasDigits) = (0, false)
        for byte in bytes.dropFirst(prefix).prefix(12) {
            guard (0x30...0x39).contains(byte) else { break }
            number = number * 10 + Int(byte - 0x30)
            hasDigits = true
        }
        return hasDigits ? number : nil
    }

    /// Who wrote a version of a key, and whether its bytes are the ones that were written.
    func author(
        _ content: Bytes?, _ operationID: Bytes, key: Int
    ) -> (index: Int?, isGenuine: Bool) {
        Judge.author(content, operationID, key: key, in: history)
    }

    private static func author(
        _ content: Bytes?, _ operationID: Bytes, key: Int, in history: [HistoryEntry]
    ) -> (index: Int?, isGenuine: Bool) {
        let number =
            content.map { Judge.number(in: $0, after: 1) }
            ?? Judge.number(inOperationID: operationID)
        guard let number, number < history.count else { return (nil, false) }
        let isRightID =
            history[number].hasOperationID
            ? operationID == Judge.operationID(of: number, in: history) : operationID.isEmpty
        let kind = history[number].kind
        let isRightContent =
            content.map { kind == .put && history[number].value == $0 } ?? (kind == .delete)
        return (number, history[number].key == key && isRightID && isRightContent)
    }

    /// Reads a record's bytes and judges where they come from.
    mutating func read(_ bytes: Bytes, key: Int, _ place: @autoclosure () -> String) -> SeenRecord {
        check(.provenance)
        if let record = recentReadings[key].record(in: bytes) { return record }
        let history = history
        guard
            let record = try? RecordReading.read(
                bytes,
                operation: { _, content, operationID in
                    Judge.author(content, operationID, key: key, in: history)
                })
        else {
            find(.provenance, key: key, "\(place()): the bytes are not a record")
            return SeenRecord()
        }
        for version in record.versions where !version.isGenuine {
            find(
                .provenance, key: key,
                "\(place()): version \(version.dot) was written by nobody like this",
                version.operation.map { [describe($0)] } ?? [])
        }
        if record.versions.allSatisfy(\.isGenuine) {
            recentReadings[key].keep(record, in: bytes)
        }
        return record
    }

    /// Judges that a record holds nothing that no coordinator minted.
    mutating func checkMinted(
        _ record: SeenRecord, key: Int, _ place: @autoclosure () -> String
    ) {
        check(.dotUniqueness)
        for version in record.versions {
            guard let author = dots[DotOfKey(key: key, dot: version.dot)] else {
                find(.dotUniqueness, key: key, "\(place()): nobody minted dot \(version.dot)")
                continue
            }
            if author != version.operation {
                find(
                    .dotUniqueness, key: key,
                    "\(place()): dot \(version.dot) names two writes",
                    [describe(author)] + (version.operation.map { [describe($0)] } ?? []))
            }
        }
        if !minted[key].covers(record.context) {
            find(
                .noFalseOverwrite, key: key,
                "\(place()): the context covers writes that never happened")
        }
        claimed[key].join(record.context)
    }

    /// An operation for a reader.
    func describe(_ operation: Int) -> String {
        let entry = history[operation]
        var text = "#\(operation) c\(entry.client + 1) \(entry.kind.rawValue) k\(entry.key + 1)"
        text += " at \(Time.seconds(entry.askedAt))"
        text += " via " + entry.nodes.map { "n\($0 + 1)" }.joined(separator: ",")
        switch entry.outcome {
        case .done:
            text += ", acknowledged at " + (entry.answeredAt.map(Time.seconds) ?? "?")
        case .unknown: text += ", outcome unknown"
        case .refused: text += ", refused"
        }
        if let ttl = entry.ttlMilliseconds { text += ", to expire after \(ttl) ms" }
        if !entry.dots.isEmpty {
            text += ", dots " + entry.dots.map { "\($0.dot)" }.joined(separator: " ")
        }
        return text
    }

    func describe(_ record: SeenRecord) -> String {
        let versions = record.versions.map { version in
            "\(version.dot)=" + (version.operation.map { "#\($0)" } ?? "?")
        }
        var text =
            "siblings [\(versions.joined(separator: ", "))] under context "
            + "[\(record.context.entries.map(\.text).joined(separator: " "))]"
        if !record.overwritten.isEmpty {
            let operations = record.overwritten.map { "#\($0.operation)" }
            text += " that overwrote [\(operations.joined(separator: " "))]"
        }
        if !record.twins.isEmpty {
            let twins = record.twins.map { "\($0.dot)=#\($0.operation)" }
            text += " with twins [\(twins.joined(separator: ", "))]"
        }
        return text
    }
}

extension SeenVector.Entry {
    var text: String { "\(SeenDot(node: node, epoch: epoch, counter: counter))" }
}

extension Oracle {
    /// Whether it must hold even where more is destroyed than the quorums can spare.
    var holdsOverBudget: Bool {
        switch self {
        case .provenance, .ring, .replies, .bounds, .trees, .codec, .expiry, .age, .limit: true
        default: false
        }
    }

    /// The place in `allCases`.
    var position: Int {
        switch self {
        case .durability: 0
        case .noFalseOverwrite: 1
        case .noFalseConflict: 2
        case .frontier: 3
        case .dotUniqueness: 4
        case .provenance: 5
        case .acknowledgement: 6
        case .convergence: 7
        case .hints: 8
        case .noResurrection: 9
        case .monotonicReads: 10
        case .ring: 11
        case .failureDetector: 12
        case .replies: 13
        case .bounds: 14
        case .trees: 15
        case .restart: 16
        case .codec: 17
        case .expiry: 18
        case .age: 19
        case .refill: 20
        case .regularReads: 21
        case .scrub: 22
        case .staleness: 23
        case .freshness: 24
        case .liveness: 25
        case .limit: 26
        }
    }
}

/// Times as a reader wants them.
enum Time {
    static let second: UInt64 = 1_000_000_000

    /// `12.345s`.
    static func seconds(_ nanoseconds: UInt64) -> String {
        let milliseconds = nanoseconds / 1_000_000
        let fraction = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.count)
            + fraction + "s"
    }
}
