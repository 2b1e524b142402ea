/// The bytes ended before what they promised, or a length in them is impossible.
package struct MalformedBytes: Error, Hashable {
    /// What was being read, for the log.
    package let what: StaticString

    /// Names what was being read.
    package init(_ what: StaticString) {
        self.what = what
    }

    /// Two failures are the same when they name the same thing.
    package static func == (left: MalformedBytes, right: MalformedBytes) -> Bool {
        left.what.description == right.what.description
    }

    /// Hashes the name.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(what.description)
    }
}

/// Reads little-endian integers and runs of bytes out of an array slice, checking every bound.
///
/// Input comes from disks and networks: whatever is in it, reading throws and never traps, and no
/// length is trusted before the bytes behind it are known to be there.
package struct ByteReader {
    @usableFromInline
    let bytes: Bytes
    @usableFromInline
    var position: Int

    /// Reads from the start of `bytes`.
    package init(_ bytes: Bytes) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// How many bytes are left.
    @inlinable
    package var remaining: Int { bytes.endIndex - position }

    // Not one generic function: other modules would call it unspecialised, at ten times the cost.

    /// Reads a byte.
    package mutating func read(_ type: UInt8.Type = UInt8.self) throws(MalformedBytes) -> UInt8 {
        try load(type)
    }

    /// Reads 16 bits, least significant byte first.
    package mutating func read(_ type: UInt16.Type = UInt16.self) throws(MalformedBytes) -> UInt16 {
        try load(type)
    }

    /// Reads 32 bits, least significant byte first.
    package mutating func read(_ type: UInt32.Type = UInt32.self) throws(MalformedBytes) -> UInt32 {
        try load(type)
    }

    /// Reads 64 bits, least significant byte first.
    package mutating func read(_ type: UInt64.Type = UInt64.self) throws(MalformedBytes) -> UInt64 {
        try load(type)
    }

    @inline(__always)
    private mutating func load<Integer: FixedWidthInteger>(
        _ type: Integer.Type
    ) throws(MalformedBytes) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard remaining >= size else { throw MalformedBytes("integer") }
        let offset = position - bytes.startIndex
        let value = bytes.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: offset, as: Integer.self)
        }
        position += size
        return Integer(littleEndian: value)
    }

    /// Cuts out the next `count` bytes; they share the storage of the input.
    package mutating func readBytes(_ count: Int) throws(MalformedBytes) -> Bytes {
        guard count >= 0, remaining >= count else { throw MalformedBytes("bytes") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Reads a run of bytes that follows its 32-bit length.
    package mutating func readSizedBytes() throws(MalformedBytes) -> Bytes {
        let size: UInt32 = try read()
        return try readBytes(Int(size))
    }

    /// Reads a UTF-8 text that follows its 16-bit length.
    package mutating func readText() throws(MalformedBytes) -> String {
        let size: UInt16 = try read()
        let raw = try readBytes(Int(size))
        guard let text = String(validating: raw, as: UTF8.self) else {
            throw MalformedBytes("text")
        }
        return text
    }

    /// Everything that is left.
    package mutating func readRest() -> Bytes {
        defer { position = bytes.endIndex }
        return bytes[position...]
    }
}

extension ByteWriter {
    /// Writes a text after its 16-bit length in UTF-8 bytes; longer texts are a broken invariant.
    package mutating func write(text: String) {
        let bytes = Array(text.utf8)
        precondition(bytes.count <= UInt16.max, "a text of 64 KiB or more has no encoding")
        write(UInt16(bytes.count))
        write(bytes)
    }

    /// Writes a run of bytes after its 32-bit length.
    package mutating func write(sized bytes: Bytes) {
        write(UInt32(bytes.count))
        write(bytes)
    }

    /// The size of a text written by `write(text:)`.
    package static func size(text: String) -> Int { 2 + text.utf8.count }
}
