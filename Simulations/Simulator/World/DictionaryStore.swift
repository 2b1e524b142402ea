import Causality
import Primitives
import Replica
import Store

/// A store without a disk that behaves as the real one does on a disk without faults: the same
/// decisions, the same random draws, the same phases.
///
/// Most seeds run on it, since it is many times faster; that both give the same trace is checked.
final class DictionaryStore {
    /// What outlives a process.
    struct Content {
        var node: UInt64?
        var records: [Hash128: StoredRecord] = [:]
        var encodings: [Hash128: Bytes] = [:]
        var buckets: [Bytes: BucketEntry] = [:]
        var starts: [String: NodeStart] = [:]
        var lease = HybridTimestamp(0)
        var cleanRun: UInt32?
        var startNumber: UInt64 = 0
        var counts = RecordCounts(records: 0, live: 0)
        var clusterState = Bytes()
        /// Whether the data was refused as an old copy; it is never started again.
        var isStale = false
    }

    /// What is durable.
    private(set) var content: Content
    /// What was remembered when the store was opened.
    let recovered: Recovered
    private var keeper: RecordKeeper
    private var random: RandomStream
    /// Whether the next transaction is cut short before it commits.
    var isDying = false
    private var isMarked = false

    /// Begins a run on what earlier ones left; nil where that is a stale copy.
    init?(_ content: Content, seed: UInt64, clusterState: Bytes, limits: RecordLimits) {
        guard !content.isStale else { return nil }
        var (content, random) = (content, RandomStream(seed: seed))
        let isNew = content.node == nil
        if isNew {
            content.node = random.next()
            content.clusterState = clusterState
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
        recovered = Recovered(
            own: (start, isNew, cleanRun, content.lease),
            cluster: (starts, buckets, content.clusterState))
        keeper = RecordKeeper(minter: DotMinter(node: start.node, run: run), limits: limits)
        self.content = content
        self.random = random
    }

    /// What lies under a key.
    func peek(_ key: Key) -> StoredState {
        content.encodings[key.hash].map { .record($0) } ?? .absent
    }

    /// Carries out a batch; reports as the real store does.
    func execute(
        _ batch: [ReplicaCommand], report: (StorePhase, [SQLiteStore.Answer]) -> Void
    ) {
        var reads: [SQLiteStore.Answer] = []
        for (index, command) in batch.enumerated() {
            switch command {
            case .get(let key): reads.append((index, .record(content.encodings[key.hash])))
            case .count: reads.append((index, .counts(content.counts)))
            default: break
            }
        }
        if !reads.isEmpty { report(.durable, reads) }
        guard reads.count < batch.count else { return }
        commit(batch, report)
    }

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
        case .put(let put):
            return carryOut(keeper.put(put, found: lookup(put.key)), put.key)
        case .merge(let merge):
            guard let decision = try? keeper.merge(merge, found: lookup(merge.key)) else {
                return .failed(.failed("a record that was sent is malformed"))
            }
            return carryOut(decision, merge.key)
        case .leaseClock(let bound): content.lease = bound
        case .rememberStart(let name, let start): content.starts[name] = start
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
        case .get, .count: break
        }
        return .done
    }

    private func lookup(_ key: Key) -> Lookup {
        content.records[key.hash].map { .found($0) } ?? .absent
    }

    private func carryOut(_ decision: RecordKeeper.Decision, _ key: Key) -> ReplicaReply {
        guard case .write(let stored, let reply) = decision else {
            guard case .keep(let reply) = decision else { return .done }
            return reply
        }
        let old = content.records[key.hash]
        content.counts.records += old == nil ? 1 : 0
        content.counts.live += stored.record.liveCount > 0 ? 1 : 0
        content.counts.live -= (old?.record.liveCount ?? 0) > 0 ? 1 : 0
        content.records[key.hash] = stored
        if case .put(let receipt) = reply {
            content.encodings[key.hash] = receipt.record
        } else {
            content.encodings[key.hash] = stored.record.encoded()[...]
        }
        return reply
    }
}
