/// Writes little-endian integers and runs of bytes into memory whose size is known beforehand.
///
/// One reservation and raw stores cost a quarter of appending piece by piece, so every encoder
/// computes its exact size first. Writing past the end is a broken invariant and traps.
///
/// Usable from inlined code, without which other modules would call `write` unspecialised.
@usableFromInline
package struct ByteWriter {
    @usableFromInline
    let memory: UnsafeMutableRawBufferPointer
    /// How many bytes were written.
    @usableFromInline package var count = 0

    /// Writes into `memory`, from its start.
    @inlinable
    package init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    /// Writes an integer, least significant byte first.
    @inlinable
    package mutating func write<Integer: FixedWidthInteger>(_ value: Integer) {
        let size = MemoryLayout<Integer>.size
        precondition(count + size <= memory.count, "an encoder wrote past its computed size")
        memory.storeBytes(of: value.littleEndian, toByteOffset: count, as: Integer.self)
        count += size
    }

    /// Writes a run of bytes without its length.
    @inlinable
    package mutating func write(_ bytes: Bytes) {
        bytes.withUnsafeBytes { write($0) }
    }

    /// Writes a run of bytes without its length.
    @inlinable
    package mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    /// Writes raw memory without its length.
    @inlinable
    package mutating func write(_ source: UnsafeRawBufferPointer) {
        precondition(count + source.count <= memory.count, "an encoder wrote past its size")
        if let base = source.baseAddress, let target = memory.baseAddress {
            (target + count).copyMemory(from: base, byteCount: source.count)
        }
        count += source.count
    }
}

extension [UInt8] {
    /// An array of exactly `size` bytes, filled by `encode`.
    @inlinable
    package init(encodingSize size: Int, _ encode: (inout ByteWriter) -> Void) {
        self.init(unsafeUninitializedCapacity: size) { buffer, initialized in
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(buffer))
            encode(&writer)
            precondition(writer.count == size, "an encoder wrote less than its computed size")
            initialized = size
        }
    }
}
