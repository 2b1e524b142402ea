import Node
import Primitives
import Replica
import SimulatedDisk
import Store
import Wire

/// A node with its process, clock, store and disk.
///
/// The node and the store exist while the process runs; clock and medium outlive it.
final class SimulatedProcess {
    /// A command with the ticket under which its reply goes back.
    struct Waiting {
        let command: ReplicaCommand
        let ticket: StoreTicket
    }

    let index: Int
    let name: String
    var medium: SimulatedMedium
    var clock: VirtualClock
    /// Latencies of the disk, and where crashes within transactions fall.
    var diskRandom: RandomStream

    var node: Node?
    var store: SimulatedStore?
    /// Goes up with every start; what was meant for an earlier one is out of date.
    var incarnation = 0
    /// Which start this is of the data, as it greets others.
    var start: NodeStart?

    /// Commands that wait for the store.
    var waiting: [Waiting] = []
    /// Whether the store's thread is at work.
    var isStoreBusy = false
    var wakeAt: UInt64?
    /// Until when it stands still, or computes.
    var blockedUntil: UInt64 = 0
    /// What arrived meanwhile, in order.
    private var backlog: [Happening] = []
    private var backlogHead = 0
    var isResumeScheduled = false
    var isResuming = false

    /// Client connections by client.
    var ports: [ClientPort?]
    /// Requests of clients that were not answered, by token.
    var tokens: [UInt64: OpenToken] = [:]
    var lastToken: UInt64 = 0
    /// Whether it is handling a repair that another node sent.
    var isTakingRepair = false
    /// To whom the event that is handled sends repairs.
    var repairedMembers: [Int] = []
    /// Reads that this node coordinates, by their request numbers.
    var reads: [UInt64: OpenRead] = [:]
    /// The exchange that this node began last, until it ends.
    var exchange: BegunExchange?

    /// When the store's present transaction ends.
    var storeIdleAt: UInt64 = 0
    /// When it hears that what its latest transaction wrote is durable.
    var unconfirmedUntil: UInt64 = 0
    /// How many times as long everything on the disk takes, and until when.
    var slowFactor = 1.0
    var slowUntil: UInt64 = 0
    var isDiskStuck = false
    /// The members that it calls down.
    var calledDown: Set<String> = []
    /// Whether it was told to stop.
    var isDraining = false
    /// Whether its disk was made to fail.
    var hasFailingDisk = false
    /// Whether a transaction failed since it was healed, without an error of the disk by chance or
    /// for want of room: what it keeps is too damaged to be written to.
    var hasRefusedWrites = false
    /// The data that an operator put aside.
    var image: DiskCopy?
    /// How often it did not start since it ended.
    var failedStarts = 0
    /// For how long it stays down after it stopped by itself.
    var drainDown: UInt64 = 1_000_000_000
    /// When it last went on after standing still.
    var goneOnAt: UInt64 = 0
    /// What a transaction that is to be cut short does to the process.
    var pendingCrash: PendingCrash?
    /// Set from when its disk has died within a transaction until the process ends: by what.
    var diesByPowerLoss: Bool?
    /// Whether it ended and is to start again.
    var isDown = false
    /// From when it has been down.
    var downSince: UInt64 = 0

    init(index: Int, medium: SimulatedMedium, clock: VirtualClock, seed: UInt64, clients: Int) {
        self.index = index
        name = "n\(index + 1)"
        self.medium = medium
        self.clock = clock
        diskRandom = RandomStream(root: seed, name: "disk/n\(index + 1)")
        ports = Array(repeating: nil, count: clients)
    }

    /// Node and store come and go together; the store is what is cheap to look at.
    var isRunning: Bool { store != nil }

    var hasBacklog: Bool { backlogHead < backlog.count }

    func putInBacklog(_ happening: Happening) {
        backlog.append(happening)
    }

    func takeFromBacklog() -> Happening? {
        guard hasBacklog else { return nil }
        backlogHead += 1
        let happening = backlog[backlogHead - 1]
        if !hasBacklog { clearBacklog() }
        return happening
    }

    func clearBacklog() {
        backlog.removeAll(keepingCapacity: true)
        backlogHead = 0
    }

    /// The simulated disk, where there is one.
    var disk: SimulatedDisk? {
        if case .disk(let disk) = medium { return disk }
        return nil
    }

    /// What lies in a place, without disturbing the run.
    func peek(_ place: StoredPlace) -> StoredState {
        switch (store, medium) {
        case (.sqlite(let store), .disk(let disk)): return store.peek(place, on: disk)
        case (.dictionary(let store), _): return store.content.peek(place)
        case (nil, .dictionary(let content)): return content.peek(place)
        default: return .unreadable
        }
    }
}

extension SimulatedProcess {
    /// In what its Merkle trees differ from a rebuild, without disturbing the run.
    func checkTrees() -> String? {
        switch store {
        case .sqlite(let store):
            disk?.isObserving = true
            defer { disk?.isObserving = false }
            return store.checkTrees()
        case .dictionary(let store): return store.checkTrees()
        case nil: return nil
        }
    }
}

/// A request of a client that was not answered.
struct OpenToken {
    let client: Int
    let port: UInt32
    /// The operation; nil for one that only asks about the cluster.
    let operation: Int?
    /// The key, where it has one.
    let key: Int?
    /// By when it must be answered, on the node's monotonic clock.
    let deadline: UInt64
    /// How many replicas must have answered or stored.
    let required: Int
    /// Which of the replies of its command it is.
    let place: Int
    /// The number under which the node reads for it.
    var read: UInt64?
}

/// A read that a node coordinates.
struct OpenRead {
    let key: Int
    /// When it began.
    let openedAt: UInt64
    /// What reads had told of the key by then.
    let floor: SeenVector
    /// What of the key was acknowledged by then.
    var acknowledged = SeenVector()
    /// What its coordinator's clock read then.
    var begin: UInt64 = 0
    /// What its client was told.
    var told: SeenRecord?
    private(set) var answers: [(member: Int, record: Bytes?)] = []
    /// Who could not read what it has.
    private(set) var unreadable: [Int] = []

    init(key: Int, openedAt: UInt64, floor: SeenVector = SeenVector()) {
        self.key = key
        self.openedAt = openedAt
        self.floor = floor
    }

    /// Takes in that a member cannot read its record.
    mutating func takeUnreadable(from member: Int) {
        if !unreadable.contains(member) { unreadable.append(member) }
    }

    /// Whether a member has answered.
    func hasAnswer(of member: Int) -> Bool { answers.contains { $0.member == member } }

    /// Takes in an answer; another one of the same member may be the one that counts, where the
    /// node refused the first.
    mutating func take(_ record: Bytes?, from member: Int) {
        guard answers.count < 8,
            !answers.contains(where: { $0.member == member && $0.record == record })
        else { return }
        answers.append((member, record))
    }
}

/// A crash that waits for a transaction.
struct PendingCrash {
    let call: Int
    let isPowerLoss: Bool
    let downNanoseconds: UInt64
}

/// A copy of a node's data.
enum DiskCopy {
    /// Of a simulated disk.
    case disk(DiskImage)
    /// Of the dictionary.
    case dictionary(DictionaryStore.Content)
}
