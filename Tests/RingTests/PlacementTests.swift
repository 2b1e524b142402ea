import Primitives
import Ring
import Testing

@Suite struct PlacementTests {
    /// What is wrong with a placement's replicas, and how uneven they are.
    struct Judgement {
        var unevenness = 0
        var repeatedMembers = 0
        var missedZones = 0
    }

    static func members(_ names: Range<Int>, zones: Int) -> [Member] {
        names.map { member("n\($0)", zone: "z\($0 % zones)") }
    }

    static func member(_ name: String, zone: String) -> Member {
        Member(name: name, zone: zone, client: "c", peer: "p", http: "h")
    }

    static func judge(_ placement: Placement) -> Judgement {
        var judgement = Judgement()
        var load: [MemberIndex: Int] = [:]
        let present = placement.members.compactMap { $0 }
        let zoneCount = Set(present.map(\.zone)).count
        for partition in placement.ring.partitions {
            let list = placement.preferenceList(for: partition, n: placement.copies)
            let all = Array(list.primaries) + Array(list.fallbacks)
            judgement.repeatedMembers += all.count - Set(all).count
            judgement.repeatedMembers += all.count == present.count ? 0 : 1
            let zones = Set(list.primaries.map { placement.members[Int($0.raw)]?.zone })
            judgement.missedZones += min(zoneCount, list.primaries.count) - zones.count
            for owner in list.primaries { load[owner, default: 0] += 1 }
        }
        let loads = placement.members.indices
            .filter { placement.members[$0] != nil }
            .map { load[MemberIndex(UInt16($0)), default: 0] }
        judgement.unevenness = (loads.max() ?? 0) - (loads.min() ?? 0)
        return judgement
    }

    /// The names of the replicas of every partition.
    static func replicas(_ placement: Placement) -> [Set<String>] {
        placement.ring.partitions.map { partition in
            let list = placement.preferenceList(for: partition, n: placement.copies)
            return Set(list.primaries.compactMap { placement.members[Int($0.raw)]?.name })
        }
    }

    @Test("a first placement is even and distinct for 1 to 40 nodes in 1 to 5 equal zones")
    func initial() throws {
        var cases = 0
        for zones in 1...5 {
            for nodes in stride(from: zones, through: 40, by: zones) {
                let placement = try Placement(initial: Self.members(0..<nodes, zones: zones))
                let judgement = Self.judge(placement)
                #expect(judgement.repeatedMembers == 0, "\(nodes) nodes, \(zones) zones")
                #expect(judgement.missedZones == 0, "\(nodes) nodes, \(zones) zones")
                #expect(judgement.unevenness <= 1, "\(nodes) nodes, \(zones) zones")
                cases += 1
            }
        }
        print("first placements checked: \(cases)")
    }

    @Test("a first placement in uneven zones keeps nodes and zones distinct")
    func unevenZones() throws {
        for nodes in 1...40 {
            for zones in 1...5 {
                let placement = try Placement(initial: Self.members(0..<nodes, zones: zones))
                let judgement = Self.judge(placement)
                #expect(judgement.repeatedMembers == 0 && judgement.missedZones == 0)
            }
        }
    }

    @Test("a first placement does not depend on the order of the members")
    func order() throws {
        var random = RandomStream(seed: 3)
        for nodes in [2, 3, 7, 20] {
            let members = Self.members(0..<nodes, zones: 3)
            let placement = try Placement(initial: members)
            for _ in 0..<5 {
                let other = try Placement(initial: members.shuffled(using: &random))
                #expect(other == placement)
            }
        }
    }

    @Test("a join moves at most 1.05 of the ideal, a leave only what the leaving node had")
    func movement() throws {
        var (joins, leaves, worst, uneven) = (0, 0, 0.0, 0)
        for seed in 0..<12 as Range<UInt64> {
            var random = RandomStream(seed: seed)
            let zones = Int(seed % 5) + 1
            var next = Int.random(in: 1...12, using: &random)
            var members = Self.members(0..<next, zones: zones)
            var placement = try Placement(initial: members)
            for _ in 0..<12 {
                let isJoin = members.count < 2 || Bool.random(using: &random)
                let before = Self.replicas(placement)
                if isJoin {
                    let zone = "z\(Int.random(in: 0..<zones, using: &random))"
                    members.append(Self.member("n\(next)", zone: zone))
                    next += 1
                    placement = try placement.changed(to: members)
                    worst = max(worst, checkJoin(before, placement, nodes: members.count))
                    joins += 1
                } else {
                    let gone = members.remove(
                        at: Int.random(in: members.indices, using: &random))
                    placement = try placement.changed(to: members)
                    checkLeave(before, placement, of: gone.name)
                    leaves += 1
                }
                let judgement = Self.judge(placement)
                #expect(judgement.repeatedMembers == 0)
                if zones == 1 { uneven = max(uneven, judgement.unevenness) }
            }
        }
        #expect(uneven <= 1, "without zones every node carries the same, within one")
        print("joins \(joins), leaves \(leaves), worst join \(worst) of its bound")
    }

    private func checkJoin(
        _ before: [Set<String>], _ placement: Placement, nodes: Int
    ) -> Double {
        let after = Self.replicas(placement)
        let moved = zip(before, after).reduce(0) { $0 + $1.1.subtracting($1.0).count }
        let ideal = (placement.copies * after.count + nodes - 1) / nodes
        let bound = nodes <= placement.copies ? after.count : ideal * 105 / 100
        #expect(moved <= bound, "\(moved) moved of \(bound)")
        return Double(moved) / Double(bound)
    }

    private func checkLeave(_ before: [Set<String>], _ placement: Placement, of name: String) {
        for (old, new) in zip(before, Self.replicas(placement)) {
            if old.contains(name) {
                #expect(new.isSuperset(of: old.subtracting([name])))
            } else {
                #expect(new == old)
            }
        }
    }

    @Test("joins and leaves in equal zones stay even and in distinct zones")
    func changesInZones() throws {
        for zones in 2...5 {
            var members = Self.members(0..<(3 * zones), zones: zones)
            var placement = try Placement(initial: members)
            for round in 0..<zones {
                members.append(Self.member("x\(round)", zone: "z\(round)"))
                placement = try placement.changed(to: members)
                #expect(Self.judge(placement).missedZones == 0)
            }
            #expect(Self.judge(placement).unevenness <= 1, "\(zones) zones")
            for round in 0..<zones {
                members.removeAll { $0.name == "n\(round)" }
                placement = try placement.changed(to: members)
                #expect(Self.judge(placement).missedZones == 0)
            }
            #expect(Self.judge(placement).unevenness <= 1, "\(zones) zones")
        }
    }

    @Test("a member keeps its index, and the index of one that left is not used again")
    func indices() throws {
        let members = Self.members(0..<4, zones: 2)
        let placement = try Placement(initial: members)
        let without = try placement.changed(to: [members[0], members[2], members[3]])
        #expect(without.members.map { $0?.name } == ["n0", nil, "n2", "n3"])
        let again = try without.changed(to: members)
        #expect(again.members.map { $0?.name } == ["n0", nil, "n2", "n3", "n1"])
        let all = try placement.changed(to: Self.members(10..<12, zones: 1))
        #expect(all.members.compactMap { $0?.name } == ["n10", "n11"])
        #expect(Self.judge(all).repeatedMembers == 0)
    }

    @Test("a changed address moves nothing")
    func addresses() throws {
        let members = Self.members(0..<5, zones: 2)
        let placement = try Placement(initial: members)
        let moved = members.map {
            Member(name: $0.name, zone: $0.zone, client: "x", peer: "y", http: "z")
        }
        let changed = try placement.changed(to: moved)
        #expect(Self.replicas(changed) == Self.replicas(placement))
        #expect(changed.members.allSatisfy { $0?.peer == "y" })
    }

    @Test("impossible members are refused")
    func refusals() throws {
        #expect(throws: PlacementError.noMembers) { try Placement(initial: []) }
        let twins = [Self.member("a", zone: "x"), Self.member("a", zone: "y")]
        #expect(throws: PlacementError.duplicateName("a")) { try Placement(initial: twins) }
        #expect(throws: PlacementError.badPartitionCount(100)) {
            try Placement(initial: [twins[0]], partitions: 100)
        }
        for copies in [-1, 0, 17, 70_000] {
            #expect(throws: PlacementError.badCopies(copies)) {
                try Placement(initial: [twins[0]], copies: copies)
            }
        }
        let long = Self.member("long", zone: String(repeating: "z", count: 65_536))
        #expect(throws: PlacementError.longText(member: "long")) {
            try Placement(initial: [long])
        }
    }

    @Test("an encoded placement comes back, and damage is refused or harmless")
    func codec() throws {
        var placement = try Placement(initial: Self.members(0..<7, zones: 3), partitions: 16)
        placement = try placement.changed(to: Self.members(1..<9, zones: 3))
        let bytes = placement.encoded()
        #expect(try Placement(decoding: bytes[...]) == placement)
        for count in 0..<bytes.count {
            #expect(throws: MalformedBytes.self) { try Placement(decoding: bytes.prefix(count)) }
        }
        let twins = [UInt8](placement.encoded().map { $0 == UInt8(ascii: "2") ? 0x33 : $0 })
        #expect(throws: MalformedBytes("member names")) { try Placement(decoding: twins[...]) }
        var random = RandomStream(seed: 9)
        for _ in 0..<2_000 {
            var damaged = bytes
            let index = Int.random(in: damaged.indices, using: &random)
            damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            if let decoded = try? Placement(decoding: damaged[...]) {
                #expect(Self.judge(decoded).repeatedMembers == 0)
            }
        }
    }
}
