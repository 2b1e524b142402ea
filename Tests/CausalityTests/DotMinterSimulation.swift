import Causality
import Primitives

/// Copies of one database with disks that crash, roll back and are copied, and one peer that
/// stands for the rest of the cluster: it keeps what it was sent, and the highest start number.
///
/// At every write the new dot must not be covered by any context that exists anywhere: it would be
/// a dot that was minted before, or a write that others take for one they have seen.
struct DotMinterSimulation {
    /// A rule left out on purpose, to see that the search notices.
    enum Flaw: CaseIterable {
        /// A failed commit does not end the run.
        case runGoesOnAfterRollback
        /// The previous run is trusted for its mark alone.
        case startIsNotAccepted
        /// Any clean mark makes every older epoch good.
        case markIsForAnyRun
        /// The mark stays on the disk when a start takes its number.
        case markOutlivesStart
        /// All copies draw the same run numbers.
        case runNumbersAreCounted
    }

    struct Record {
        var own: UInt64 = 0
        var siblings = Siblings<Int>()
    }

    /// What survives a crash, and what an image of the database contains.
    struct Disk {
        var start: UInt64 = 0
        var cleanRun: UInt32?
        var records = [Record(), Record()]
    }

    /// One running copy.
    struct Machine {
        var disk: Disk
        /// The records with what is not committed yet.
        var records: [Record]
        var minter: DotMinter
        /// The run whose clean mark this start found.
        var markedRun: UInt32?
    }

    private let node = NodeID(1)
    private let flaw: Flaw?
    private var random: RandomStream
    private var machines: [Machine] = []
    private var images: [Disk] = []
    private var peer = [Siblings<Int>(), Siblings<Int>()]
    private var peerStart: UInt64 = 0
    /// Everything that any context ever covered, per record.
    private var covered = [VersionVector(), VersionVector()]
    private(set) var minted = 0
    private(set) var extendedTrusted = 0
    /// The first dot that a context had covered before it was minted.
    private(set) var reused: Dot?

    init(seed: UInt64, flaw: Flaw?) {
        self.flaw = flaw
        random = RandomStream(root: seed, name: "dots")
        machines = [start(Disk())]
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where reused == nil {
            let index = Int.random(in: 0..<machines.count, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<7: put(index)
            case 7: receive(index)
            case 8, 9: machines[index].disk.records = machines[index].records
            case 10: rollBack(index)
            case 11: machines[index] = start(machines[index].disk)
            case 12, 13: restartCleanly(index)
            case 14..<17: announce(index)
            case 17: images.append(image(index))
            default: restore(index)
            }
        }
    }

    // MARK: Writes

    private mutating func put(_ index: Int) {
        let key = Int.random(in: 0..<2, using: &random)
        var machine = machines[index]
        let record = machine.records[key]
        let seen =
            [VersionVector(), record.siblings.context, peer[key].context]
            .randomElement(using: &random) ?? VersionVector()
        if flaw == .markIsForAnyRun, machine.minter.trustedRun != nil {
            machine.minter.trust(previousRun: UInt32(record.own >> 32))
        }
        let (dot, reason) = machine.minter.mint(
            own: record.own, known: record.siblings.context, seen: seen)
        check(dot, key, isExtended: reason == nil && dot.actor.epoch >> 32 != machine.minter.run)
        machine.records[key].own = dot.actor.epoch
        machine.records[key].siblings.put(minted, context: seen, dot: dot)
        machines[index] = machine
        if Bool.random(using: &random) {
            peer[key].merge(machine.records[key].siblings)
        }
    }

    private mutating func check(_ dot: Dot, _ key: Int, isExtended: Bool) {
        if covered[key].covers(dot) {
            reused = reused ?? dot
        }
        covered[key].join(dot)
        minted += 1
        extendedTrusted += isExtended ? 1 : 0
    }

    private mutating func receive(_ index: Int) {
        let key = Int.random(in: 0..<2, using: &random)
        machines[index].records[key].siblings.merge(peer[key])
    }

    // MARK: Runs

    private mutating func drawRun(_ disk: Disk) -> UInt32 {
        flaw == .runNumbersAreCounted
            ? UInt32(disk.start) : UInt32.random(in: .min ... .max, using: &random)
    }

    /// Takes the next start number and the mark off the disk, in one transaction.
    private mutating func start(_ disk: Disk) -> Machine {
        var disk = disk
        disk.start += 1
        let markedRun = disk.cleanRun
        if flaw != .markOutlivesStart {
            disk.cleanRun = nil
        }
        return Machine(
            disk: disk, records: disk.records, minter: DotMinter(node: node, run: drawRun(disk)),
            markedRun: markedRun)
    }

    /// Asks the peer to accept this start; a copy that it refuses may go on writing.
    private mutating func announce(_ index: Int) {
        let disk = machines[index].disk
        let isAccepted = disk.start > peerStart
        peerStart = max(peerStart, disk.start)
        guard isAccepted || flaw == .startIsNotAccepted else { return }
        guard let markedRun = machines[index].markedRun else { return }
        machines[index].minter.trust(previousRun: markedRun)
    }

    /// A commit fails: the records go back to what is durable, though some of it was sent.
    private mutating func rollBack(_ index: Int) {
        machines[index].records = machines[index].disk.records
        guard flaw != .runGoesOnAfterRollback else { return }
        machines[index].markedRun = nil
        let run =
            flaw == .runNumbersAreCounted
            ? machines[index].minter.run + 1_000 : drawRun(machines[index].disk)
        machines[index].minter.endRun(next: run)
    }

    private func cleanlyStopped(_ index: Int) -> Disk {
        var disk = machines[index].disk
        disk.records = machines[index].records
        disk.cleanRun = machines[index].minter.run
        return disk
    }

    private mutating func restartCleanly(_ index: Int) {
        machines[index] = start(cleanlyStopped(index))
    }

    /// An image taken after a clean stop, or of a running database; the machine goes on.
    private mutating func image(_ index: Int) -> Disk {
        guard Bool.random(using: &random) else { return machines[index].disk }
        let disk = cleanlyStopped(index)
        machines[index] = start(disk)
        return disk
    }

    /// An image starts as a further copy, or in the place of a machine.
    private mutating func restore(_ index: Int) {
        guard let image = images.randomElement(using: &random) else { return }
        let machine = start(image)
        if machines.count < 3 {
            machines.append(machine)
        } else {
            machines[index] = machine
        }
    }
}
