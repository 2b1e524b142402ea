import Causality
import Primitives
import Replica
import Ring

// The encodings of what replicas compare. Lists are preceded by their length (32 bits).

extension TreeNode {
    static let encodedSize = 4 + 1 + 1 + 2

    func write(to writer: inout ByteWriter) {
        writer.write(set.partition.raw)
        writer.write(set.copies)
        writer.write(depth)
        writer.write(index)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let partition = Partition(try reader.read())
        let set = ReplicaSet(partition: partition, copies: try reader.read())
        self.init(set: set, depth: try reader.read(), index: try reader.read())
    }
}

extension Hash128 {
    static let encodedSize = 16

    func write(to writer: inout ByteWriter) {
        writer.write(high)
        writer.write(low)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let high: UInt64 = try reader.read()
        self.init(high: high, low: try reader.read())
    }
}

extension TreeHash {
    static let encodedSize = TreeNode.encodedSize + Hash128.encodedSize

    func write(to writer: inout ByteWriter) {
        node.write(to: &writer)
        hash.write(to: &writer)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let node = try TreeNode(reading: &reader)
        self.init(node: node, hash: try Hash128(reading: &reader))
    }
}

extension LeafEntry {
    static let encodedSize = Hash128.encodedSize + 8

    func write(to writer: inout ByteWriter) {
        hash.write(to: &writer)
        writer.write(digest)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let hash = try Hash128(reading: &reader)
        self.init(hash: hash, digest: try reader.read())
    }
}

extension Hint {
    static let encodedSizeMin = 2 + 4

    var encodedSize: Int { key.encodedSize + 4 + record.count }

    func write(to writer: inout ByteWriter) {
        key.write(to: &writer)
        writer.write(sized: record)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let key = try Key(reading: &reader)
        self.init(key: key, record: try reader.readSizedBytes())
    }
}

extension ByteWriter {
    mutating func write<Element>(
        list: [Element], _ body: (Element, inout ByteWriter) -> Void
    ) {
        write(UInt32(list.count))
        for element in list {
            body(element, &self)
        }
    }
}

extension ByteReader {
    /// A list whose elements take at least so many bytes: its length is believed only as far as
    /// these are there.
    mutating func readList<Element>(
        elementSize: Int, _ body: (inout ByteReader) throws(MalformedBytes) -> Element
    ) throws(MalformedBytes) -> [Element] {
        let count = Int(try read(UInt32.self))
        guard count <= remaining / elementSize else { throw MalformedBytes("list") }
        var list: [Element] = []
        list.reserveCapacity(count)
        for _ in 0..<count {
            list.append(try body(&self))
        }
        return list
    }
}

extension Message {
    /// The size of a message of an exchange, without its request number.
    var exchangeSize: Int {
        switch self {
        case .compareTrees(_, let hashes): 4 + hashes.count * TreeHash.encodedSize
        case .treesCompared(_, let places): 4 + places.count * 4
        case .compareKeys(_, let nodes, let entries):
            4 + nodes.count * TreeNode.encodedSize + 4 + entries.count * LeafEntry.encodedSize
        case .keysCompared(_, let wanted, let offered):
            8 + (wanted.count + offered.count) * Hash128.encodedSize
        case .fetchAll(_, let hashes): 4 + hashes.count * Hash128.encodedSize
        case .fetchedAll(_, let records, _): records.reduce(8 + 4) { $0 + $1.encodedSize }
        default: 0
        }
    }

    func writeExchange(to writer: inout ByteWriter) {
        switch self {
        case .compareTrees(_, let hashes):
            writer.write(list: hashes) { $0.write(to: &$1) }
        case .treesCompared(_, let places):
            writer.write(list: places) { $1.write($0) }
        case .compareKeys(_, let nodes, let entries):
            writer.write(list: nodes) { $0.write(to: &$1) }
            writer.write(list: entries) { $0.write(to: &$1) }
        case .keysCompared(_, let wanted, let offered):
            writer.write(list: wanted) { $0.write(to: &$1) }
            writer.write(list: offered) { $0.write(to: &$1) }
        case .fetchAll(_, let hashes):
            writer.write(list: hashes) { $0.write(to: &$1) }
        case .fetchedAll(_, let records, let readAt):
            writer.write(readAt.raw)
            writer.write(list: records) { $0.write(to: &$1) }
        default:
            break
        }
    }

    static func readExchange(
        _ kind: Kind, request: UInt64, _ reader: inout ByteReader
    ) throws(MalformedBytes) -> Message {
        switch kind {
        case .compareTrees:
            return .compareTrees(
                request: request,
                try reader.readList(elementSize: TreeHash.encodedSize, TreeHash.init(reading:)))
        case .treesCompared:
            return .treesCompared(
                request: request, try readPlaces(&reader))
        case .compareKeys:
            let nodes = try reader.readList(
                elementSize: TreeNode.encodedSize, TreeNode.init(reading:))
            return .compareKeys(
                request: request, nodes,
                try reader.readList(elementSize: LeafEntry.encodedSize, LeafEntry.init(reading:)))
        case .keysCompared:
            let wanted = try readHashes(&reader)
            return .keysCompared(request: request, wanted: wanted, offered: try readHashes(&reader))
        case .fetchAll:
            return .fetchAll(request: request, try readHashes(&reader))
        case .fetchedAll:
            let readAt = HybridTimestamp(try reader.read())
            return .fetchedAll(
                request: request,
                try reader.readList(elementSize: Hint.encodedSizeMin, Hint.init(reading:)),
                readAt: readAt)
        case .exchangeFailed:
            return .exchangeFailed(request: request)
        default:
            throw MalformedBytes("kind")
        }
    }

    static func readPlaces(_ reader: inout ByteReader) throws(MalformedBytes) -> [UInt32] {
        try reader.readList(elementSize: 4) { reader throws(MalformedBytes) in
            try reader.read(UInt32.self)
        }
    }

    private static func readHashes(
        _ reader: inout ByteReader
    ) throws(MalformedBytes) -> [Hash128] {
        try reader.readList(elementSize: Hash128.encodedSize, Hash128.init(reading:))
    }
}
