// What a fault is about, for whoever checks or changes plans.
extension Fault {
    /// The nodes that it names.
    var nodes: [Int] {
        switch self {
        case .partition(let sides): sides.flatMap { $0 }
        case .powerLoss(let nodes, _), .healCore(let nodes): nodes
        case .cut(let from, let to), .uncut(let from, let to), .reset(let from, let to),
            .halfOpen(let from, let to, _):
            [from, to]
        case .majoritiesRing, .heal, .noise: []
        default: node.map { [$0] } ?? []
        }
    }

    /// The node that it is about, where it is about a single one.
    private var node: Int? {
        switch self {
        case .isolate(let node, _), .rejoin(let node), .cutClients(let node, _),
            .clog(let node, _, _), .kill(let node, _), .crashInTransaction(let node, _, _, _),
            .pause(let node, _),
            .drain(let node, _), .wipe(let node, _), .saveImage(let node),
            .restoreImage(let node, _), .slowDisk(let node, _, _), .stuckDisk(let node),
            .fullDisk(let node, _), .diskError(let node, _, _), .lie(let node, _),
            .rot(let node, _), .misdirect(let node), .stalePage(let node),
            .truncateLog(let node, _), .clockJump(let node, _), .clockFreeze(let node, _),
            .clockStrobe(let node, _, _, _):
            node
        default: nil
        }
    }

    /// Whether it loses or falsifies what is durable.
    package var isDestructive: Bool {
        switch self {
        case .wipe, .restoreImage, .rot, .misdirect, .stalePage, .truncateLog, .lie(_, true): true
        default: false
        }
    }

    /// Whether it needs the real store on a simulated disk.
    package var needsDisk: Bool {
        switch self {
        case .fullDisk, .diskError, .lie, .rot, .misdirect, .stalePage, .truncateLog: true
        default: false
        }
    }

    /// For how long it lasts, or its process is down; nil where it has no such time.
    var nanoseconds: UInt64? {
        switch self {
        case .cutClients(_, let time), .clog(_, _, let time), .halfOpen(_, _, let time),
            .kill(_, let time), .powerLoss(_, let time), .crashInTransaction(_, _, _, let time),
            .pause(_, let time), .drain(_, let time), .wipe(_, let time),
            .restoreImage(_, let time), .slowDisk(_, _, let time), .fullDisk(_, let time),
            .truncateLog(_, let time), .clockFreeze(_, let time),
            .clockStrobe(_, _, _, let time):
            time
        default: nil
        }
    }

    /// The same fault for another time.
    func lasting(_ time: UInt64) -> Fault {
        switch self {
        case .cutClients(let node, _): .cutClients(node, nanoseconds: time)
        case .clog(let node, let direction, _): .clog(node, direction, nanoseconds: time)
        case .halfOpen(let from, let to, _): .halfOpen(from: from, to: to, nanoseconds: time)
        case .kill(let node, _): .kill(node, downNanoseconds: time)
        case .powerLoss(let nodes, _): .powerLoss(nodes, downNanoseconds: time)
        case .crashInTransaction(let node, let call, let isPowerLoss, _):
            .crashInTransaction(
                node, call: call, isPowerLoss: isPowerLoss, downNanoseconds: time)
        case .pause(let node, _): .pause(node, nanoseconds: time)
        case .drain(let node, _): .drain(node, downNanoseconds: time)
        case .wipe(let node, _): .wipe(node, downNanoseconds: time)
        case .restoreImage(let node, _): .restoreImage(node, downNanoseconds: time)
        case .slowDisk(let node, let factor, _): .slowDisk(node, factor: factor, nanoseconds: time)
        case .fullDisk(let node, _): .fullDisk(node, nanoseconds: time)
        case .truncateLog(let node, _): .truncateLog(node, downNanoseconds: time)
        case .clockFreeze(let node, _): .clockFreeze(node, nanoseconds: time)
        case .clockStrobe(let node, let leap, let period, _):
            .clockStrobe(node, milliseconds: leap, periodNanoseconds: period, nanoseconds: time)
        default: self
        }
    }

    /// The same fault without a node, those behind it moved up; nil where nothing is left of it.
    func without(node gone: Int) -> Fault? {
        func moved(_ node: Int) -> Int { node > gone ? node - 1 : node }
        func rest(_ nodes: [Int]) -> [Int] { nodes.filter { $0 != gone }.map(moved) }
        switch self {
        case .partition(let sides):
            let left = sides.map(rest).filter { !$0.isEmpty }
            return left.count > 1 ? .partition(left) : nil
        case .powerLoss(let nodes, let down):
            return rest(nodes).isEmpty ? nil : .powerLoss(rest(nodes), downNanoseconds: down)
        case .healCore(let nodes): return rest(nodes).isEmpty ? nil : .healCore(rest(nodes))
        default:
            guard !nodes.contains(gone) else { return nil }
            return renumbered(moved)
        }
    }

    private func renumbered(_ moved: (Int) -> Int) -> Fault {
        switch self {
        case .cut(let from, let to): return .cut(from: moved(from), to: moved(to))
        case .uncut(let from, let to): return .uncut(from: moved(from), to: moved(to))
        case .reset(let from, let to): return .reset(from: moved(from), to: moved(to))
        case .halfOpen(let from, let to, let time):
            return .halfOpen(from: moved(from), to: moved(to), nanoseconds: time)
        default: return node.map { at(moved($0)) } ?? self
        }
    }

    /// The same fault of another node.
    private func at(_ node: Int) -> Fault {
        switch self {
        case .isolate(_, let direction): .isolate(node, direction)
        case .rejoin: .rejoin(node)
        case .cutClients(_, let time): .cutClients(node, nanoseconds: time)
        case .clog(_, let direction, let time): .clog(node, direction, nanoseconds: time)
        case .kill(_, let down): .kill(node, downNanoseconds: down)
        case .crashInTransaction(_, let call, let isPowerLoss, let down):
            .crashInTransaction(
                node, call: call, isPowerLoss: isPowerLoss, downNanoseconds: down)
        case .pause(_, let time): .pause(node, nanoseconds: time)
        case .drain(_, let down): .drain(node, downNanoseconds: down)
        case .wipe(_, let down): .wipe(node, downNanoseconds: down)
        case .saveImage: .saveImage(node)
        case .restoreImage(_, let down): .restoreImage(node, downNanoseconds: down)
        case .slowDisk(_, let factor, let time): .slowDisk(node, factor: factor, nanoseconds: time)
        case .stuckDisk: .stuckDisk(node)
        case .fullDisk(_, let time): .fullDisk(node, nanoseconds: time)
        case .diskError(_, let call, let isSticky): .diskError(node, call, isSticky: isSticky)
        case .lie(_, let isLying): .lie(node, isLying)
        case .rot(_, let pages): .rot(node, pages: pages)
        case .misdirect: .misdirect(node)
        case .stalePage: .stalePage(node)
        case .truncateLog(_, let down): .truncateLog(node, downNanoseconds: down)
        case .clockJump(_, let leap): .clockJump(node, milliseconds: leap)
        case .clockFreeze(_, let time): .clockFreeze(node, nanoseconds: time)
        case .clockStrobe(_, let leap, let period, let time):
            .clockStrobe(node, milliseconds: leap, periodNanoseconds: period, nanoseconds: time)
        default: self
        }
    }
}
