import Causality
import Primitives
import Quorum
import Ring
import Testing

@testable import Replica
@testable import Simulator

/// Every oracle, on a history that breaks its promise and on one that keeps it.
@Suite struct JudgeTests {
    /// Three nodes that own one key, and what they hold.
    struct Scene {
        var judge: Judge
        var disks: [Record?]
        var minters: [DotMinter]

        init(_ change: (inout World) -> Void = { _ in }) {
            var world = World()
            world.nodes = 3
            world.keys = 2
            change(&world)
            judge = Judge(world: world, keys: (0..<2).map(Simulation.key))
            judge.owners = [[0, 1, 2], [0, 1, 2]]
            disks = [nil, nil, nil]
            minters = (0..<3).map { DotMinter(node: NodeID(UInt64($0) + 1), run: 7) }
        }

        /// A client begins to write.
        mutating func ask(
            seen: VersionVector? = VersionVector(), delete: Bool = false, ttl: UInt64? = nil
        ) -> Int {
            let number = judge.history.count
            var entry = HistoryEntry(
                kind: delete ? .delete : .put, client: 0, key: 0, askedAt: 0)
            if !delete { entry.value = Judge.value(of: number, bytes: 8) }
            entry.hasOperationID = delete
            entry.seen = seen.map { SeenVector($0) }
            entry.ttlMilliseconds = ttl
            return judge.begin(entry)
        }

        func version(_ operation: Int) -> Version {
            let entry = judge.history[operation]
            let timestamp = HybridTimestamp(UInt64(operation) + 1)
            return Version(
                content: entry.kind == .put ? .value(entry.value) : .tombstone,
                timestamp: timestamp,
                operation: entry.hasOperationID ? Bytes(text: "op\(operation)") : [],
                expiry: entry.ttlMilliseconds.map { timestamp.adding(milliseconds: $0) })
        }

        /// A node coordinates a write; `spoil` may make something else of the record.
        @discardableResult
        mutating func put(
            _ operation: Int, at node: Int, seen: VersionVector = VersionVector(),
            dot: Dot? = nil, spoil: (inout Record) -> Void = { _ in }
        ) -> Record {
            var record = disks[node] ?? Record()
            let own = record.context.entries.first {
                $0.actor.node == NodeID(UInt64(node) + 1)
            }?.actor.epoch
            let minted = minters[node].mint(own: own ?? 0, known: record.context, seen: seen).dot
            record.put(version(operation), seen: seen, dot: dot ?? minted)
            spoil(&record)
            disks[node] = record
            let receipt = PutReceipt(
                record: record.encoded()[...], context: record.context,
                liveCount: record.liveCount, isOnly: false, isRepeated: false, newEpoch: nil)
            let command = PutCommand(
                key: judge.keys[0], version: version(operation), basis: .seen(seen),
                conflict: .siblings)
            let stored = record
            judge.judge(
                transaction: [.put(command)], receipts: [(0, .put(receipt))], of: node,
                end: .committed, peek: { _ in .record(stored.encoded()[...]) })
            return record
        }

        /// A node takes in a record; it holds `left` afterwards.
        mutating func merge(_ record: Record, at node: Int, left: Record? = nil) {
            var merged = disks[node] ?? Record()
            merged.merge(record)
            let stored = left ?? merged
            disks[node] = stored
            let command = MergeCommand(
                key: judge.keys[0], record: record.encoded()[...], isComplete: false,
                readAt: HybridTimestamp(1))
            judge.judge(
                transaction: [.merge(command)], receipts: [], of: node, end: .committed,
                peek: { _ in .record(stored.encoded()[...]) })
        }

        mutating func spread(_ record: Record) {
            for node in 0..<3 { merge(record, at: node) }
        }

        mutating func acknowledge(_ operation: Int) {
            judge.history[operation].outcome = .done
        }

        /// What was found, without repetitions.
        var found: [Oracle] {
            Oracle.allCases.filter { oracle in
                judge.violations.contains { $0.oracle == oracle }
            }
        }
    }

    @Test func `An honest history of writes, siblings, deletes and merges is not blamed`() {
        var scene = Scene()
        let first = scene.ask()
        let record = scene.put(first, at: 0)
        scene.spread(record)
        let second = scene.ask()
        scene.merge(scene.put(second, at: 1), at: 2)
        let third = scene.ask(seen: record.context)
        scene.spread(scene.put(third, at: 2, seen: record.context))
        let delete = scene.ask(seen: scene.disks[1]?.context, delete: true)
        let seen = scene.disks[1]?.context ?? VersionVector()
        scene.spread(scene.put(delete, at: 1, seen: seen))
        for operation in [first, second, third, delete] { scene.acknowledge(operation) }
        scene.judge.judgeConvergence()
        scene.judge.judgeEnd()
        #expect(scene.found.isEmpty, "\(scene.judge.violations)")
    }

    @Test func `O1 sees an acknowledged write that nobody holds`() {
        var scene = Scene()
        let lost = scene.ask()
        scene.acknowledge(lost)
        let kept = scene.ask()
        scene.spread(scene.put(kept, at: 0))
        scene.judge.judgeEnd()
        #expect(scene.found == [.durability])
    }

    @Test func `O1 sees an acknowledged write that is covered though no write saw it`() {
        var scene = Scene()
        let write = scene.ask()
        let record = scene.put(write, at: 0)
        scene.acknowledge(write)
        let empty = Siblings<Version>(context: record.context, entries: [])
        for node in 0..<3 {
            scene.judge.held[node][0].record = SeenRecord(Record(siblings: empty ?? Siblings()))
        }
        scene.judge.judgeEnd()
        #expect(scene.found == [.durability])
    }

    @Test func `O2 sees a put that drops a sibling which it never saw`() {
        var scene = Scene()
        scene.put(scene.ask(), at: 0)
        scene.put(scene.ask(), at: 0) { record in
            let newest = record.siblings.entries.filter { $0.dot.counter == 2 }
            if let siblings = Siblings(context: record.context, entries: newest) {
                record = Record(siblings: siblings)
            }
        }
        #expect(scene.found == [.noFalseOverwrite])
    }

    @Test func `O2 sees a merge that loses a sibling, and a context that shrinks`() {
        var scene = Scene()
        let left = scene.put(scene.ask(), at: 0)
        let right = scene.put(scene.ask(), at: 1)
        scene.merge(right, at: 0, left: left)
        #expect(scene.found == [.noFalseOverwrite])
    }

    @Test func `O2 sees a dot that some context covered before it was minted`() {
        var scene = Scene()
        let record = scene.put(scene.ask(), at: 0)
        var ahead = record.context
        ahead.join(Dot(actor: record.siblings.entries[0].dot.actor, counter: 2))
        scene.judge.claimed[0].join(SeenVector(ahead))
        scene.put(scene.ask(), at: 0)
        #expect(scene.found == [.noFalseOverwrite])
    }

    @Test func `O2 sees an answer to a write whose context covers the unseen`() {
        var scene = Scene()
        scene.put(scene.ask(), at: 0)
        let blind = scene.ask()
        let record = scene.put(blind, at: 0)
        scene.spread(record)
        let result = PutResult(
            context: record.context, replicas: [MemberIndex(0), MemberIndex(1)], required: 2,
            siblings: 2)
        _ = scene.judge.judge(result, of: blind, required: 2)
        #expect(scene.found == [.noFalseOverwrite])
    }

    @Test func `O3 sees a write that leaves beside it what it saw`() {
        var scene = Scene()
        let first = scene.put(scene.ask(), at: 0)
        let second = scene.ask(seen: first.context)
        scene.put(second, at: 0)
        #expect(scene.found == [.noFalseConflict])
    }

    @Test func `O3 sees in the end a sibling that another write saw`() {
        var scene = Scene()
        let first = scene.put(scene.ask(), at: 0)
        let second = scene.ask(seen: first.context)
        let other = scene.put(second, at: 1, seen: first.context)
        var both = Siblings<Version>()
        both.merge(other.siblings)
        let entries = (first.siblings.entries + other.siblings.entries).sorted { $0.dot < $1.dot }
        let union = Siblings(context: both.context, entries: entries)
        for node in 0..<3 {
            let record = SeenRecord(Record(siblings: union ?? Siblings()))
            scene.judge.held[node][0].record = record
        }
        scene.judge.judgeEnd()
        #expect(scene.found.contains(.noFalseConflict))
    }

    @Test func `O4 sees an unacknowledged write that was applied and vanished`() {
        var scene = Scene()
        let write = scene.ask()
        let record = scene.put(write, at: 0)
        let empty = Siblings<Version>(context: record.context, entries: [])
        for node in 0..<3 {
            scene.judge.held[node][0].record = SeenRecord(Record(siblings: empty ?? Siblings()))
        }
        scene.judge.judgeEnd()
        #expect(scene.found == [.frontier])
    }

    @Test func `O5 sees one dot for two writes`() {
        var scene = Scene()
        let dot = Dot(actor: Actor(node: NodeID(1), epoch: 9), counter: 1)
        scene.put(scene.ask(), at: 0, dot: dot)
        scene.put(scene.ask(), at: 1, dot: dot)
        #expect(scene.found.contains(.dotUniqueness))
    }

    @Test func `O6 sees bytes that nobody wrote, and bytes of another key`() {
        var scene = Scene()
        let write = scene.ask()
        scene.put(write, at: 0)
        var forged = Siblings<Version>()
        let version = Version(
            content: .value(Bytes(text: "v0;forged")), timestamp: HybridTimestamp(1))
        forged.put(
            version, context: VersionVector(),
            dot: Dot(actor: Actor(node: NodeID(3), epoch: 1), counter: 1))
        scene.merge(Record(siblings: forged), at: 1)
        #expect(scene.found.contains(.provenance))
        var other = Scene()
        let get = other.judge.begin(HistoryEntry(kind: .get, client: 0, key: 1, askedAt: 0))
        let foreign = other.ask()
        let value = other.judge.history[foreign].value
        other.judge.judge(values: [value], shown: [foreign], of: get)
        #expect(other.found == [.provenance])
    }

    @Test func `O6 sees a value that is missing from an answer`() {
        var scene = Scene()
        let write = scene.ask()
        let get = scene.judge.begin(HistoryEntry(kind: .get, client: 0, key: 0, askedAt: 0))
        scene.judge.judge(values: [], shown: [write], of: get)
        #expect(scene.found == [.provenance])
    }

    @Test func `O7 sees a write acknowledged with too few durable copies`() {
        var scene = Scene()
        let write = scene.ask()
        let record = scene.put(write, at: 0)
        let result = PutResult(
            context: record.context, replicas: [MemberIndex(0), MemberIndex(1)], required: 2,
            siblings: 1)
        _ = scene.judge.judge(result, of: write, required: 2)
        #expect(scene.found == [.acknowledgement])
    }

    @Test func `O7 sees one replica that is counted twice`() {
        var scene = Scene()
        let write = scene.ask()
        let record = scene.put(write, at: 0)
        scene.merge(record, at: 1)
        let result = PutResult(
            context: record.context, replicas: [MemberIndex(0), MemberIndex(0)], required: 2,
            siblings: 1)
        _ = scene.judge.judge(result, of: write, required: 2)
        #expect(scene.found == [.acknowledgement])
    }

    @Test func `O7 sees a read that answers too early`() {
        var scene = Scene()
        let record = scene.put(scene.ask(), at: 0)
        let result = GetResult(record: record, answers: 2, required: 2)
        let bytes = record.encoded()[...]
        _ = scene.judge.judge(
            result, of: nil, key: 0, answers: [(0, bytes), (0, bytes)], required: 2)
        #expect(scene.found == [.acknowledgement])
    }

    @Test func `A read that leaves out what a replica answered, or adds to it, is seen`() {
        var scene = Scene()
        let left = scene.put(scene.ask(), at: 0)
        let right = scene.put(scene.ask(), at: 1)
        let answers = [(0, left.encoded()[...]), (1, right.encoded()[...])]
            .map { (member: $0.0, record: Bytes?.some($0.1)) }
        let result = GetResult(record: left, answers: 2, required: 2)
        _ = scene.judge.judge(result, of: nil, key: 0, answers: answers, required: 2)
        #expect(scene.found == [.noFalseOverwrite])
    }

    @Test func `O8 sees replicas that differ`() {
        var scene = Scene()
        scene.put(scene.ask(), at: 0)
        scene.judge.judgeConvergence()
        #expect(scene.found == [.convergence])
    }

    @Test func `O8 sees a repair that repeats what its replica answered`() {
        var scene = Scene()
        let old = scene.put(scene.ask(), at: 0).encoded()[...]
        let new = scene.put(scene.ask(), at: 0).encoded()[...]
        scene.judge.check(newsIn: new, for: 1, key: 0, candidates: [[(0, new), (1, old)]], by: 0)
        #expect(scene.found.isEmpty)
        scene.judge.check(newsIn: old, for: 1, key: 0, candidates: [[(0, new), (1, old)]], by: 0)
        #expect(scene.found == [.convergence])
    }

    @Test func `O8 sees a replica that a read leaves without what the others answered`() {
        for (repaired, isWrong) in [([], true), ([2], true), ([1], false)] {
            var scene = Scene()
            let first = scene.ask()
            let old = scene.put(first, at: 0)
            let new = scene.put(scene.ask(seen: old.context), at: 0, seen: old.context)
            let answers = [(0, new), (1, old), (2, new)]
                .map { (member: $0.0, record: Bytes?.some($0.1.encoded()[...])) }
            scene.judge.check(answers: answers, key: 0, repaired: repaired, by: 0)
            #expect(scene.found == (isWrong ? [.convergence] : []))
        }
    }

    @Test func `O9 sees a hint that is forgotten before its owner has it, and one that is left`() {
        for isDelivered in [true, false] {
            var scene = Scene()
            let record = scene.put(scene.ask(), at: 0)
            let hint = Hint(key: scene.judge.keys[0], record: record.encoded()[...])
            let keep = ReplicaCommand.keepHint(
                HintCommand(hint: hint, targets: [MemberIndex(2)]))
            scene.judge.judge(
                transaction: [keep], receipts: [], of: 1, end: .committed,
                peek: { _ in .hint(hint.record, targets: [MemberIndex(2)]) })
            #expect(scene.judge.hasPendingHints)
            if isDelivered { scene.merge(record, at: 2) }
            scene.judge.judge(
                transaction: [.settleHints(MemberIndex(2), [hint])], receipts: [], of: 1,
                end: .committed, peek: { _ in .absent })
            #expect(scene.found == (isDelivered ? [] : [.hints]))
            #expect(!scene.judge.hasPendingHints)
        }
        var scene = Scene()
        let record = scene.put(scene.ask(), at: 0).encoded()[...]
        let hint = Hint(key: scene.judge.keys[0], record: record)
        scene.judge.judge(
            transaction: [.keepHint(HintCommand(hint: hint, targets: [MemberIndex(2)]))],
            receipts: [], of: 1, end: .committed, peek: { _ in .absent })
        #expect(scene.found == [.noFalseOverwrite], "a hint that is not written")
        scene.judge.held[1][scene.judge.keys.count] = Judge.Held(
            record: SeenRecord(), targets: [2])
        scene.judge.judgeHints()
        #expect(scene.found.contains(.hints))
    }

    @Test func `O12 sees a read that shows less than an earlier one`() {
        var scene = Scene { $0.readRepair = .blocking }
        let older = SeenVector(scene.put(scene.ask(), at: 0).context)
        let newer = SeenVector(scene.put(scene.ask(), at: 0).context)
        scene.judge.judge(newer, since: SeenVector(), key: 0, of: nil)
        let floor = scene.judge.told[0]
        scene.judge.judge(newer, since: floor, key: 0, of: nil)
        #expect(scene.found.isEmpty)
        scene.judge.judge(older, since: floor, key: 0, of: nil)
        #expect(scene.found == [.monotonicReads])
    }

    @Test func `O12 sees a read that tells what too few primaries hold`() {
        /// The answer to a read of the key as n1 has it, to which n1 and n2 had answered.
        func tell(_ scene: inout Scene, required: Int) {
            let record = scene.disks[0] ?? Record()
            var read = OpenRead(key: 0, openedAt: 5)
            read.take(record.encoded()[...], from: 0)
            read.take(nil, from: 1)
            scene.judge.check(
                holdersOf: SeenVector(record.context), told: read, of: nil, required: required)
        }
        var scene = Scene { $0.readRepair = .blocking }
        tell(&scene, required: 1)
        #expect(scene.found.isEmpty, "nothing")
        let record = scene.put(scene.ask(), at: 0)
        // With r = 3 as well: a later read with r = 2 hears two of three.
        for required in 1...3 {
            var few = scene
            tell(&few, required: required)
            #expect(few.found == [.monotonicReads], "r = \(required)")
        }
        scene.merge(record, at: 1)
        for required in 2...3 { tell(&scene, required: required) }
        #expect(scene.found.isEmpty)
        (scene.judge.now, scene.disks[1]) = (10, nil)
        scene.judge.lose(1)
        tell(&scene, required: 2)
        #expect(scene.found.isEmpty, "what was lost after it was confirmed")
        scene.judge.lose(2)
        tell(&scene, required: 1)
        #expect(scene.found == [.monotonicReads], "who did not answer never held it")
    }

    @Test func `O10 sees a deleted value that is back`() {
        var scene = Scene()
        let record = scene.put(scene.ask(), at: 0)
        let delete = scene.ask(seen: record.context, delete: true)
        scene.put(delete, at: 0, seen: record.context)
        scene.acknowledge(delete)
        for node in 0..<3 {
            scene.judge.held[node][0].record.versions += SeenRecord(record).versions
        }
        scene.judge.judgeEnd()
        #expect(scene.found.contains(.noResurrection))
    }

    @Test func `O17 sees a put that is refused without need`() {
        var scene = Scene()
        let write = scene.ask()
        let command = PutCommand(
            key: scene.judge.keys[0], version: scene.version(write),
            basis: .seen(VersionVector()), conflict: .siblings)
        scene.judge.judge(
            transaction: [.put(command)],
            receipts: [(0, .refused(.tooManySiblings(max: 100)))], of: 0, end: .committed,
            peek: { _ in .absent })
        #expect(scene.found == [.bounds])
    }

    @Test func `O18 sees trees that do not follow the records, but where a disk falsified some`() {
        var scene = Scene()
        scene.judge.judge(treesOf: 0, difference: nil)
        scene.judge.taint(1)
        scene.judge.judge(treesOf: 1, difference: "a leaf differs")
        #expect(scene.found.isEmpty)
        scene.judge.judge(treesOf: 0, difference: "a leaf differs")
        #expect(scene.found == [.trees])
    }

    @Test func `O19 sees a start with less than was durable, and with half a transaction`() {
        var scene = Scene()
        scene.put(scene.ask(), at: 0)
        scene.judge.judge(startOf: 0, peek: { _ in .absent })
        #expect(scene.found == [.restart])
        var half = Scene()
        let record = half.put(half.ask(), at: 1)
        let commands = half.judge.keys.map {
            ReplicaCommand.merge(
                MergeCommand(
                    key: $0, record: record.encoded()[...], isComplete: false,
                    readAt: HybridTimestamp(1)))
        }
        half.judge.dots[Judge.DotOfKey(key: 1, dot: SeenRecord(record).versions[0].dot)] = 0
        half.judge.minted[1] = half.judge.minted[0]
        half.judge.judge(
            transaction: commands, receipts: [], of: 0, end: .inDoubt, peek: { _ in .absent })
        let first = half.judge.keys[0]
        half.judge.judge(startOf: 0) { place in
            place.key == first && !place.isHint ? .record(record.encoded()[...]) : .absent
        }
        #expect(half.found.contains(.restart))
    }

    @Test func `A repair with a record that no replica answered is seen`() {
        var scene = Scene()
        let record = scene.put(scene.ask(), at: 0)
        scene.judge.check(
            repair: record.encoded()[...], isComplete: false, key: 0, node: 0,
            candidates: [[(0, record.encoded()[...]), (1, nil)]])
        #expect(scene.found.isEmpty)
        let other = scene.put(scene.ask(), at: 0)
        scene.judge.check(
            repair: other.encoded()[...], isComplete: false, key: 0, node: 0,
            candidates: [[(0, record.encoded()[...]), (1, nil)]])
        #expect(scene.found == [.noFalseOverwrite])
    }

    @Test func `A record that is sent out must be one that a put left`() {
        var scene = Scene()
        let record = scene.put(scene.ask(), at: 0)
        let isKnown = scene.judge.isKnown(record.encoded()[...], key: 0)
        let isOtherKnown = scene.judge.isKnown(Record().encoded()[...], key: 0)
        #expect(isKnown && !isOtherKnown)
    }
}
