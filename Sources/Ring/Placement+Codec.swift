import Primitives

/// The encoding of a placement as it is stored with the cluster state, little-endian.
///
/// Format 1: one byte with the format; copies (16 bits); partitions (32); length of the member
/// table (16) and per index either a byte 0 or a byte 1 with name, zone, client, peer and HTTP
/// address; then the owners of every partition (16 bits each), as many as there are members.
extension Placement {
    private static let format: UInt8 = 1

    /// The encoding.
    package func encoded() -> [UInt8] {
        let table = members.reduce(0) { $0 + 1 + ($1?.encodedSize ?? 0) }
        return [UInt8](encodingSize: 1 + 2 + 4 + 2 + table + owners.count * 2) { writer in
            writer.write(Placement.format)
            writer.write(UInt16(copies))
            writer.write(UInt32(ring.partitionCount))
            writer.write(UInt16(members.count))
            for member in members {
                writer.write(UInt8(member == nil ? 0 : 1))
                member?.write(to: &writer)
            }
            for owner in owners {
                writer.write(owner.raw)
            }
        }
    }

    /// The placement in an encoding; throws on anything that is not one.
    package init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt8.self) == Placement.format else {
            throw MalformedBytes("placement format")
        }
        let copies = Int(try reader.read(UInt16.self))
        guard (1...BucketProperties.copiesMax).contains(copies),
            let ring = Ring(partitionCount: Int(try reader.read(UInt32.self)))
        else { throw MalformedBytes("placement") }
        var members: [Member?] = []
        for _ in 0..<(try reader.read(UInt16.self)) {
            let isPresent = try reader.read(UInt8.self)
            guard isPresent <= 1 else { throw MalformedBytes("member") }
            members.append(isPresent == 1 ? try Member(reading: &reader) : nil)
        }
        let names = members.compactMap { $0?.name }.sorted()
        guard zip(names, names.dropFirst()).allSatisfy({ $0 != $1 }) else {
            throw MalformedBytes("member names")
        }
        let width = names.count
        guard width > 0, reader.remaining == width * ring.partitionCount * 2 else {
            throw MalformedBytes("owners")
        }
        var owners: [MemberIndex] = []
        owners.reserveCapacity(width * ring.partitionCount)
        for _ in 0..<ring.partitionCount {
            owners += try Placement.readOwners(&reader, members, width)
        }
        self.init(ring: ring, copies: copies, members: members, owners: owners)
    }

    private static func readOwners(
        _ reader: inout ByteReader, _ members: [Member?], _ width: Int
    ) throws(MalformedBytes) -> [MemberIndex] {
        var seen = Array(repeating: false, count: members.count)
        var owners: [MemberIndex] = []
        for _ in 0..<width {
            let raw: UInt16 = try reader.read()
            guard Int(raw) < members.count, members[Int(raw)] != nil, !seen[Int(raw)] else {
                throw MalformedBytes("owner")
            }
            seen[Int(raw)] = true
            owners.append(MemberIndex(raw))
        }
        return owners
    }
}

extension Member {
    private var texts: [String] { [name, zone, client, peer, http] }

    /// Whether every text fits behind its 16-bit length.
    var isEncodable: Bool { texts.allSatisfy { $0.utf8.count <= UInt16.max } }

    var encodedSize: Int {
        texts.reduce(0) { $0 + ByteWriter.size(text: $1) }
    }

    func write(to writer: inout ByteWriter) {
        for text in texts {
            writer.write(text: text)
        }
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        self.init(
            name: try reader.readText(), zone: try reader.readText(),
            client: try reader.readText(), peer: try reader.readText(),
            http: try reader.readText())
    }
}
