import Membership
import Node
import Primitives
import Replica
import Ring
import Wire

// Moments that a sweep must see, and that take more than a look at one value to tell.
extension Simulation {
    /// A fallback is asked: whether one that comes before it is down.
    func seeFallbacks(before target: Int, of key: Key) {
        guard let index = judge.keyIndex[key.hash] else { return }
        let earlier = fallbacks[index].prefix { $0 != target }
        if earlier.contains(where: { !processes[$0].isRunning }) {
            coverage.see(.fallbackOfAFallback)
        }
    }

    /// Hints are read to be delivered: whether only one way is open.
    func seeHandoff(to target: Int, _ process: SimulatedProcess) {
        let isCut = link(process.index, target).isCut
        if isCut != link(target, process.index).isCut { coverage.see(.handoffOverOneWayLink) }
    }

    /// A member answers a question of the removal of tombstones: whether it says no to some.
    func seeRefusals(of question: ReapQuestion) {
        for effect in effects {
            guard case .send(_, let envelope) = effect,
                case .reaped(_, let places, _) = envelope.message,
                places.count < question.records.count
            else { continue }
            coverage.see(.reapRefused)
        }
    }

    /// A member's status changed in a node's eyes: whether it had been called down.
    func seeReturn(_ note: Note, _ process: SimulatedProcess) {
        guard case .status(let name, let status) = note else { return }
        if status == .down {
            process.calledDown.insert(name)
        } else if status == .up, process.calledDown.remove(name) != nil {
            coverage.see(.backFromDown)
        }
    }

    /// The fallbacks of a key, in their order.
    static func standIns(of key: Key, in cluster: ClusterState) -> [Int] {
        let partitions = UInt64(cluster.placement.ring.partitionCount)
        let partition = key.hash.high.multipliedFullWidth(by: partitions).high
        let list = cluster.placement.preferenceList(
            for: Partition(UInt32(partition)), n: cluster.defaults.n)
        return list.fallbacks.map { Int($0.raw) }
    }
}
