import Causality
import Primitives
import Ring
import Testing

@testable import Replica

/// Operations that left no sibling are remembered, so that a late retry is known for what it is.
@Suite struct PastOperationsTests {
    static func dot(_ node: UInt64, _ counter: UInt64 = 1) -> Dot {
        Dot(actor: Actor(node: NodeID(node), epoch: 1), counter: counter)
    }

    static func version(_ operation: String, at time: UInt64 = 1) -> Version {
        Version(
            content: .value(Bytes(text: "v" + operation)), timestamp: HybridTimestamp(time),
            operation: Bytes(text: operation))
    }

    static func merged(_ records: Record...) -> Record {
        records.dropFirst().reduce(into: records[0]) { $0.merge($1) }
    }

    /// `o` at one node.
    static let first = record { $0.put(version("o"), seen: VersionVector(), dot: dot(2)) }
    /// Its retry at another node, which knew nothing of it; the lesser and the greater dot.
    static let retries = [UInt64(1), 3].map { node in
        record { $0.put(version("o"), seen: VersionVector(), dot: dot(node)) }
    }

    static func record(_ change: (inout Record) -> Void) -> Record {
        var record = Record()
        change(&record)
        return record
    }

    @Test func `A retry does not come back beside what overwrote its operation`() {
        for isKnown in [true, false] {
            // The coordinator of the overwriting put has the version it covers, or not.
            var next = isKnown ? Self.first : Record()
            next.put(Self.version("y"), seen: Self.first.context, dot: Self.dot(4))
            for retry in Self.retries {
                let orders = [
                    Self.merged(Self.first, next, retry), Self.merged(next, retry, Self.first),
                    Self.merged(retry, Self.first, next), Self.merged(Self.first, retry, next),
                ]
                for record in orders {
                    #expect(record == orders[0])
                    #expect(record.siblings.entries.map(\.value.operation) == [Bytes(text: "y")])
                }
            }
        }
    }

    @Test func `A retry that stands alone is kept, and collapses with its twin`() {
        for retry in Self.retries {
            let both = Self.merged(Self.first, retry)
            #expect(both.siblings.entries.count == 1 && both.past.twins.count == 1)
            #expect(Self.merged(retry, Self.first) == both)
            #expect(Self.merged(both, retry, Self.first) == both)
        }
    }

    @Test func `A store answers a retry of what was overwritten and writes nothing`() throws {
        let key = try #require(Key(bucket: "b".utf8, key: "k".utf8))
        var keeper = RecordKeeper(minter: DotMinter(node: NodeID(1), run: 7))
        func put(
            _ operation: String, _ found: Lookup, seen: VersionVector = VersionVector()
        ) -> RecordKeeper.Decision {
            keeper.put(
                PutCommand(
                    key: key, version: Self.version(operation), basis: .seen(seen),
                    conflict: .siblings), found: found)
        }
        guard case .write(let first, _) = put("o", .absent),
            case .write(let second, _) = put("y", .found(first), seen: first.record.context),
            case .keep(.put(let receipt)) = put("o", .found(second))
        else {
            Issue.record("a put was refused, or a retry written")
            return
        }
        #expect(receipt.isRepeated && !receipt.isOnly)
        #expect(receipt.record == second.record.encoded()[...])
    }

    // MARK: The encoding

    @Test func `Records that remember nothing have the first format, others the second`() throws {
        #expect(Self.first.encoded().first == 1)
        var next = Self.merged(Self.first, Self.retries[0])
        #expect(next.encoded().first == 2 && next.past.overwritten.isEmpty)
        #expect(try Record(decoding: next.encoded()[...]) == next)
        let twins = next
        next.put(Self.version("y"), seen: next.context, dot: Self.dot(4))
        next.merge(Self.record { $0.put(Self.version("z"), seen: .init(), dot: Self.dot(5)) })
        #expect(next.past.twins.isEmpty && next.past.overwritten.count == 1)
        for record in [next, twins] {
            let bytes = record.encoded()
            #expect(try Record(decoding: bytes[...]) == record)
            for count in 0..<bytes.count {
                #expect(throws: MalformedBytes.self) { try Record(decoding: bytes[..<count]) }
            }
            var altered = bytes
            for bit in 0..<bytes.count * 8 {
                altered[bit / 8] ^= 1 << (bit % 8)
                if let other = try? Record(decoding: altered[...]) {
                    #expect(other.encoded() == altered, "two encodings of one record")
                }
                altered[bit / 8] ^= 1 << (bit % 8)
            }
        }
    }

    @Test func `So many operations are remembered, and for so long; the newest stay`() {
        var record = Record()
        for number in 0..<100 as Range<UInt64> {
            let version = Self.version("\(number)", at: number << 16)
            record.put(version, seen: record.context, dot: Self.dot(1, number + 1))
        }
        #expect(record.past.overwritten.count == PastOperations.overwrittenMax)
        #expect(record.past.isOverwritten(Bytes(text: "98")))
        #expect(!record.past.isOverwritten(Bytes(text: "34")))
        let late = (100 + PastOperations.lifetimeMilliseconds) << 16
        for number in 100..<102 as Range<UInt64> {
            let version = Self.version("\(number)", at: late)
            record.put(version, seen: record.context, dot: Self.dot(1, number + 1))
        }
        #expect(record.past.overwritten.count == 1)
    }

    // MARK: Laws

    /// All records that small histories leave: writes of two operations, either tried anew
    /// elsewhere, and overwriting by someone who read one node and wrote at another.
    static func reachable(depth: Int) -> [Record] {
        var known: [[UInt8]: Record] = [:]
        var seen: Set<[[UInt8]]> = []
        func explore(_ nodes: [Record], _ depth: Int) {
            let state = nodes.map { $0.encoded() }
            guard seen.insert(state + [[UInt8(depth)]]).inserted else { return }
            for record in nodes { known[record.encoded()] = record }
            guard depth > 0 else { return }
            for node in 0..<3 {
                for step in steps(nodes, at: node) {
                    var next = nodes
                    next[node] = step
                    explore(next, depth - 1)
                }
            }
        }
        explore([Record(), Record(), Record()], depth)
        return known.keys.sorted { $0.lexicographicallyPrecedes($1) }.compactMap { known[$0] }
    }

    private static func steps(_ nodes: [Record], at node: Int) -> [Record] {
        var steps: [Record] = []
        func put(_ operation: String, seen: VersionVector) {
            let id = Bytes(text: operation)
            let record = nodes[node]
            guard record.sibling(of: id) == nil, !record.past.isOverwritten(id) else { return }
            // A name of its own for every write of every history, so that all records fit together.
            let known =
                record.encoded() + Array(id)
                + seen.entries.flatMap { entry in
                    [UInt8(truncatingIfNeeded: entry.actor.epoch), UInt8(entry.counter)]
                }
            let epoch = Murmur3.hash128(known[...]).low
            let actor = Actor(node: NodeID(UInt64(node) + 1), epoch: epoch)
            var next = record
            next.put(version(operation), seen: seen, dot: Dot(actor: actor, counter: 1))
            steps.append(next)
        }
        put("o", seen: VersionVector())
        for other in nodes where other.context != VersionVector() {
            put("y\(node)", seen: other.context)
        }
        for other in 0..<3 where other != node {
            steps.append(merged(nodes[node], nodes[other]))
        }
        return steps
    }

    @Test func `Merging is a join on all records of small histories`() {
        let records = Self.reachable(depth: 3)
        print("records of small histories: \(records.count)")
        #expect(records.count > 20)
        var failures = 0
        for left in records {
            failures += Self.merged(left, left) == left ? 0 : 1
            for right in records {
                let merged = Self.merged(left, right)
                failures += merged == Self.merged(right, left) ? 0 : 1
                failures += Self.merged(merged, left) == merged ? 0 : 1
                for third in records {
                    let other = Self.merged(left, Self.merged(right, third))
                    failures += Self.merged(merged, third) == other ? 0 : 1
                }
            }
        }
        #expect(failures == 0)
    }

    @Test func `What is remembered is a join too, whatever is forgotten`() {
        var random = RandomStream(seed: 12)
        func draw() -> PastOperations {
            var past = PastOperations()
            for _ in 0..<Int.random(in: 0...90, using: &random) {
                let id = Bytes(text: "o\(Int.random(in: 0...150, using: &random))")
                let time = UInt64.random(
                    in: 0...2 * PastOperations.lifetimeMilliseconds, using: &random)
                past.overwrite(id, HybridTimestamp(milliseconds: time))
            }
            past.settle()
            return past
        }
        func join(_ left: PastOperations, _ right: PastOperations) -> PastOperations {
            var joined = left
            joined.join(right)
            joined.settle()
            return joined
        }
        for _ in 0..<500 {
            let (a, b, c) = (draw(), draw(), draw())
            #expect(join(a, b) == join(b, a))
            #expect(join(a, a) == a)
            #expect(join(join(a, b), c) == join(a, join(b, c)))
        }
    }

    /// Nodes that write over each other so often that operations are forgotten, and clients that
    /// come back late with old ones.
    @Test(arguments: [1, 2, 19, 24, 47] as [UInt64])
    func `What was merged once changes nothing again, whatever was forgotten`(seed: UInt64) {
        var random = RandomStream(seed: seed)
        var nodes = [Record(), Record(), Record()]
        var counters: [UInt64] = [0, 0, 0]
        var takenIn: [[Record]] = [[], [], []]
        var seen: [VersionVector] = []
        var next = 0
        for step in 0..<1_500 as Range<UInt64> {
            let node = Int.random(in: 0..<3, using: &random)
            let other = (node + Int.random(in: 1...2, using: &random)) % 3
            if Int.random(in: 0..<8, using: &random) == 0 {
                let before = nodes[node]
                nodes[node].merge(nodes[other])
                #expect(nodes[node] == Self.merged(nodes[other], before))
                takenIn[node] = takenIn[node].suffix(20) + [nodes[other]]
                for record in takenIn[node] {
                    #expect(Self.merged(nodes[node], record) == nodes[node])
                }
                continue
            }
            let isLate = next > 60 && Int.random(in: 0..<5, using: &random) == 0
            let age = Int.random(in: 0..<2, using: &random) == 0 ? 60 : 6
            let operation = isLate ? Int.random(in: next - age..<next, using: &random) : next
            if !isLate { next += 1 }
            let id = Bytes(text: "o\(operation)")
            guard nodes[node].sibling(of: id) == nil, !nodes[node].past.isOverwritten(id) else {
                continue
            }
            // Some have seen all that is here, some what was somewhere a while ago, some nothing.
            let basis = Int.random(in: 0..<10, using: &random)
            seen = seen.suffix(30) + [nodes[other].context]
            let context = basis < 6 ? nodes[node].context : seen.randomElement(using: &random)
            counters[node] += 1
            // Some clocks are ahead for a while.
            let isAhead = Int.random(in: 0..<4, using: &random) == 0
            nodes[node].put(
                Self.version("o\(operation)", at: (step + (isAhead ? 3_000 : 0)) << 16),
                seen: basis == 9 ? VersionVector() : context ?? VersionVector(),
                dot: Self.dot(UInt64(node) + 1, counters[node]))
        }
        // One round makes all of them alike.
        let all = Self.merged(nodes[0], nodes[1], nodes[2])
        for node in nodes { #expect(Self.merged(node, all) == all) }
    }

    // MARK: Times

    @Test func `An operation id of the documented form carries its time, no other does`() {
        let time = HybridTimestamp(milliseconds: 1_700_000_000_000)
        let word = String(time.raw, radix: 16)
        let id = "0" + word + "-00000000000000ff"
        #expect(HybridTimestamp(operation: Bytes(text: id)) == time)
        for other in [
            "", "op17", id + "0", String(id.dropLast()), id.uppercased(),
            id.replacing("-", with: "_"), id.replacing("ff", with: "fg"),
        ] {
            #expect(HybridTimestamp(operation: Bytes(text: other)) == nil, "\(other)")
        }
    }
}
