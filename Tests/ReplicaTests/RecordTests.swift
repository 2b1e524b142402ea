import Causality
import Primitives
import Replica
import Ring
import Testing

@Suite struct RecordTests {
    static func dot(_ node: UInt64, _ counter: UInt64) -> Dot {
        Dot(actor: Actor(node: NodeID(node), epoch: 1 << 32 | 1), counter: counter)
    }

    static func version(
        _ text: String, at time: UInt64 = 1, operation: String = ""
    ) -> Version {
        Version(
            content: .value(Bytes(text: text)), timestamp: HybridTimestamp(time),
            operation: Bytes(text: operation))
    }

    /// Records that random writes and merges at three replicas lead to.
    static func reachable(seed: UInt64, count: Int) -> [Record] {
        var random = RandomStream(seed: seed)
        var replicas = Array(repeating: Record(), count: 3)
        var counters: [UInt64] = [0, 0, 0]
        var seen: [Record] = []
        for step in 0..<count {
            let at = Int.random(in: 0..<3, using: &random)
            if Bool.random(using: &random) {
                counters[at] += 1
                let value = version("v\(Int.random(in: 0..<4, using: &random))", at: UInt64(step))
                let basis =
                    Bool.random(using: &random) ? replicas[at].context : VersionVector()
                replicas[at].put(value, seen: basis, dot: dot(UInt64(at), counters[at]))
            } else {
                let from = Int.random(in: 0..<3, using: &random)
                replicas[at].merge(replicas[from])
            }
            seen.append(replicas[at])
        }
        return seen
    }

    @Test("an encoded record comes back, and equal records have equal bytes")
    func codec() throws {
        for record in Self.reachable(seed: 1, count: 300) {
            let bytes = record.encoded()
            let decoded = try Record(decoding: bytes[...])
            #expect(decoded == record)
            #expect(decoded.encoded() == bytes)
        }
        var deleted = Record()
        let tombstone = Version(content: .tombstone, timestamp: HybridTimestamp(3))
        deleted.put(tombstone, seen: VersionVector(), dot: Self.dot(1, 1))
        #expect(try Record(decoding: deleted.encoded()[...]) == deleted)
        #expect(deleted.live.isEmpty && deleted.siblings.entries.count == 1)
    }

    @Test("damaged bytes are refused or are another valid record, never a crash")
    func damage() throws {
        var random = RandomStream(seed: 2)
        for record in Self.reachable(seed: 3, count: 60) {
            let bytes = record.encoded()
            for count in 0..<bytes.count {
                #expect(throws: MalformedBytes.self) {
                    try Record(decoding: bytes.prefix(count))
                }
            }
            for _ in 0..<100 {
                var damaged = bytes
                let index = Int.random(in: damaged.indices, using: &random)
                damaged[index] = UInt8.random(in: 0...255, using: &random)
                guard let other = try? Record(decoding: damaged[...]) else { continue }
                #expect(other.siblings.entries.allSatisfy { other.context.covers($0.dot) })
            }
        }
    }

    @Test("merge is commutative, associative and idempotent")
    func mergeLaws() {
        var random = RandomStream(seed: 4)
        for seed in 0..<40 as Range<UInt64> {
            let records = Self.reachable(seed: seed, count: 25)
            for _ in 0..<20 {
                let picks = (0..<3).compactMap { _ in records.randomElement(using: &random) }
                let (a, b, c) = (picks[0], picks[1], picks[2])
                let ab = Self.merged(a, b)
                #expect(ab == Self.merged(b, a))
                #expect(Self.merged(ab, c) == Self.merged(a, Self.merged(b, c)))
                #expect(Self.merged(ab, b) == ab)
            }
        }
    }

    static func merged(_ a: Record, _ b: Record) -> Record {
        var result = a
        result.merge(b)
        return result
    }

    /// Three replicas, a put of which is often retried at another one, and merges between them.
    struct Retries {
        var replicas = Array(repeating: Record(), count: 3)
        /// What each operation's writer had seen: the operations, with all that they had seen.
        var seenBy: [String: Set<String>] = [:]
        var counters: [UInt64] = [0, 0, 0]

        mutating func step(_ number: Int, _ random: inout RandomStream) {
            let at = Int.random(in: 0..<3, using: &random)
            guard Int.random(in: 0..<3, using: &random) > 0 else {
                replicas[at].merge(replicas[Int.random(in: 0..<3, using: &random)])
                return
            }
            let read = replicas[Int.random(in: 0..<3, using: &random)]
            let operation = "op\(number)"
            var seen: Set<String> = []
            for sibling in read.siblings.entries {
                let known = String(decoding: sibling.value.operation, as: UTF8.self)
                seen.formUnion(seenBy[known, default: []].union([known]))
            }
            seenBy[operation] = seen
            for retry in 0...Int.random(in: 0...1, using: &random) {
                put(operation, number, at: (at + retry) % 3, seen: read.context)
            }
        }

        private mutating func put(
            _ operation: String, _ number: Int, at: Int, seen: VersionVector
        ) {
            let time = UInt64((number * 7) % 11)
            let value = RecordTests.version(operation, at: time, operation: operation)
            counters[at] += 1
            replicas[at].put(value, seen: seen, dot: RecordTests.dot(UInt64(at), counters[at]))
        }

        /// Merges everything with everything until nothing changes.
        mutating func gossip() -> Bool {
            for _ in 0..<4 {
                for at in 0..<3 {
                    for from in 0..<3 { replicas[at].merge(replicas[from]) }
                }
            }
            return replicas[0] == replicas[1] && replicas[1] == replicas[2]
        }
    }

    @Test("retries at several coordinators converge, stay one write, and lose none")
    func retriesConverge() {
        for seed in 0..<400 as Range<UInt64> {
            var random = RandomStream(seed: seed)
            var world = Retries()
            for number in 0..<20 { world.step(number, &random) }
            let converged = world.gossip()
            #expect(converged, "seed \(seed)")
            let left = world.replicas[0].siblings.entries.map {
                String(decoding: $0.value.operation, as: UTF8.self)
            }
            #expect(Set(left).count == left.count, "an operation stands twice, seed \(seed)")
            let covered = left.reduce(into: Set(left)) {
                $0.formUnion(world.seenBy[$1, default: []])
            }
            #expect(covered.count == world.seenBy.count, "a write was lost, seed \(seed)")
            let shown = world.replicas[0].seen(under: .lastWriteWins)
            #expect(shown.siblings.entries.count == 1)
            #expect(shown.context == world.replicas[0].context)
        }
    }

    @Test("retries of one operation at two coordinators collapse to the least dot")
    func retries() {
        var (a, b) = (Record(), Record())
        let version = Self.version("x", operation: "op")
        a.put(version, seen: VersionVector(), dot: Self.dot(1, 1))
        b.put(version, seen: VersionVector(), dot: Self.dot(2, 1))
        let merged = Self.merged(b, a)
        #expect(merged.siblings.entries.map(\.dot) == [Self.dot(1, 1)])
        #expect(merged.context.covers(Self.dot(2, 1)))
    }

    /// Before, the older version was dropped under a context that went on covering it; two replicas
    /// that had each kept another version then dropped both.
    @Test("last write wins shows the newest and drops nothing that another replica may still need")
    func lastWriteWins() {
        var (a, b, c) = (Record(), Record(), Record())
        a.put(Self.version("a", at: 5), seen: VersionVector(), dot: Self.dot(1, 1))
        b.put(Self.version("b", at: 9), seen: VersionVector(), dot: Self.dot(2, 1))
        // Written after b was read, by a coordinator whose clock is behind.
        c.put(Self.version("c", at: 1), seen: b.context, dot: Self.dot(3, 1))
        let first = Self.merged(Self.merged(a, b), c)
        let second = Self.merged(Self.merged(b, c), a)
        #expect(first == second)
        let shown = Self.merged(first, second).seen(under: .lastWriteWins)
        #expect(shown.live.map { $0.value.value } == [Bytes(text: "a")])
    }
}
