import Primitives
import Replica

/// How records and facts lie in the database: a format, a checksum over everything else, content.
///
/// The checksum covers the key too, so that a row that lies under the wrong key, or a damaged key,
/// is found before anything is decided from it.
enum Row {
    /// Facts, and records that are filed in no tree.
    static let format: UInt8 = 1
    /// Records with the replica set in whose tree they are filed.
    private static let filedFormat: UInt8 = 2
    static let headSize = 9
    /// The key in a record's row ends here at the latest.
    static let keyEndMax = headSize + 8 + 2 + 1 + Key.bucketBytesMax + Key.keyBytesMax

    /// A record as it was found in a row.
    struct Content {
        let key: Bytes
        let ownEpoch: UInt64
        /// How many owners of its partition keep it, 0 where it is filed in no tree.
        let copies: UInt8
        let record: Bytes
    }

    /// The row of a record: format, checksum, own epoch, length of the key (16 bits), key, copies
    /// (8 bits; not in format 1, whose records are filed in no tree), record.
    ///
    /// The formats have the key in the same place, where it is found whatever else is damaged.
    static func encode(
        _ key: Key, ownEpoch: UInt64, copies: UInt8, record: Bytes
    ) -> [UInt8] {
        let size = headSize + 8 + 2 + key.canonical.count + 1 + record.count
        var row = [UInt8](encodingSize: size) { writer in
            writer.write(filedFormat)
            writer.write(UInt64(0))
            writer.write(ownEpoch)
            writer.write(UInt16(key.canonical.count))
            writer.write(key.canonical)
            writer.write(copies)
            writer.write(record)
        }
        seal(&row)
        return row
    }

    /// The content of a record's row; nil where the row is damaged or of an unknown format.
    static func decode(_ row: [UInt8]) -> Content? {
        guard let (content, found) = open(row) else { return nil }
        var reader = ByteReader(content)
        guard let epoch = try? reader.read(UInt64.self), let size = try? reader.read(UInt16.self),
            let key = try? reader.readBytes(Int(size)),
            let copies = found == filedFormat ? try? reader.read(UInt8.self) : 0
        else { return nil }
        return Content(key: key, ownEpoch: epoch, copies: copies, record: reader.readRest())
    }

    /// The key that the head of a record's row names, whatever else in it is damaged.
    static func key(inHead row: [UInt8]) -> Key? {
        var reader = ByteReader(row.dropFirst(headSize + 8))
        guard let size = try? reader.read(UInt16.self),
            let key = try? reader.readBytes(Int(size))
        else { return nil }
        return Key(canonical: key)
    }

    /// The row of a fact: format, checksum, length of the name (16 bits), name, value.
    static func encode(fact name: [UInt8], _ value: Bytes) -> [UInt8] {
        var row = [UInt8](encodingSize: headSize + 2 + name.count + value.count) { writer in
            writer.write(format)
            writer.write(UInt64(0))
            writer.write(UInt16(name.count))
            writer.write(name)
            writer.write(value)
        }
        seal(&row)
        return row
    }

    /// The value of a fact's row; nil where the row is damaged or belongs to another name.
    static func decode(fact name: [UInt8], _ row: [UInt8]) -> Bytes? {
        guard let (content, found) = open(row), found == format else { return nil }
        var reader = ByteReader(content)
        guard let size = try? reader.read(UInt16.self),
            let found = try? reader.readBytes(Int(size)), found.elementsEqual(name)
        else { return nil }
        return reader.readRest()
    }

    static func seal(_ row: inout [UInt8]) {
        let purpose = purpose(of: row[0])
        row.withUnsafeMutableBytes { raw in
            let content = UnsafeRawBufferPointer(rebasing: raw[headSize...])
            let sum = Checksum.of(content, purpose: purpose)
            raw.storeBytes(of: sum.littleEndian, toByteOffset: 1, as: UInt64.self)
        }
    }

    static func open(_ row: [UInt8]) -> (content: Bytes, format: UInt8)? {
        guard row.count >= headSize, (format...filedFormat).contains(row[0]) else { return nil }
        let purpose = purpose(of: row[0])
        let isIntact = row.withUnsafeBytes { raw in
            let sum = raw.loadUnaligned(fromByteOffset: 1, as: UInt64.self)
            let content = UnsafeRawBufferPointer(rebasing: raw[headSize...])
            return UInt64(littleEndian: sum) == Checksum.of(content, purpose: purpose)
        }
        return isIntact ? (row[headSize...], row[0]) : nil
    }

    /// The format is not among the bytes that are summed: its damage shows in another seed.
    private static func purpose(of format: UInt8) -> Checksum.Purpose {
        format == filedFormat ? .filedRow : .row
    }
}
