import Primitives
import Ring

/// What all members of a cluster agree on: who they are and who owns what.
///
/// Stored in every member's database. Placement is part of it and never computed again, so that two
/// versions of the program can never place a key differently.
package struct ClusterState: Equatable, Sendable {
    /// The name; nodes of different clusters refuse each other.
    package let name: String
    /// Goes up with every change of ownership.
    package let version: UInt64
    /// Who owns which partition.
    package let placement: Placement
    /// The properties of buckets that have none of their own.
    package let defaults: BucketProperties
    /// For how long a record is believed after it was read from a store, and an operation id after
    /// it was drawn, in milliseconds (the maximum segment lifetime of transport protocols, by the
    /// hybrid clocks of nodes).
    ///
    /// Who forgets something for good waits until nothing older can arrive any more.
    package let messageLifetimeMilliseconds: UInt64

    /// Five minutes: far beyond all deadlines, and beyond what clocks may differ.
    package static let defaultMessageLifetimeMilliseconds: UInt64 = 300_000

    /// A cluster's state.
    package init(
        name: String, version: UInt64, placement: Placement, defaults: BucketProperties,
        messageLifetimeMilliseconds: UInt64 = ClusterState.defaultMessageLifetimeMilliseconds
    ) {
        self.name = name
        self.version = version
        self.placement = placement
        self.defaults = defaults
        self.messageLifetimeMilliseconds = messageLifetimeMilliseconds
    }

    private static let format: UInt8 = 2
    /// The format before messages had a lifetime: they have the default.
    private static let formatWithoutLifetime: UInt8 = 1

    /// Format 2: one byte with the format, the name, the version, the encodings of placement and
    /// default properties, each after its 32-bit length, and the lifetime of messages.
    package func encoded() -> [UInt8] {
        let (owners, properties) = (placement.encoded(), defaults.encoded())
        let size =
            1 + ByteWriter.size(text: name) + 8 + 4 + owners.count + 4 + properties.count
            + 8
        return [UInt8](encodingSize: size) { writer in
            writer.write(ClusterState.format)
            writer.write(text: name)
            writer.write(version)
            writer.write(sized: owners[...])
            writer.write(sized: properties[...])
            writer.write(messageLifetimeMilliseconds)
        }
    }

    /// The state in an encoding.
    package init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = ByteReader(bytes)
        let format: UInt8 = try reader.read()
        guard (ClusterState.formatWithoutLifetime...ClusterState.format).contains(format) else {
            throw MalformedBytes("cluster state format")
        }
        name = try reader.readText()
        version = try reader.read()
        placement = try Placement(decoding: try reader.readSizedBytes())
        defaults = try BucketProperties(decoding: try reader.readSizedBytes())
        messageLifetimeMilliseconds =
            format == ClusterState.formatWithoutLifetime
            ? ClusterState.defaultMessageLifetimeMilliseconds : try reader.read()
    }

    /// The member called `name`.
    package func index(of name: String) -> MemberIndex? {
        placement.members.firstIndex { $0?.name == name }.map { MemberIndex(UInt16($0)) }
    }

    /// The member at an index; trapping where there is none is right, since indices come from the
    /// same state.
    package func member(_ index: MemberIndex) -> Member {
        guard let member = placement.members[Int(index.raw)] else {
            preconditionFailure("member \(index.raw) was removed")
        }
        return member
    }

    /// The indices of all members, ascending.
    package var indices: [MemberIndex] {
        placement.members.indices
            .filter { placement.members[$0] != nil }
            .map { MemberIndex(UInt16($0)) }
    }
}
