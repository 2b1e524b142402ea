import Primitives
import Replica
import Ring

/// Finds what two replicas hold differently, and gives each what it lacks (DeCandia et al.,
/// "Dynamo", SOSP 2007, section 4.7).
///
/// The one that begins compares trees with its partner from the roots down, level by level, then
/// lists the keys of leaves that differ, then records are sent both ways and merged. Its partner
/// remembers nothing: an exchange that breaks off on either side is begun anew some time, and finds
/// what is left. The cost follows the number of differences, not the number of keys; every message
/// is bounded.
package struct Exchange: Sendable {
    /// Sizes and periods of an exchange.
    package struct Settings: Hashable, Sendable {
        /// The most nodes of trees that are compared at once.
        package var nodesMax = 1_024
        /// The most leaves whose keys are compared at once.
        package var leavesMax = 32
        /// The most records that are sent at once.
        package var recordsMax = 256
        /// After how many bytes of records no more are sent at once.
        package var bytesMax = 1 << 20
        /// How many bytes of records are sent or received per second, on average.
        package var bytesPerSecond: UInt64 = 32 << 20
        /// How long a step may take, in nanoseconds.
        package var stepNanoseconds: UInt64 = 5_000_000_000
        /// How long after an exchange the next one begins in the background, in nanoseconds.
        package var periodNanoseconds: UInt64 = 10_000_000_000

        /// The defaults: 1,024 nodes, 32 leaves, 256 records or 1 MiB at once, 32 MiB/s.
        package init() {}
    }

    /// What an exchange has done.
    package struct Counts: Hashable, Sendable {
        /// Nodes of trees whose hashes were sent.
        package var nodes: UInt64 = 0
        /// Leaves that differed.
        package var leaves: UInt64 = 0
        /// Keys whose digests were sent.
        package var keys: UInt64 = 0
        /// Records that the partner lacked, or part of them, and now has.
        package var sent: UInt64 = 0
        /// Records that this replica lacked, or part of them, and now has.
        package var received: UInt64 = 0
        /// Bytes of these records.
        package var bytes: UInt64 = 0
        /// Records that one of both did not take.
        package var refused: UInt64 = 0

        /// Nothing yet.
        package init() {}
    }

    /// What happens to an exchange.
    package enum Input: Sendable {
        /// The hashes of this replica's nodes.
        case hashes([Hash128])
        /// Which of the compared nodes differ, by their place.
        case compared([Int])
        /// The keys of this replica's leaves.
        case keys([LeafEntry])
        /// Keys whose records the partner lacks, and keys whose records this replica lacks.
        case difference(wanted: [Hash128], offered: [Hash128])
        /// Records of this replica.
        case records([Hint])
        /// Records of the partner.
        case pulled([Hint])
        /// One of the records that are under way was stored durably, or not.
        case settled(isStored: Bool)
        /// The partner, or this replica's store, could not.
        case failed
        /// The time of the wake-up with this number has come.
        case timer(UInt64)
    }

    /// What an exchange wants done.
    package enum Action: Sendable {
        /// Read the hashes of this replica's nodes.
        case readHashes([TreeNode])
        /// Have the partner compare hashes of nodes with its own.
        case compare([TreeNode], [Hash128])
        /// List the keys of this replica's leaves.
        case readKeys([TreeNode])
        /// Have the partner compare the keys of leaves with its own.
        case compareKeys([TreeNode], [LeafEntry])
        /// Read records of this replica.
        case readRecords([Hash128])
        /// Send these records to the partner.
        case push([Hint])
        /// Ask the partner for its records.
        case pull([Hash128])
        /// Merge these records into this replica's.
        case merge([Hint])
        /// Hand in a timer with this number after so many nanoseconds.
        case wake(UInt64, nanoseconds: UInt64)
        /// It is over.
        case finish(isComplete: Bool)
    }

    private enum Step: Sendable {
        case pausing
        case readingHashes([TreeNode])
        case comparing([TreeNode])
        case readingKeys([TreeNode])
        case comparingKeys
        case readingRecords([Hash128])
        case pushing(outstanding: Int)
        case pulling([Hash128])
        case merging(outstanding: Int)
        case finished
    }

    /// What was done so far.
    package private(set) var counts = Counts()
    private let settings: Settings
    private var step = Step.pausing
    /// Nodes to compare, the next ones last.
    private var nodes: [TreeNode]
    private var leaves: [TreeNode] = []
    private var wanted: ArraySlice<Hash128> = []
    private var offered: ArraySlice<Hash128> = []
    private var chunkBytes: UInt64 = 0
    private var wakeNumber: UInt64 = 0

    /// An exchange over replica sets to which both members belong.
    package init(sets: [ReplicaSet], settings: Settings) {
        self.settings = settings
        nodes = sets.reversed().map { TreeNode(set: $0, depth: 0, index: 0) }
    }

    /// Begins.
    package mutating func start(into actions: inout [Action]) {
        goOn(into: &actions)
    }

    /// Takes in what happened.
    package mutating func handle(_ input: Input, into actions: inout [Action]) {
        switch (input, step) {
        case (_, .finished): break
        case (.failed, _): finish(isComplete: false, into: &actions)
        case (.timer(wakeNumber), .pausing): goOn(into: &actions)
        case (.timer(wakeNumber), _): finish(isComplete: false, into: &actions)
        case (.hashes(let hashes), .readingHashes(let nodes)) where hashes.count == nodes.count:
            counts.nodes += UInt64(nodes.count)
            begin(.comparing(nodes), .compare(nodes, hashes), into: &actions)
        case (.compared(let places), .comparing(let nodes)):
            descend(nodes, places)
            goOn(into: &actions)
        case (.keys(let entries), .readingKeys(let nodes)):
            counts.keys += UInt64(entries.count)
            begin(.comparingKeys, .compareKeys(nodes, entries), into: &actions)
        case (.difference(let wanted, let offered), .comparingKeys):
            (self.wanted, self.offered) = (wanted[...], offered[...])
            goOn(into: &actions)
        case (.records(let records), .readingRecords(let asked)):
            wanted = rest(of: asked, after: records) + wanted
            transfer(records, .pushing(outstanding: records.count), .push(records), &actions)
        case (.pulled(let records), .pulling(let asked)):
            offered = rest(of: asked, after: records) + offered
            transfer(records, .merging(outstanding: records.count), .merge(records), &actions)
        case (.settled(let isStored), .pushing(let count)):
            counts.sent += isStored ? 1 : 0
            settle(isStored, .pushing(outstanding: count - 1), left: count - 1, &actions)
        case (.settled(let isStored), .merging(let count)):
            counts.received += isStored ? 1 : 0
            settle(isStored, .merging(outstanding: count - 1), left: count - 1, &actions)
        default: break
        }
    }

    // MARK: Steps

    private mutating func begin(
        _ next: Step, _ action: Action, into actions: inout [Action]
    ) {
        step = next
        actions.append(action)
        wake(after: settings.stepNanoseconds, into: &actions)
    }

    /// What is found is dealt with before more is looked for, so that little has to be remembered.
    private mutating func goOn(into actions: inout [Action]) {
        if !wanted.isEmpty {
            let chunk = Array(wanted.prefix(settings.recordsMax))
            wanted = wanted.dropFirst(chunk.count)
            begin(.readingRecords(chunk), .readRecords(chunk), into: &actions)
        } else if !offered.isEmpty {
            let chunk = Array(offered.prefix(settings.recordsMax))
            offered = offered.dropFirst(chunk.count)
            begin(.pulling(chunk), .pull(chunk), into: &actions)
        } else if !leaves.isEmpty {
            let chunk = Array(leaves.suffix(settings.leavesMax))
            leaves.removeLast(chunk.count)
            begin(.readingKeys(chunk), .readKeys(chunk), into: &actions)
        } else if !nodes.isEmpty {
            let chunk = Array(nodes.suffix(settings.nodesMax))
            nodes.removeLast(chunk.count)
            begin(.readingHashes(chunk), .readHashes(chunk), into: &actions)
        } else {
            finish(isComplete: true, into: &actions)
        }
    }

    /// What lies below nodes that differ is compared next.
    private mutating func descend(_ compared: [TreeNode], _ places: [Int]) {
        for place in places where compared.indices.contains(place) {
            let node = compared[place]
            guard Int(node.depth) < TreeShape.leafDepth else {
                counts.leaves += 1
                leaves.append(node)
                continue
            }
            let first = node.index << UInt16(TreeShape.levelBits)
            for child in 0..<UInt16(TreeShape.fanOut) {
                nodes.append(
                    TreeNode(set: node.set, depth: node.depth + 1, index: first + child))
            }
        }
    }

    /// The keys of which nothing was read yet, because there were enough bytes.
    private func rest(of asked: [Hash128], after records: [Hint]) -> ArraySlice<Hash128> {
        let bytes = records.reduce(0) { $0 + $1.record.count }
        guard bytes >= settings.bytesMax, let last = records.last,
            let index = asked.lastIndex(of: last.key.hash)
        else { return [] }
        return asked[(index + 1)...]
    }

    private mutating func transfer(
        _ records: [Hint], _ next: Step, _ action: Action, _ actions: inout [Action]
    ) {
        guard !records.isEmpty else { return goOn(into: &actions) }
        chunkBytes = UInt64(records.reduce(0) { $0 + $1.record.count })
        counts.bytes += chunkBytes
        begin(next, action, into: &actions)
    }

    /// One record more is done with; after the last, a pause that makes up for their bytes.
    private mutating func settle(
        _ isStored: Bool, _ next: Step, left: Int, _ actions: inout [Action]
    ) {
        counts.refused += isStored ? 0 : 1
        step = next
        guard left == 0 else { return }
        step = .pausing
        wake(after: chunkBytes * 1_000_000_000 / settings.bytesPerSecond, into: &actions)
    }

    private mutating func finish(isComplete: Bool, into actions: inout [Action]) {
        step = .finished
        actions.append(.finish(isComplete: isComplete))
    }

    private mutating func wake(after nanoseconds: UInt64, into actions: inout [Action]) {
        wakeNumber += 1
        actions.append(.wake(wakeNumber, nanoseconds: nanoseconds))
    }
}

/// What an exchange's partner works out.
package enum KeyComparison {
    /// Compares the keys of two replicas, both ascending by hash.
    ///
    /// - Returns: keys whose records the one that compares lacks, or has otherwise, and keys whose
    ///   records the other one lacks, or has otherwise.
    package static func compare(
        _ theirs: [LeafEntry], with own: [LeafEntry]
    ) -> (wanted: [Hash128], offered: [Hash128]) {
        var (wanted, offered): ([Hash128], [Hash128]) = ([], [])
        var (left, right) = (theirs[...], own[...])
        while let mine = right.first ?? left.first {
            switch (left.first, right.first) {
            case (let their?, nil):
                wanted.append(their.hash)
                left.removeFirst()
            case (let their?, _?) where their.hash < mine.hash:
                wanted.append(their.hash)
                left.removeFirst()
            case (let their?, _?) where their.hash == mine.hash:
                if their.digest != mine.digest {
                    wanted.append(their.hash)
                    offered.append(mine.hash)
                }
                left.removeFirst()
                right.removeFirst()
            default:
                offered.append(mine.hash)
                right.removeFirst()
            }
        }
        return (wanted, offered)
    }
}
