import AntiEntropy
import Causality
import Primitives
import Quorum
import Replica
import Ring

@testable import Node

/// A store in memory with the phases of the real one: reads see what is durable, puts are first
/// applied, and a batch becomes durable, or is lost, as a whole.
struct MemoryStore {
    /// What survives a crash.
    struct Disk {
        var records: [Key: StoredRecord] = [:]
        var unreadable: Set<Key> = []
        var hints: [Key: KeptHint] = [:]
        var buckets: [Bytes: BucketEntry] = [:]
        var starts: [String: NodeStart] = [:]
        var lease = HybridTimestamp(0)
        var cleanRun: UInt32?
        var startNumber: UInt64 = 0
        var refill = RefillState.new
        var past: [(name: String, identities: PastIdentities)] = []
        /// Whether it was refused as an old copy.
        var isStale = false
    }

    /// A record that is kept for others.
    struct KeptHint {
        var stored: StoredRecord
        var targets: [MemberIndex]
    }

    typealias Waiting = (command: ReplicaCommand, ticket: StoreTicket)
    typealias Answer = (ticket: StoreTicket, reply: ReplicaReply)

    let node: NodeID
    private(set) var disk: Disk
    private(set) var keeper: RecordKeeper
    /// Commands that wait for the next batch.
    var waiting: [Waiting] = []
    private var working: Disk?
    private var answers: [Answer] = []
    /// Everything that was asked of it, for tests of what a node stores.
    private(set) var history: [ReplicaCommand] = []
    private var previousRun: UInt32?

    init(node: NodeID, disk: Disk = Disk(), run: UInt32) {
        self.node = node
        self.disk = disk
        keeper = RecordKeeper(minter: DotMinter(node: node, run: run))
        previousRun = disk.cleanRun
        self.disk.cleanRun = nil
        self.disk.startNumber += 1
    }

    var isCommitting: Bool { working != nil }

    /// What a node is told when it starts.
    var recovered: Recovered {
        let start = NodeStart(node: node, number: disk.startNumber, run: keeper.minter.run)
        let starts = disk.starts.sorted { $0.key < $1.key }.map { (name: $0.key, start: $0.value) }
        let buckets = disk.buckets.values.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        var recovered = Recovered(
            own: (start, disk.startNumber == 1, previousRun, disk.lease),
            cluster: (starts, buckets, []))
        recovered.refill = disk.refill
        recovered.past = disk.past
        return recovered
    }

    /// Takes what waits into a batch; returns the answers of reads and the receipts of puts.
    mutating func beginBatch() -> (reads: [Answer], applied: [(StoreTicket, PutReceipt)]) {
        var reads: [Answer] = []
        var applied: [(StoreTicket, PutReceipt)] = []
        var disk = self.disk
        answers = []
        for (command, ticket) in waiting {
            history.append(command)
            if let reply = read(command) {
                reads.append((ticket, reply))
                continue
            }
            let reply = write(command, to: &disk)
            answers.append((ticket, reply))
            if case .put(let receipt) = reply { applied.append((ticket, receipt)) }
        }
        waiting = []
        working = answers.isEmpty ? nil : disk
        return (reads, applied)
    }

    /// Makes the batch durable, or rolls it back where a failure is given.
    mutating func endBatch(failure: StoreFailure?, nextRun: UInt32) -> [Answer] {
        defer { working = nil }
        guard let failure else {
            disk = working ?? disk
            return answers
        }
        keeper.minter.endRun(next: nextRun)
        return answers.map { ($0.ticket, .failed(failure)) }
    }

    /// Damages a record on the disk.
    mutating func damage(_ key: Key) {
        disk.records[key] = nil
        disk.unreadable.insert(key)
    }

    /// The durable record of a key.
    func record(_ key: Key) -> Record? { disk.records[key]?.record }

    private func read(_ command: ReplicaCommand) -> ReplicaReply? {
        switch command {
        case .get(let key) where disk.unreadable.contains(key): return .unreadable
        case .get(let key): return .record(disk.records[key].map { $0.record.encoded()[...] })
        case .getHint(let key):
            return .record(disk.hints[key].map { $0.stored.record.encoded()[...] })
        case .pageHints(let page): return .hints(hints(page))
        case .count:
            let live = disk.records.values.count { $0.record.liveCount > 0 }
            return .counts(
                RecordCounts(records: UInt64(disk.records.count), live: UInt64(live)))
        case .treeHashes(let nodes):
            let forest = forest
            return .treeHashes(nodes.map { forest.hash(of: $0) })
        case .leafKeys(let node, _, _):
            return .leafKeys(entries(below: node), isComplete: true)
        case .getAll(let hashes, _):
            return .records(
                hashes.compactMap { hash in
                    disk.records.first { $0.key.hash == hash }
                        .map { (key: $0.key, record: $0.value.record.encoded()[...]) }
                })
        case .listDead(_, let time, _):
            let dead = disk.records.filter { $0.value.record.deathTime.map { $0 <= time } ?? false }
                .sorted { $0.key.hash < $1.key.hash }
                .map { key, stored in
                    DeadRecord(
                        key: key, digest: Record.digest(of: stored.record.encoded()[...]),
                        copies: stored.copies)
                }
            return .dead(dead, next: nil)
        case .digests(let keys):
            return .digests(
                keys.map { key in
                    disk.records[key].map { Record.digest(of: $0.record.encoded()[...]) }
                })
        case .scrub(let command): return .scrubbed(scrub(command))
        case .recheck(let keys):
            var page = ScrubPage()
            page.unreadable = keys.filter(disk.unreadable.contains)
            return .scrubbed(page)
        default: return nil
        }
    }

    private static let shape = Ring(partitionCount: 16).map { TreeShape(ring: $0) }

    /// The trees over what is durable, made anew whenever they are asked for.
    private var forest: MerkleForest {
        guard let shape = MemoryStore.shape else { preconditionFailure("16 is a power of two") }
        var forest = MerkleForest(shape: shape)
        for (key, stored) in disk.records {
            let filed = FiledRecord(
                copies: stored.copies, record: stored.record.encoded()[...])
            if let change = forest.change(filing: filed, under: key.hash) { forest.apply(change) }
        }
        return forest
    }

    private func entries(below node: TreeNode) -> [LeafEntry] {
        guard let range = MemoryStore.shape?.range(of: node) else { return [] }
        return disk.records.filter { key, stored in
            range.contains(key.hash.high) && stored.copies == node.set.copies
        }.map { LeafEntry(hash: $0.key.hash, record: $0.value.record.encoded()[...]) }.inOrder()
    }

    private mutating func write(_ command: ReplicaCommand, to disk: inout Disk) -> ReplicaReply {
        switch command {
        case .put(let put): return carryOut(put, &disk)
        case .merge(let merge):
            guard let decision = try? keeper.merge(merge, found: lookup(merge.key, disk)) else {
                return .failed(.failed("malformed"))
            }
            return carryOut(decision, merge.key, &disk)
        case .leaseClock(let bound): disk.lease = bound
        case .rememberStart(let name, let start, let past):
            disk.starts[name] = start
            disk.past.removeAll { $0.name == name }
            if !past.isEmpty { disk.past.append((name, past)) }
        case .setRefill(let state): disk.refill = state
        case .setBucket(let entry):
            guard disk.buckets[entry.name].map({ entry.isNewer(than: $0) }) ?? true else { break }
            disk.buckets[entry.name] = entry
        case .trustPreviousRun:
            if let previousRun { keeper.minter.trust(previousRun: previousRun) }
        case .markClean(let clock):
            disk.lease = clock
            disk.cleanRun = keeper.minter.run
        case .markStale: disk.isStale = true
        case .keepHint(let command): return keep(command.hint, for: command.targets, &disk)
        case .settleHints(let target, let hints):
            for hint in hints where disk.hints[hint.key]?.encoding == hint.record {
                disk.hints[hint.key]?.targets.removeAll { $0 == target }
                if disk.hints[hint.key]?.targets.isEmpty == true { disk.hints[hint.key] = nil }
            }
        case .findCopies(let keys):
            return .copies(
                keys.map { key in
                    FoundCopies(
                        isRecord: disk.records[key] != nil || disk.unreadable.contains(key),
                        isHint: disk.hints[key] != nil)
                })
        case .reap(let dead, let time):
            return .reaped(
                dead.indices.filter { place in
                    let key = dead[place].key
                    let outcome = keeper.reap(dead[place], at: time, found: lookup(key, disk))
                    if outcome == .remove { disk.records[key] = nil }
                    return outcome != .keep
                })
        case .mend(.refile(let filings)):
            for filing in filings { disk.records[filing.key]?.copies = filing.copies }
        case .mend: break
        case .get, .getHint, .pageHints, .count, .treeHashes, .leafKeys, .getAll, .listDead,
            .digests, .scrub, .recheck:
            break
        }
        return .done
    }

    private func scrub(_ command: ScrubCommand) -> ScrubPage {
        var page = ScrubPage()
        guard case .records(let first) = command.place else { return page }
        let all = (Array(disk.records.keys) + disk.unreadable)
            .filter { $0.hash.high >= first }.sorted { $0.hash < $1.hash }
        for key in all.prefix(command.countMax) {
            if disk.unreadable.contains(key) {
                page.unreadable.append(key)
                continue
            }
            page.records += 1
            if disk.records[key]?.copies != command.filing.copies(of: key) {
                page.misfiled.append(key)
            }
        }
        if all.count > command.countMax {
            page.next = .records(from: all[command.countMax].hash.high)
        }
        return page
    }

    private mutating func carryOut(_ put: PutCommand, _ disk: inout Disk) -> ReplicaReply {
        if case .instead(let targets) = put.hints {
            let found = find(hint: put.key, disk)
            return keep(
                keeper.putHint(put, for: targets, found: found), put.key, for: targets, &disk)
        }
        let reply = carryOut(keeper.put(put, found: lookup(put.key, disk)), put.key, &disk)
        if case .beside(let targets) = put.hints, case .put(let receipt) = reply {
            _ = keep(Hint(key: put.key, record: receipt.record), for: targets, &disk)
        }
        return reply
    }

    private func keep(
        _ hint: Hint, for targets: [MemberIndex], _ disk: inout Disk
    ) -> ReplicaReply {
        let found = find(hint: hint.key, disk)
        guard let decision = try? keeper.keepHint(hint, for: targets, found: found) else {
            return .failed(.failed("malformed"))
        }
        return keep(decision, hint.key, for: targets, &disk)
    }

    private func keep(
        _ decision: RecordKeeper.Decision, _ key: Key, for targets: [MemberIndex],
        _ disk: inout Disk
    ) -> ReplicaReply {
        switch decision {
        case .keep(let reply): return reply
        case .write(let stored, let reply):
            let kept = disk.hints[key]?.targets ?? []
            let added = targets.filter { !kept.contains($0) }
            disk.hints[key] = KeptHint(stored: stored, targets: kept + added)
            return reply
        }
    }

    private func find(hint key: Key, _ disk: Disk) -> FoundHint {
        guard let kept = disk.hints[key] else { return FoundHint(.absent, for: []) }
        return FoundHint(.found(kept.stored), for: kept.targets)
    }

    private func hints(_ page: HintPageCommand) -> HintPage {
        let due = disk.hints.filter { $0.value.targets.contains(page.target) }
            .sorted { $0.key.canonical.lexicographicallyPrecedes($1.key.canonical) }
            .map { Hint(key: $0.key, record: $0.value.encoding) }
        return HintPage(hints: due, next: nil)
    }

    private func carryOut(
        _ decision: RecordKeeper.Decision, _ key: Key, _ disk: inout Disk
    ) -> ReplicaReply {
        switch decision {
        case .keep(let reply): return reply
        case .write(let stored, let reply):
            disk.unreadable.remove(key)
            disk.records[key] = stored
            return reply
        }
    }

    private func lookup(_ key: Key, _ disk: Disk) -> Lookup {
        if disk.unreadable.contains(key) { return .unreadable }
        return disk.records[key].map { .found($0) } ?? .absent
    }
}

extension MemoryStore.KeptHint {
    var encoding: Bytes { stored.record.encoded()[...] }
}
