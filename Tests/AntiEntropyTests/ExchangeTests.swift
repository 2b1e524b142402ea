import AntiEntropy
import Primitives
import Replica
import Ring
import Testing

/// Two replicas in memory that exchange what they lack.
@Suite struct ExchangeTests {
    /// What one replica holds: here a record is a set of letters, and merging is their union.
    struct Side {
        var forest: MerkleForest
        var records: [Key: String] = [:]

        init() throws {
            forest = MerkleForest(
                shape: TreeShape(ring: try #require(Ring(partitionCount: 4))))
        }

        mutating func merge(_ letters: String, into key: Key) {
            let merged = String(Set((records[key] ?? "") + letters).sorted())
            let old = records[key].map { FiledRecord(copies: 3, record: Bytes(text: $0)) }
            let new = FiledRecord(copies: 3, record: Bytes(text: merged))
            let (first, second) = forest.changes(from: old, to: new, under: key.hash)
            if let first { forest.apply(first) }
            if let second { forest.apply(second) }
            records[key] = merged
        }

        func entries(below nodes: [TreeNode]) -> [LeafEntry] {
            let ranges = nodes.compactMap { forest.shape.range(of: $0) }
            return records.filter { record in
                ranges.contains { $0.contains(record.key.hash.high) }
            }.map { LeafEntry(hash: $0.key.hash, record: Bytes(text: $0.value)) }.inOrder()
        }

        func hints(_ hashes: [Hash128], bytesMax: Int) -> [Hint] {
            var (hints, bytes): ([Hint], Int) = ([], 0)
            for hash in hashes where bytes < bytesMax {
                guard let found = records.first(where: { $0.key.hash == hash }) else { continue }
                hints.append(Hint(key: found.key, record: Bytes(text: found.value)))
                bytes += found.value.utf8.count
            }
            return hints
        }
    }

    /// Runs a whole exchange; `fails` says at which action the partner is lost.
    static func run(
        _ own: inout Side, _ partner: inout Side, settings: Exchange.Settings,
        failsAt limit: Int = .max
    ) throws -> (counts: Exchange.Counts, isComplete: Bool, actions: Int) {
        let sets = (0..<4).map { ReplicaSet(partition: Partition($0), copies: 3) }
        var exchange = Exchange(sets: sets, settings: settings)
        var actions: [Exchange.Action] = []
        exchange.start(into: &actions)
        var (count, timer, isComplete): (Int, UInt64?, Bool?) = (0, nil, nil)
        while isComplete == nil {
            guard !actions.isEmpty else {
                // Nothing but a pause is left to wait for.
                exchange.handle(.timer(try #require(timer)), into: &actions)
                continue
            }
            count += 1
            if count == limit { exchange.handle(.failed, into: &actions) }
            switch actions.removeFirst() {
            case .readHashes(let nodes):
                exchange.handle(.hashes(nodes.map { own.forest.hash(of: $0) }), into: &actions)
            case .compare(let nodes, let hashes):
                let places = nodes.indices.filter {
                    partner.forest.hash(of: nodes[$0]) != hashes[$0]
                }
                exchange.handle(.compared(places), into: &actions)
            case .readKeys(let nodes):
                exchange.handle(.keys(own.entries(below: nodes)), into: &actions)
            case .compareKeys(let nodes, let entries):
                let found = KeyComparison.compare(entries, with: partner.entries(below: nodes))
                exchange.handle(
                    .difference(wanted: found.wanted, offered: found.offered), into: &actions)
            case .readRecords(let hashes):
                let hints = own.hints(hashes, bytesMax: settings.bytesMax)
                exchange.handle(.records(hints), into: &actions)
            case .pull(let hashes):
                let hints = partner.hints(hashes, bytesMax: settings.bytesMax)
                exchange.handle(.pulled(hints), into: &actions)
            case .push(let hints):
                for hint in hints {
                    partner.merge(String(decoding: hint.record, as: UTF8.self), into: hint.key)
                    exchange.handle(.settled(isStored: true), into: &actions)
                }
            case .merge(let hints):
                for hint in hints {
                    own.merge(String(decoding: hint.record, as: UTF8.self), into: hint.key)
                    exchange.handle(.settled(isStored: true), into: &actions)
                }
            case .wake(let number, _): timer = number
            case .finish(let complete): isComplete = complete
            }
        }
        return (exchange.counts, isComplete ?? false, count)
    }

    static func sides(_ seed: UInt64, keys: Int, differences: Int) throws -> (Side, Side) {
        var random = RandomStream(seed: seed)
        var (left, right) = (try Side(), try Side())
        for number in 0..<keys {
            let key = try #require(Key(bucket: [1], key: Array("\(number)".utf8)))
            left.merge("a", into: key)
            right.merge("a", into: key)
        }
        for number in 0..<differences {
            let key = try #require(Key(bucket: [1], key: Array("\(number * 7)".utf8)))
            let letter = ["b", "c", "d"][Int(random.next() % 3)]
            if random.next() % 2 == 0 {
                left.merge(letter, into: key)
            } else {
                right.merge(letter, into: key)
            }
        }
        return (left, right)
    }

    static var small: Exchange.Settings {
        var settings = Exchange.Settings()
        (settings.nodesMax, settings.leavesMax) = (7, 3)
        (settings.recordsMax, settings.bytesMax) = (5, 6)
        return settings
    }

    @Test(arguments: [0, 1, 2, 40, 300], [UInt64(1), 2, 3])
    func `Both replicas hold all that either held`(differences: Int, seed: UInt64) throws {
        for settings in [Exchange.Settings(), Self.small] {
            var (left, right) = try Self.sides(seed, keys: 500, differences: differences)
            let outcome = try Self.run(&left, &right, settings: settings)
            #expect(outcome.isComplete && left.records == right.records)
            #expect(left.forest.difference(from: right.forest) == nil)
            #expect(outcome.counts.sent + outcome.counts.received >= UInt64(differences))
            let again = try Self.run(&left, &right, settings: settings)
            #expect(again.counts.nodes == 4 && again.counts.keys == 0)
        }
    }

    @Test func `The cost follows the differences, not the keys`() throws {
        var (left, right) = try Self.sides(4, keys: 4_000, differences: 3)
        let counts = try Self.run(&left, &right, settings: Exchange.Settings()).counts
        #expect(counts.leaves <= 3 && counts.nodes <= 4 + 3 * 32 + 3 * 32)
        #expect(counts.keys < 40)
    }

    @Test func `An exchange that breaks off anywhere leaves what the next one finds`() throws {
        var (left, right) = try Self.sides(5, keys: 300, differences: 60)
        let whole = try Self.run(&left, &right, settings: Self.small).actions
        for limit in stride(from: 1, to: whole, by: 3) {
            var (left, right) = try Self.sides(5, keys: 300, differences: 60)
            let broken = try Self.run(&left, &right, settings: Self.small, failsAt: limit)
            #expect(!broken.isComplete)
            #expect(try Self.run(&left, &right, settings: Self.small).isComplete)
            #expect(left.records == right.records)
        }
    }

    @Test func `Keys are compared as sets`() throws {
        var random = RandomStream(seed: 9)
        for _ in 0..<500 {
            func list() -> [LeafEntry] {
                (0..<8).filter { _ in random.next() % 2 == 0 }.map {
                    LeafEntry(hash: Hash128(high: 0, low: UInt64($0)), digest: random.next() % 2)
                }
            }
            let (theirs, own) = (list(), list())
            let found = KeyComparison.compare(theirs, with: own)
            #expect(found.wanted == theirs.filter { !own.contains($0) }.map(\.hash))
            #expect(found.offered == own.filter { !theirs.contains($0) }.map(\.hash))
        }
    }
}
