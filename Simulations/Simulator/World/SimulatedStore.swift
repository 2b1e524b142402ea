import Causality
import Primitives
import Replica
import Ring
import SimulatedDisk
import Store

/// Where something lies on a node's disk.
struct StoredPlace {
    let key: Key
    /// Whether it is what the node keeps for others, and not its own record.
    let isHint: Bool
}

/// What lies in a place on a node's disk, read without disturbing the run.
enum StoredState: Equatable {
    /// Nothing.
    case absent
    /// A record in its canonical encoding.
    case record(Bytes)
    /// A record that is kept for others.
    case hint(Bytes, targets: [MemberIndex])
    /// Something that cannot be read.
    case unreadable
}

/// A node's store while its process runs.
enum SimulatedStore {
    /// The real store on a simulated disk.
    case sqlite(SQLiteStore)
    /// The dictionary.
    case dictionary(DictionaryStore)

    /// What earlier runs left.
    var recovered: Recovered {
        switch self {
        case .sqlite(let store): store.recovered
        case .dictionary(let store): store.recovered
        }
    }

    /// Carries out a batch in one transaction; see `SQLiteStore.execute`.
    func execute(
        _ batch: [ReplicaCommand], report: (StorePhase, [SQLiteStore.Answer]) -> Void
    ) {
        switch self {
        case .sqlite(let store): store.execute(batch, report: report)
        case .dictionary(let store): store.execute(batch, report: report)
        }
    }
}

/// What a node's data lies on; outlives its processes.
enum SimulatedMedium {
    /// A disk with the real store's files.
    case disk(SimulatedDisk)
    /// The dictionary's content.
    case dictionary(DictionaryStore.Content)
}

extension SQLiteStore {
    /// What lies under a key, without faults and without being counted.
    func peek(_ place: StoredPlace, on disk: SimulatedDisk) -> StoredState {
        guard !place.isHint else { return peekHint(place.key, on: disk) }
        disk.isObserving = true
        defer { disk.isObserving = false }
        var state = StoredState.unreadable
        execute([.get(place.key)]) { _, answers in
            switch answers.first?.reply {
            case .record(nil): state = .absent
            case .record(let bytes?): state = .record(bytes)
            default: state = .unreadable
            }
        }
        return state
    }
}

extension SQLiteStore {
    /// What is kept for others under a key, without faults and without being counted.
    private func peekHint(_ key: Key, on disk: SimulatedDisk) -> StoredState {
        disk.isObserving = true
        defer { disk.isObserving = false }
        switch inspectHint(key) {
        case .absent: return .absent
        case .kept(let record, let targets): return .hint(record, targets: targets)
        case .unreadable: return .unreadable
        }
    }
}
