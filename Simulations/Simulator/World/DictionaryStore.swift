import AntiEntropy
import Causality
import Membership
import Primitives
import Replica
import Ring
import Store

/// A store without a disk that behaves as the real one does on a disk without faults: the same
/// decisions, the same random draws, the same phases.
///
/// Most seeds run on it, since it is many times faster; that both give the same trace is checked.
final class DictionaryStore {
    /// What outlives a process.
    struct Content {
        var node: UInt64?
        var rows: [Hash128: Row] = [:]
        var hints: [Hash128: KeptHint] = [:]
        var buckets: [Bytes: BucketEntry] = [:]
        var starts: [String: NodeStart] = [:]
        /// Members under whose name another database was known before, ascending.
        var past: [(name: String, identities: PastIdentities)] = []
        var refill = RefillState.new
        var lease = HybridTimestamp(0)
        var cleanRun: UInt32?
        var startNumber: UInt64 = 0
        var counts = RecordCounts(records: 0, live: 0)
        var clusterState = Bytes()
        var trees = MerkleForest(shape: TreeShape(ring: .undivided))
        /// Whether the data was refused as an old copy; it is never started again.
        var isStale = false
    }

    /// A record with all that is kept beside it.
    struct Row {
        let key: Key
        var stored: StoredRecord
        let encoding: Bytes
        /// From when on it is dead.
        let death: HybridTimestamp?

        /// How it is filed in the trees.
        var filed: FiledRecord { FiledRecord(copies: stored.copies, record: encoding) }
    }

    /// What is durable.
    var content: Content
    /// What was remembered when the store was opened.
    let recovered: Recovered
    var keeper: RecordKeeper
    let hintBytesMax: Int
    private var random: RandomStream
    /// Whether the next transaction is cut short before it commits.
    var isDying = false
    private var isMarked = false

    /// Begins a run on what earlier ones left; nil where that is a stale copy.
    init?(
        _ content: Content, seed: UInt64, clusterState: Bytes, limits: RecordLimits,
        hintBytesMax: Int
    ) {
        self.hintBytesMax = hintBytesMax
        guard !content.isStale else { return nil }
        var (content, random) = (content, RandomStream(seed: seed))
        let isNew = content.node == nil
        if isNew {
            content.node = random.next()
            content.clusterState = clusterState
            if let state = try? ClusterState(decoding: clusterState) {
                content.trees = MerkleForest(shape: TreeShape(ring: state.placement.ring))
            }
        }
        let cleanRun = content.cleanRun
        content.startNumber += 1
        content.cleanRun = nil
        let run = random.nextRun(after: cleanRun)
        let start = NodeStart(
            node: NodeID(content.node ?? 0), number: content.startNumber, run: run)
        // order-free: sorted by name right here.
        let starts = content.starts.map { (name: $0.key, start: $0.value) }
            .sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        // order-free: sorted by name right here.
        let buckets = content.buckets.values
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
        var recovered = Recovered(
            own: (start, isNew, cleanRun, content.lease),
            cluster: (starts, buckets, content.clusterState))
        recovered.refill = content.refill
        recovered.past = content.past
        self.recovered = recovered
        keeper = RecordKeeper(minter: DotMinter(node: start.node, run: run), limits: limits)
        self.content = content
        self.random = random
    }

    /// Carries out a batch; reports as the real store does.
    func execute(
        _ batch: [ReplicaCommand], report: (StorePhase, [SQLiteStore.Answer]) -> Void
    ) {
        var reads: [SQLiteStore.Answer] = []
        for (index, command) in batch.enumerated() {
            if command.isRead {
                reads.append((index, read(command)))
            }
        }
        if !reads.isEmpty { report(.durable, reads) }
        guard reads.count < batch.count else { return }
        commit(batch, report)
    }

    private func read(_ command: ReplicaCommand) -> ReplicaReply {
        switch command {
        case .get(let key): return .record(content.rows[key.hash]?.encoding)
        case .getHint(let key): return .record(content.hints[key.hash]?.encoding)
        case .pageHints(let page): return .hints(content.page(page))
        case .count: return .counts(content.counts)
        case .treeHashes(let nodes):
            return .treeHashes(nodes.map { content.trees.hash(of: $0) })
        case .leafKeys(let node, let after, let limit):
            let page = entries(below: node, after: after).page(limit: limit)
            return .leafKeys(page.entries, isComplete: page.isComplete)
        case .getAll(let hashes, let bytesMax):
            var (found, bytes): ([(key: Key, record: Bytes)], Int) = ([], 0)
            for hash in hashes where bytes < bytesMax {
                guard let row = content.rows[hash] else { continue }
                found.append((row.key, row.encoding))
                bytes += row.encoding.count
            }
            return .records(found)
        case .listDead(let place, let time, let limit):
            return content.listDead(after: place, until: time, limit: limit)
        case .digests(let keys):
            return .digests(
                keys.map { content.rows[$0.hash].map { Record.digest(of: $0.encoding) } })
        case .scrub(let command): return .scrubbed(content.scrub(command))
        case .recheck(let keys): return .scrubbed(content.recheck(keys))
        default: return .failed(.failed("no read"))
        }
    }

    private func entries(below node: TreeNode, after: Hash128?) -> [LeafEntry] {
        guard let range = content.trees.shape.range(of: node) else { return [] }
        // order-free: sorted by hash right here.
        let found = content.rows.filter { hash, row in
            range.contains(hash.high) && row.stored.copies == node.set.copies
                && after.map { $0 < hash } ?? true
        }
        return found.map { LeafEntry(hash: $0.key, record: $0.value.encoding) }.inOrder()
    }

    /// Compares the trees with those that the records make; nil where they are equal.
    func checkTrees() -> String? { content.checkTrees() }

    private func commit(
        _ batch: [ReplicaCommand], _ report: (StorePhase, [SQLiteStore.Answer]) -> Void
    ) {
        let before = isDying ? content : nil
        var answers: [SQLiteStore.Answer] = []
        for index in batch.indices where !batch[index].isRead {
            answers.append((index, write(batch[index])))
        }
        let receipts = answers.filter { if case .put = $0.reply { true } else { false } }
        if !receipts.isEmpty { report(.applied, receipts) }
        guard let before else { return report(.durable, answers) }
        content = before
        let failure = StoreFailure.failed("the process ends")
        report(.durable, answers.map { ($0.index, .failed(failure)) })
    }

    private func write(_ command: ReplicaCommand) -> ReplicaReply {
        guard !isMarked else {
            return .failed(.failed("the clean-shutdown mark was left"))
        }
        switch command {
        case .put(let put): return carryOut(put)
        case .merge(let merge):
            guard let decision = try? keeper.merge(merge, found: lookup(merge.key)) else {
                return .failed(.failed("a record that was sent is malformed"))
            }
            return carryOut(decision, merge.key)
        case .leaseClock(let bound): content.lease = bound
        case .rememberStart(let name, let start, let past):
            content.starts[name] = start
            content.past.removeAll { $0.name == name }
            if !past.isEmpty { content.past.append((name, past)) }
        case .setRefill(let state): content.refill = state
        case .setBucket(let entry):
            if content.buckets[entry.name].map({ entry.isNewer(than: $0) }) ?? true {
                content.buckets[entry.name] = entry
            }
        case .trustPreviousRun:
            if let run = recovered.cleanRun { keeper.minter.trust(previousRun: run) }
        case .markStale: content.isStale = true
        case .markClean(let clock):
            content.cleanRun = keeper.minter.run
            content.lease = clock
            isMarked = true
        case .keepHint(let command): return keepHint(command.hint, for: command.targets)
        case .settleHints(let target, let hints):
            for hint in hints { content.settle(hint, for: target) }
        case .findCopies(let keys): return .copies(copies(of: keys))
        case .reap(let dead, let time): return .reaped(reap(dead, at: time))
        case .mend(let command): content.mend(command)
        case .get, .getHint, .pageHints, .count, .treeHashes, .leafKeys, .getAll, .listDead,
            .digests, .scrub, .recheck:
            break
        }
        return .done
    }

    func lookup(_ key: Key) -> Lookup {
        content.rows[key.hash].map { .found($0.stored) } ?? .absent
    }

    private func carryOut(_ put: PutCommand) -> ReplicaReply {
        if case .instead(let targets) = put.hints { return putHint(put, for: targets) }
        let reply = carryOut(keeper.put(put, found: lookup(put.key)), put.key)
        if case .beside(let targets) = put.hints, case .put(let receipt) = reply {
            _ = keepHint(Hint(key: put.key, record: receipt.record), for: targets)
        }
        return reply
    }

    private func carryOut(_ decision: RecordKeeper.Decision, _ key: Key) -> ReplicaReply {
        guard case .write(let stored, let reply) = decision else {
            guard case .keep(let reply) = decision else { return .done }
            return reply
        }
        let new = Row(
            key: key, stored: stored, encoding: stored.encoding(with: reply),
            death: stored.record.deathTime)
        let old = content.rows.updateValue(new, forKey: key.hash)
        content.counts.records += old == nil ? 1 : 0
        content.counts.live += stored.record.liveCount > 0 ? 1 : 0
        content.counts.live -= (old?.stored.record.liveCount ?? 0) > 0 ? 1 : 0
        content.file(key, from: old?.filed, to: new.filed)
        return reply
    }
}

extension DictionaryStore.Content {
    mutating func file(
        _ key: Key, from old: FiledRecord?, to new: FiledRecord
    ) {
        let (first, second) = trees.changes(from: old, to: new, under: key.hash)
        if let first { trees.apply(first) }
        if let second { trees.apply(second) }
    }

    /// Compares the trees with those that the records make; nil where they are equal.
    func checkTrees() -> String? {
        var rebuilt = MerkleForest(shape: trees.shape)
        // order-free: sums.
        for (hash, row) in rows {
            if let change = rebuilt.change(filing: row.filed, under: hash) {
                rebuilt.apply(change)
            }
        }
        return trees.difference(from: rebuilt)
    }
}
