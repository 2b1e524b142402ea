import Causality
import Primitives
import Quorum
import Replica
import Ring
import Wire

@testable import Node

/// One direction between two members.
struct Link {
    /// Goes up whenever the link breaks; what was under way is lost.
    var generation = 0
    var isOpen = false
    /// Whether what is sent gets lost without anybody noticing.
    var isSilent = false
    /// When the latest message arrives: links deliver in order.
    var lastArrival: UInt64 = 0
}

// Links, crashes and restarts.
extension Cluster {
    subscript(from: Int, to: Int) -> Link {
        get { links[from * count + to] }
        set { links[from * count + to] = newValue }
    }

    /// Opens both directions between two members.
    func open(_ left: Int, _ right: Int) {
        for (from, to) in [(left, right), (right, left)] {
            guard processes[from].isUp, processes[to].isUp, !self[from, to].isOpen else { continue }
            self[from, to].isOpen = true
            let link = (from, self[from, to].generation)
            let time = max(now + delay(100...900), self[from, to].lastArrival + 1)
            self[from, to].lastArrival = time
            let start = processes[from].node.start
            schedule(.event(.greeted(index(from), start)), at: time, on: to, link: link)
            schedule(.event(.connected(index(to))), at: time, on: from)
        }
    }

    /// Breaks both directions; both ends notice after a moment.
    func cut(_ left: Int, _ right: Int) {
        for (from, to) in [(left, right), (right, left)] where self[from, to].isOpen {
            self[from, to].isOpen = false
            self[from, to].generation += 1
            let time = max(now + delay(100...1_000), self[from, to].lastArrival + 1)
            self[from, to].lastArrival = time
            schedule(.event(.disconnected(index(to))), at: time, on: from)
        }
    }

    /// Cuts a member off from all others.
    func isolate(_ member: Int) {
        for other in 0..<count where other != member { cut(member, other) }
    }

    /// Opens all links between members that run.
    func heal() {
        for left in 0..<count {
            for right in 0..<left {
                (self[left, right].isSilent, self[right, left].isSilent) = (false, false)
                open(left, right)
            }
        }
    }

    /// Loses what is sent to and from a member without anybody noticing.
    func silence(_ member: Int) {
        for other in 0..<count where other != member {
            self[member, other].isSilent = true
            self[other, member].isSilent = true
        }
    }

    func transmit(_ bytes: [UInt8], from: Int, to: Int) {
        guard self[from, to].isOpen, !self[from, to].isSilent else { return }
        for _ in 0..<copiesOfFrames {
            let time = max(now + delay(50...3_000), self[from, to].lastArrival + 1)
            self[from, to].lastArrival = time
            let link = (from, self[from, to].generation)
            schedule(.frame(from: from, bytes), at: time, on: to, link: link)
        }
    }

    /// Ends a process at once; what was not durable is lost.
    func crash(_ member: Int) {
        isolate(member)
        processes[member].isUp = false
    }

    /// Starts a process again from what is durable, or from a given image of a disk.
    func restart(_ member: Int, from image: MemoryStore.Disk? = nil) throws {
        crash(member)
        let old = processes[member]
        let store = MemoryStore(
            node: old.store.node, disk: image ?? old.store.disk, run: drawRun())
        processes[member] = try process(member, store)
        processes[member].incarnation = old.incarnation + 1
        processes[member].wallOffsetMilliseconds = old.wallOffsetMilliseconds
        handle(.started, at: member)
        for other in 0..<count where other != member { open(member, other) }
    }

    func index(_ member: Int) -> MemberIndex { MemberIndex(UInt16(member)) }

    /// Makes held batches durable.
    func release(_ member: Int) {
        processes[member].holdsCommits = false
        commit(member)
    }
}

// Requests as tests write them.
extension Cluster {
    func key(_ text: String) throws -> Key {
        guard let key = Key(bucket: Bytes(text: "b"), key: Bytes(text: text)) else {
            throw NoSuchMember()
        }
        return key
    }

    /// The replicas of a key, in order.
    func primaries(_ key: Key) -> [Int] {
        let partition = state.placement.ring.partition(of: key.hash)
        let list = state.placement.preferenceList(for: partition, n: state.defaults.n)
        return list.primaries.map { Int($0.raw) }
    }

    func put(
        _ value: String, _ key: Key, at member: Int, seen: VersionVector = VersionVector(),
        operation: String = ""
    ) -> ClientToken {
        let request = PutRequest(
            key: key, content: .value(Bytes(text: value)), basis: .seen(seen),
            operation: Bytes(text: operation))
        return ask(.put(request), at: member)
    }

    func put(
        _ value: String, _ key: Key, at member: Int, options: QuorumOptions
    ) -> ClientToken {
        let request = PutRequest(
            key: key, content: .value(Bytes(text: value)), basis: .seen(VersionVector()),
            options: options)
        return ask(.put(request), at: member)
    }

    func overwrite(_ value: String, _ key: Key, at member: Int) -> ClientToken {
        let request = PutRequest(
            key: key, content: .value(Bytes(text: value)), basis: .overwrite(VersionVector()))
        return ask(.put(request), at: member)
    }

    func get(_ key: Key, at member: Int, options: QuorumOptions = QuorumOptions()) -> ClientToken {
        ask(.get(GetRequest(key: key, options: options)), at: member)
    }

    /// The values that one node's disk holds, sorted.
    func values(_ key: Key, on member: Int) -> [String] {
        (processes[member].store.record(key) ?? Record()).texts
    }
}

extension Record {
    /// The values as texts, sorted.
    var texts: [String] {
        live.map { String(decoding: $0.value.value ?? [], as: UTF8.self) }.sorted()
    }
}

extension ClientReply {
    var putResult: PutResult? {
        if case .put(let result) = self { return result }
        return nil
    }

    var getResult: GetResult? {
        if case .got(let result) = self { return result }
        return nil
    }

    var failure: RequestFailure? {
        if case .failed(let failure) = self { return failure }
        return nil
    }

    var document: String? {
        if case .json(let text) = self { return text }
        return nil
    }
}
