import Primitives

/// A placement while it is being worked out: the replicas of every partition, and how many each
/// member has.
///
/// What counts as good, in this order: distinct members; as many zones per partition as there are;
/// equal numbers of replicas per member.
struct Assignment {
    /// The zone of every index, as a small number; kept for members that left.
    private(set) var zones: [Int]
    private var zoneNames: [String]
    /// The indices of the members that are present, ascending.
    private(set) var present: [Int]
    /// The replicas of every partition, in order.
    var replicas: [[Int]]
    /// How many replicas every index has.
    private(set) var load: [Int]
    let copies: Int

    /// Nothing placed yet.
    init(members: [Member], partitions: Int, copies: Int) {
        zoneNames = Array(Set(members.map(\.zone))).sorted()
        zones = []
        present = Array(members.indices)
        replicas = Array(repeating: [], count: partitions)
        load = Array(repeating: 0, count: members.count)
        self.copies = copies
        zones = members.map { zone(named: $0.zone) }
    }

    /// An existing placement, with the zones that its remaining members have now.
    init(_ placement: Placement, zonesOf table: [Member?]) {
        zoneNames = []
        zones = []
        copies = placement.copies
        present = placement.members.indices.filter { placement.members[$0] != nil }
        load = Array(repeating: 0, count: placement.members.count)
        replicas = placement.ring.partitions.map { partition in
            placement.preferenceList(for: partition, n: placement.copies)
                .primaries.map { Int($0.raw) }
        }
        for (index, old) in placement.members.enumerated() {
            zones.append(zone(named: (table[index] ?? old)?.zone ?? ""))
        }
        for owner in replicas.joined() {
            load[owner] += 1
        }
    }

    private mutating func zone(named name: String) -> Int {
        if let known = zoneNames.firstIndex(of: name) { return known }
        zoneNames.append(name)
        return zoneNames.count - 1
    }

    /// How many replicas a partition has: all members where there are few.
    var depth: Int { min(copies, present.count) }

    // MARK: Filling an empty assignment

    /// Places everything for the first time.
    ///
    /// Members, grouped by zone, are laid one after the other along a line of depth · Q slots,
    /// each over as many slots as it is to have; slot s belongs to partition s mod Q (McNaughton's
    /// wrap-around rule). No member has more than Q slots, so that it never meets itself; no zone
    /// has more than Q where there are enough zones, so that zones do not either; and a zone with
    /// at least Q is in every partition. Random exchanges then mix who is placed with whom.
    mutating func fill() {
        let quotas = quotas()
        let order = present.sorted { (zones[$0], $0) < (zones[$1], $1) }
        var slot = 0
        for member in order {
            for _ in 0..<quotas[member] {
                replicas[slot % replicas.count].append(member)
                slot += 1
            }
            load[member] = quotas[member]
        }
        mix()
    }

    /// How many replicas each member is to have: equally many, but at most Q per zone where there
    /// are at least as many zones as replicas, and at least Q where there are fewer.
    private func quotas() -> [Int] {
        let partitions = replicas.count
        let zoneCount = Set(present.map { zones[$0] }).count
        let zoneMax = zoneCount >= depth ? partitions : depth * partitions
        var quotas = Array(repeating: 0, count: load.count)
        var zoneTotals = Array(repeating: 0, count: zoneNames.count)
        var left = depth * partitions
        func give(_ member: Int) {
            quotas[member] += 1
            zoneTotals[zones[member]] += 1
            left -= 1
        }
        if zoneCount < depth {
            for zone in zoneNames.indices {
                let members = present.filter { zones[$0] == zone }
                for unit in 0..<(members.isEmpty ? 0 : partitions) {
                    give(members[unit % members.count])
                }
            }
        }
        while left > 0 {
            let open = present.filter {
                quotas[$0] < partitions && zoneTotals[zones[$0]] < zoneMax
            }
            guard let least = open.min(by: { (quotas[$0], $0) < (quotas[$1], $1) }) else {
                preconditionFailure("quotas cannot be met")
            }
            give(least)
        }
        return quotas
    }

    private mutating func mix() {
        var random = RandomStream(seed: 0x6479_6e61)
        for _ in 0..<(8 * depth * replicas.count) {
            let first = Int.random(in: 0..<replicas.count, using: &random)
            let second = Int.random(in: 0..<replicas.count, using: &random)
            let (i, j) = (
                Int.random(in: 0..<depth, using: &random),
                Int.random(in: 0..<depth, using: &random)
            )
            exchange((first, i), (second, j))
        }
    }

    /// Exchanges two replicas unless that makes either partition worse.
    private mutating func exchange(_ left: (Int, Int), _ right: (Int, Int)) {
        let (a, b) = (replicas[left.0][left.1], replicas[right.0][right.1])
        guard left.0 != right.0, a != b, !replicas[left.0].contains(b),
            !replicas[right.0].contains(a)
        else { return }
        guard zoneGain(left.0, replacing: a, with: b) >= 0,
            zoneGain(right.0, replacing: b, with: a) >= 0
        else { return }
        replicas[left.0][left.1] = b
        replicas[right.0][right.1] = a
    }

    // MARK: Moves

    /// How many zones a partition would gain (or lose, below 0) by a replacement.
    func zoneGain(_ partition: Int, replacing old: Int, with new: Int) -> Int {
        var (before, after) = (1, 1)
        for owner in replicas[partition] where owner != old {
            if zones[owner] == zones[old] { before = 0 }
            if zones[owner] == zones[new] { after = 0 }
        }
        return after - before
    }

    mutating func move(_ partition: Int, from old: Int, to new: Int) {
        guard let position = replicas[partition].firstIndex(of: old) else {
            preconditionFailure("a replica that is not there cannot move")
        }
        replicas[partition][position] = new
        load[old] -= 1
        load[new] += 1
    }

    mutating func append(_ member: Int, to partition: Int) {
        replicas[partition].append(member)
        load[member] += 1
    }

    mutating func takeOut(_ member: Int, of partition: Int) -> Int? {
        guard let position = replicas[partition].firstIndex(of: member) else { return nil }
        replicas[partition].remove(at: position)
        load[member] -= 1
        return position
    }

    mutating func enter(_ member: Member) -> Int {
        zones.append(zone(named: member.zone))
        load.append(0)
        present.append(load.count - 1)
        return load.count - 1
    }

    mutating func leave(_ index: Int) {
        present.removeAll { $0 == index }
    }
}
