import Node
import Primitives
import Quorum

// After the replicas agree, and before all keys are read: every node verifies all that it keeps,
// and what it found must be mended without anyone having read it.
extension Simulation {
    /// The name under which the simulation itself asks; no client has it.
    static let ownToken = ClientToken(.max)
    /// A page that a node's memory has may hide the rot below until it is read again.
    private static let passesMax = 3
    private static let patienceNanoseconds: UInt64 = 30 * Time.second

    func scrubAll(_ round: Int) {
        scrubbingSince = now
        removedBeforeScrub = judge.removedCounts
        if round == 0 { misfile() }
        for process in processes {
            deliver(.client(Simulation.ownToken, .scrub(.start)), to: process)
        }
        queue.add(.phase(.scrubbed(round: round)), at: now + Time.second / 5)
    }

    /// Files a record of every node as if its bucket's n had been another when it was written.
    private func misfile() {
        let copies = UInt8(clamping: world.n + 1)
        for process in processes {
            process.store?.execute([.mend(.refile([(keys[0], copies)]))]) { _, _ in }
        }
    }

    func lookWhetherScrubbed(_ round: Int) {
        let isScrubbing = processes.contains { $0.node?.inspect().isScrubbing ?? false }
        if isScrubbing, now < scrubbingSince + Simulation.patienceNanoseconds {
            return queue.add(.phase(.scrubbed(round: round)), at: now + Time.second / 5)
        }
        let findings = processes.flatMap { left(at: $0) }
        // On a good disk a second pass would only hide what the first one did.
        let isRot = processes.allSatisfy { judge.isTainted[$0.index] || left(at: $0).isEmpty }
        if !findings.isEmpty, isRot, round + 1 < Simulation.passesMax {
            return queue.add(.phase(.scrub(round: round + 1)), at: now)
        }
        judge.judge(leftByScrubs: findings)
        queue.add(.phase(.converge(round: 0)), at: now + Time.second)
    }

    /// What a scrub of a node left that it should have found or mended.
    private func left(at process: SimulatedProcess) -> [(key: Int?, text: String)] {
        guard let view = process.node?.inspect(), view.storeFailure == nil else { return [] }
        guard view.scrubbed.lost == 0 else {
            guard !judge.isTainted[process.index] else { return [] }
            return [(nil, "\(process.name) calls a sound database damaged")]
        }
        let scrubbed = Judge.Scrubbed(
            node: process.index, isScrubbing: view.isScrubbing,
            seen: view.scrubbed.records + view.scrubbed.unreadable,
            removed: judge.removedCounts[process.index] - removedBeforeScrub[process.index],
            treeDifference: process.checkTrees())
        let isSettled = report.convergedNanoseconds != nil
        return judge.left(by: scrubbed, isSettled: isSettled) { node, key in
            processes[node].peek(StoredPlace(key: keys[key], isHint: false))
        }
    }
}
