import Causality
import Primitives
import Replica
import Ring

/// Dead records on their way out, all together: who has agreed to what, and when.
///
/// A tombstone may go once nothing is left that it keeps from coming back. First every owner
/// confirms that it durably holds exactly this record; what was read from a store before that is
/// believed for as long as messages live. When that has passed, every member confirms that it keeps
/// nothing of the key but what it holds as an owner; and when the same has passed once more, the
/// owners remove it. Age alone never removes anything, as it does in systems that give tombstones a
/// grace period and lose deletes to whoever was away for longer.
package struct ReapBatch: Sendable {
    /// How dead records are removed.
    package struct Settings: Hashable, Sendable {
        /// The most records that are listed, and asked about, at once.
        package var recordsMax = 4_096
        /// The most batches under way: each waits for as long as messages live, twice.
        package var batchesMax = 64
        /// How often is asked again, in nanoseconds; more often where messages live short.
        package var periodNanoseconds: UInt64 = 10_000_000_000

        /// The defaults.
        package init() {}
    }

    /// The step that is under way.
    package private(set) var step = ReapStep.agree
    /// When it may begin.
    package private(set) var notBefore = HybridTimestamp(0)
    /// The records, with their owners.
    package private(set) var records: [(record: DeadRecord, owners: [MemberIndex])]
    /// Who has not answered, with the places of the records that it is asked about.
    package private(set) var waiting: [(member: MemberIndex, places: [Int])] = []

    private let members: [MemberIndex]
    private let lifetimeMilliseconds: UInt64
    /// How many have said yes to each record.
    private var votes: [Int] = []
    private var latest = HybridTimestamp(0)

    /// Records with their owners, all dead.
    ///
    /// - Parameters:
    ///   - members: all members of the cluster.
    ///   - lifetimeMilliseconds: how long messages live.
    package init(
        _ records: [(record: DeadRecord, owners: [MemberIndex])], members: [MemberIndex],
        lifetimeMilliseconds: UInt64
    ) {
        self.records = records
        self.members = members
        self.lifetimeMilliseconds = lifetimeMilliseconds
        wait()
    }

    /// Whether nothing is left to do.
    package var isDone: Bool { waiting.isEmpty }

    /// The records at some places.
    package func records(at places: [Int]) -> [DeadRecord] {
        places.map { records[$0].record }
    }

    /// A member answered the question of the present step; true where that ends the step.
    ///
    /// - Parameters:
    ///   - yes: the places, within the question, to which it said yes.
    ///   - time: its clock, which had told no later time before.
    package mutating func take(
        _ yes: [UInt32], from member: MemberIndex, at time: HybridTimestamp
    ) -> Bool {
        guard let index = waiting.firstIndex(where: { $0.member == member }) else { return false }
        let asked = waiting.remove(at: index).places
        for place in Set(yes) where place < asked.count { votes[asked[Int(place)]] += 1 }
        latest = max(latest, time)
        guard waiting.isEmpty else { return false }
        finishStep()
        return true
    }

    private mutating func finishStep() {
        guard let next = ReapStep(rawValue: step.rawValue + 1) else { return }
        let needed = records.map { step == .clear ? members.count : $0.owners.count }
        let agreed = records.indices.filter { votes[$0] == needed[$0] }
        records = agreed.map { records[$0] }
        notBefore = latest.adding(milliseconds: lifetimeMilliseconds)
        step = next
        wait()
    }

    private mutating func wait() {
        votes = Array(repeating: 0, count: records.count)
        waiting = members.map { member in
            let places = records.indices.filter {
                step == .clear || records[$0].owners.contains(member)
            }
            return (member, places)
        }
        waiting.removeAll { $0.places.isEmpty }
    }
}
