import Primitives

/// Where an argument lies, relative to the start of its frame, in bytes.
@usableFromInline
struct ByteRange: Equatable, Sendable {
    @usableFromInline var start: UInt32
    @usableFromInline var count: UInt32

    init(start: Int, count: Int) {
        self.start = UInt32(start)
        self.count = UInt32(count)
    }
}

/// One command of a client: its arguments as a collection of runs of bytes, the name first.
///
/// All arguments lie in one allocation, and so does the table that says where: the frame as it was
/// received is followed by eight bytes for each argument. An argument taken out shares this
/// storage and keeps all of it alive; what is kept for long should be copied.
package struct RESPCommand: RandomAccessCollection, Sendable {
    /// The frame, then a `ByteRange` for each argument.
    @usableFromInline let storage: [UInt8]
    /// The number of arguments, the name included; at least one.
    package let count: Int

    /// Copies the first `frameBytes` bytes of a frame, whose arguments are at `ranges`.
    init(frame: UnsafeRawBufferPointer, ranges: [ByteRange]) {
        precondition(!ranges.isEmpty, "a command has no arguments")
        count = ranges.count
        storage = ranges.withUnsafeBytes { table in
            let size = frame.count + table.count
            return [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
                let target = UnsafeMutableRawBufferPointer(buffer)
                UnsafeMutableRawBufferPointer(rebasing: target[..<frame.count])
                    .copyMemory(from: frame)
                UnsafeMutableRawBufferPointer(rebasing: target[frame.count..<size])
                    .copyMemory(from: table)
                initialized = size
            }
        }
    }

    /// A command made of the given arguments, the name first; there must be at least one.
    package init(_ arguments: [Bytes]) {
        var bytes: [UInt8] = []
        var ranges: [ByteRange] = []
        for argument in arguments {
            ranges.append(ByteRange(start: bytes.count, count: argument.count))
            bytes.append(contentsOf: argument)
        }
        self = bytes.withUnsafeBytes { RESPCommand(frame: $0, ranges: ranges) }
    }

    /// The index of the name.
    @inlinable package var startIndex: Int { 0 }

    /// The index behind the last argument.
    @inlinable package var endIndex: Int { count }

    /// The argument at `index`, 0 being the name; an index out of bounds is a broken invariant.
    @inlinable
    package subscript(index: Int) -> Bytes {
        let range = range(of: index)
        return storage[Int(range.start)..<Int(range.start) + Int(range.count)]
    }

    @inlinable
    func range(of index: Int) -> ByteRange {
        precondition(index >= 0 && index < count, "a command has no argument of this index")
        let offset = storage.count - (count - index) * MemoryLayout<ByteRange>.stride
        return storage.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: offset, as: ByteRange.self)
        }
    }
}

extension RESPCommand {
    /// The longest name that is worth looking up, in bytes; `name` is cut there.
    package static let nameBytesMax = 128

    /// The name with ASCII letters in upper case, at most `nameBytesMax` bytes of it.
    ///
    /// Bytes that are not UTF-8 are replaced by U+FFFD.
    package var name: String {
        RESPCommand.name(of: self[0])
    }

    /// Whether the argument at `index` is `uppercaseASCII`, the case of ASCII letters aside.
    ///
    /// False where there is no such argument. Allocates nothing.
    @inlinable
    package func matches(_ index: Int, _ uppercaseASCII: StaticString) -> Bool {
        guard index >= 0, index < count else { return false }
        let range = range(of: index)
        let length = Int(range.count)
        guard length == uppercaseASCII.utf8CodeUnitCount else { return false }
        return storage.withUnsafeBytes { bytes in
            for offset in 0..<length {
                let byte = bytes[Int(range.start) + offset]
                let isLower = byte &- 0x61 < 26
                guard (isLower ? byte &- 0x20 : byte) == uppercaseASCII.utf8Start[offset] else {
                    return false
                }
            }
            return true
        }
    }

    static func name(of argument: some Collection<UInt8>) -> String {
        // An array, since text is made of a lazy collection byte by byte.
        let name = argument.prefix(nameBytesMax).map { $0 &- 0x61 < 26 ? $0 &- 0x20 : $0 }
        return String(decoding: name, as: UTF8.self)
    }
}

extension RESPCommand: Equatable {
    /// Commands are equal when their arguments are, however they were framed.
    package static func == (left: RESPCommand, right: RESPCommand) -> Bool {
        left.elementsEqual(right)
    }
}
