import Primitives

/// Why members cannot be placed.
package enum PlacementError: Error, Hashable, Sendable {
    /// There is no member.
    case noMembers
    /// Two members have the same name.
    case duplicateName(String)
    /// There are, or have been, more members than indices.
    case tooManyMembers
    /// The number of partitions is not a power of two from 1 to 65,536.
    case badPartitionCount(Int)
    /// The number of copies is not from 1 to 16.
    case badCopies(Int)
    /// A name, zone or address of the member is longer than 65,535 bytes.
    case longText(member: String)
}

extension PlacementError: CustomStringConvertible {
    /// What is wrong.
    package var description: String {
        switch self {
        case .noMembers: "a cluster needs at least one member"
        case .duplicateName(let name): "two members are called '\(name)'"
        case .tooManyMembers: "a cluster has at most 65,535 members over its life"
        case .badPartitionCount(let count):
            "\(count) partitions are impossible: it must be a power of two from 1 to 65,536"
        case .badCopies(let count):
            "\(count) copies are impossible: it must be from 1 to \(BucketProperties.copiesMax)"
        case .longText(let member):
            "a name, zone or address of member '\(member.prefix(40))' is longer than 65,535 bytes"
        }
    }
}

/// Which members own which partition, in order.
///
/// Every partition has an ordered list of all members. Its first `copies` are the replicas of a
/// bucket with that many; a bucket with another n takes the first n; the rest are fallbacks. The
/// first `copies` are distinct members in distinct zones where there are enough, and members carry
/// equally many of them within one where zones allow it.
///
/// A placement is a value that is stored with the cluster state. It is never computed again from
/// the members: what `initial` would do in another version of the program does not matter to a
/// cluster that exists.
package struct Placement: Equatable, Sendable {
    /// The copies that are balanced: the default n of buckets.
    package static let copiesDefault = 3

    /// The hash space.
    package let ring: Ring
    /// How many owners of a partition are balanced over the members.
    package let copies: Int
    /// The members by index; nil where one was removed.
    package let members: [Member?]
    /// The owners of all partitions, one after the other, `width` each.
    let owners: [MemberIndex]
    /// How many members there are.
    let width: Int

    init(ring: Ring, copies: Int, members: [Member?], owners: [MemberIndex]) {
        self.ring = ring
        self.copies = copies
        self.members = members
        self.owners = owners
        width = owners.count / ring.partitionCount
    }

    /// The primaries and fallbacks of a partition, for a bucket that keeps n copies.
    ///
    /// Takes constant time and allocates nothing.
    package func preferenceList(for partition: Partition, n: Int) -> PreferenceList {
        let first = Int(partition.raw) * width
        return PreferenceList(owners: owners[first..<first + width], n: n)
    }

    /// The first placement of a cluster; depends on the set of members only, not on their order.
    package init(
        initial members: [Member], partitions: Int = 256, copies: Int = copiesDefault
    ) throws(PlacementError) {
        guard let ring = Ring(partitionCount: partitions) else {
            throw .badPartitionCount(partitions)
        }
        guard (1...BucketProperties.copiesMax).contains(copies) else { throw .badCopies(copies) }
        let sorted = try Placement.checked(members)
        var assignment = Assignment(
            members: sorted, partitions: partitions, copies: copies)
        assignment.fill()
        self.init(ring: ring, copies: copies, members: sorted, assignment)
    }

    /// The placement after members left, joined or changed their addresses.
    ///
    /// Depends on this placement and the new set of members only. Members that left are taken out
    /// first, one by one in the order of their names, then those that joined are added. A leave
    /// moves only what the member had; a join moves at most 1.05 · ⌈copies · partitions / members⌉
    /// replicas, even where more would be needed to reach distinct zones everywhere. Where nobody
    /// left, joined or changed its zone, all owners stay as they are.
    package func changed(to members: [Member]) throws(PlacementError) -> Placement {
        let sorted = try Placement.checked(members)
        var table: [Member?] = self.members.map { old in
            old.flatMap { old in sorted.first { $0.name == old.name } }
        }
        let joined = sorted.filter { new in
            !self.members.contains { $0?.name == new.name }
        }
        guard table.count + joined.count <= UInt16.max else { throw .tooManyMembers }
        guard !joined.isEmpty || table.map(\.?.zone) != self.members.map(\.?.zone) else {
            return Placement(ring: ring, copies: copies, members: table, owners: owners)
        }
        var assignment = Assignment(self, zonesOf: table)
        let left = self.members.indices
            .filter { self.members[$0] != nil && table[$0] == nil }
            .sorted { (self.members[$0]?.name ?? "") < (self.members[$1]?.name ?? "") }
        for index in left where assignment.present.count > 1 {
            assignment.remove(index)
        }
        for member in joined {
            table.append(member)
            assignment.add(member)
        }
        for index in left where assignment.present.contains(index) {
            assignment.remove(index)
        }
        return Placement(ring: ring, copies: copies, members: table, assignment)
    }

    private init(
        ring: Ring, copies: Int, members: [Member?], _ assignment: Assignment
    ) {
        var assignment = assignment
        assignment.balanceFirstOwners()
        let owners = assignment.ownersWithFallbacks(members).map { MemberIndex(UInt16($0)) }
        self.init(ring: ring, copies: copies, members: members, owners: owners)
    }

    private static func checked(_ members: [Member]) throws(PlacementError) -> [Member] {
        guard !members.isEmpty else { throw .noMembers }
        guard members.count <= UInt16.max else { throw .tooManyMembers }
        let sorted = members.sorted { $0.name < $1.name }
        for (left, right) in zip(sorted, sorted.dropFirst()) where left.name == right.name {
            throw .duplicateName(left.name)
        }
        if let long = sorted.first(where: { !$0.isEncodable }) {
            throw .longText(member: long.name)
        }
        return sorted
    }
}
