import Primitives
import Replica

/// How records and facts lie in the database: a format, a checksum over everything else, content.
///
/// The checksum covers the key too, so that a row that lies under the wrong key, or a damaged key,
/// is found before anything is decided from it.
enum Row {
    static let format: UInt8 = 1
    static let headSize = 9
    /// The key in a record's row ends here at the latest.
    static let keyEndMax = headSize + 8 + 2 + 1 + Key.bucketBytesMax + Key.keyBytesMax

    /// A record as it was found in a row.
    struct Content {
        let key: Bytes
        let ownEpoch: UInt64
        let record: Bytes
    }

    /// The row of a record: format, checksum, own epoch, length of the key (16 bits), key, record.
    static func encode(_ key: Key, ownEpoch: UInt64, record: Bytes) -> [UInt8] {
        let size = headSize + 8 + 2 + key.canonical.count + record.count
        var row = [UInt8](encodingSize: size) { writer in
            writer.write(format)
            writer.write(UInt64(0))
            writer.write(ownEpoch)
            writer.write(UInt16(key.canonical.count))
            writer.write(key.canonical)
            writer.write(record)
        }
        seal(&row)
        return row
    }

    /// The content of a record's row; nil where the row is damaged or of an unknown format.
    static func decode(_ row: [UInt8]) -> Content? {
        guard let content = open(row) else { return nil }
        var reader = ByteReader(content)
        guard let epoch = try? reader.read(UInt64.self), let size = try? reader.read(UInt16.self),
            let key = try? reader.readBytes(Int(size))
        else { return nil }
        return Content(key: key, ownEpoch: epoch, record: reader.readRest())
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
        guard let content = open(row) else { return nil }
        var reader = ByteReader(content)
        guard let size = try? reader.read(UInt16.self),
            let found = try? reader.readBytes(Int(size)), found.elementsEqual(name)
        else { return nil }
        return reader.readRest()
    }

    static func seal(_ row: inout [UInt8]) {
        row.withUnsafeMutableBytes { raw in
            let content = UnsafeRawBufferPointer(rebasing: raw[headSize...])
            let sum = Checksum.of(content, purpose: .row)
            raw.storeBytes(of: sum.littleEndian, toByteOffset: 1, as: UInt64.self)
        }
    }

    static func open(_ row: [UInt8]) -> Bytes? {
        guard row.count >= headSize, row[0] == format else { return nil }
        let isIntact = row.withUnsafeBytes { raw in
            let sum = raw.loadUnaligned(fromByteOffset: 1, as: UInt64.self)
            let content = UnsafeRawBufferPointer(rebasing: raw[headSize...])
            return UInt64(littleEndian: sum) == Checksum.of(content, purpose: .row)
        }
        return isIntact ? row[headSize...] : nil
    }
}
