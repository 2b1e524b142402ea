/// The bytes ended before what they promised, or a length in them is impossible.
@usableFromInline
package struct MalformedBytes: Error, Hashable {
    /// What was being read, for the log.
    package let what: StaticString

    /// Names what was being read.
    @usableFromInline
    package init(_ what: StaticString) {
        self.what = what
    }

    /// Two failures are the same when they name the same thing.
    @usableFromInline
    package static func == (left: MalformedBytes, right: MalformedBytes) -> Bool {
        left.what.description == right.what.description
    }

    /// Hashes the name.
    @usableFromInline
    package func hash(into hasher: inout Hasher) {
        hasher.combine(what.description)
    }
}

/// Reads little-endian integers and runs of bytes out of an array slice, checking every bound.
///
/// Input comes from disks and networks: whatever is in it, reading throws and never traps, and no
/// length is trusted before the bytes behind it are known to be there.
///
/// Usable from inlined code, without which other modules would call every `read`.
@usableFromInline
package struct ByteReader {
    @usableFromInline
    let bytes: Bytes
    @usableFromInline
    var position: Int

    /// Reads from the start of `bytes`.
    @inlinable
    package init(_ bytes: Bytes) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// How many bytes are left.
    @inlinable
    package var remaining: Int { bytes.endIndex - position }

    /// Reads an integer of the type that is wanted, least significant byte first.
    @inlinable
    package mutating func read<Integer: FixedWidthInteger>() throws(MalformedBytes) -> Integer {
        try read(Integer.self)
    }

    /// Reads an integer, least significant byte first.
    @inlinable
    package mutating func read<Integer: FixedWidthInteger>(
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
    @inlinable
    package mutating func readBytes(_ count: Int) throws(MalformedBytes) -> Bytes {
        guard count >= 0, remaining >= count else { throw MalformedBytes("bytes") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Reads a run of bytes that follows its 32-bit length.
    @inlinable
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
    @inlinable
    package mutating func write(sized bytes: Bytes) {
        write(UInt32(bytes.count))
        write(bytes)
    }

    /// The size of a text written by `write(text:)`.
    package static func size(text: String) -> Int { 2 + text.utf8.count }
}
