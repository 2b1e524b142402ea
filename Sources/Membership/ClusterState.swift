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

    /// A cluster's state.
    package init(
        name: String, version: UInt64, placement: Placement, defaults: BucketProperties
    ) {
        self.name = name
        self.version = version
        self.placement = placement
        self.defaults = defaults
    }

    private static let format: UInt8 = 1

    /// Format 1: one byte with the format, the name, the version, and the encodings of placement
    /// and default properties, each after its 32-bit length.
    package func encoded() -> [UInt8] {
        let (owners, properties) = (placement.encoded(), defaults.encoded())
        let size =
            1 + ByteWriter.size(text: name) + 8 + 4 + owners.count + 4 + properties.count
        return [UInt8](encodingSize: size) { writer in
            writer.write(ClusterState.format)
            writer.write(text: name)
            writer.write(version)
            writer.write(sized: owners[...])
            writer.write(sized: properties[...])
        }
    }

    /// The state in an encoding.
    package init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt8.self) == ClusterState.format else {
            throw MalformedBytes("cluster state format")
        }
        name = try reader.readText()
        version = try reader.read()
        placement = try Placement(decoding: try reader.readSizedBytes())
        defaults = try BucketProperties(decoding: try reader.readSizedBytes())
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
