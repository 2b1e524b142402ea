import Primitives

extension FrameContent {
    /// The size of the whole frame in bytes; what `encode(into:)` needs.
    package var frameSize: Int {
        Frame.headSize + bodySize
    }

    private var bodySize: Int {
        switch self {
        case .hello(let hello): hello.encodedSize
        case .welcome: 0
        case .refused(let reason): ByteWriter.size(text: reason)
        case .message(let envelope): 8 + 4 + envelope.message.encodedSize
        }
    }

    /// Writes the whole frame into memory of at least `frameSize` bytes; returns that size.
    @discardableResult
    package func encode(into memory: UnsafeMutableRawBufferPointer) -> Int {
        encode(size: frameSize, into: memory)
    }

    private func encode(size: Int, into memory: UnsafeMutableRawBufferPointer) -> Int {
        let frame = UnsafeMutableRawBufferPointer(rebasing: memory[..<size])
        var writer = ByteWriter(frame)
        let length = UInt32(size - Frame.prefixSize)
        writer.write(length)
        writer.write(Frame.check(ofLength: length))
        writer.write(UInt64(0))
        writer.write(Frame.version)
        writer.write(kind)
        writeBody(to: &writer)
        precondition(writer.count == size, "a frame's computed size is wrong")
        let covered = UnsafeRawBufferPointer(rebasing: frame[Frame.sealedSize...])
        let checksum = Checksum.of(covered, purpose: .frame)
        frame.storeBytes(of: checksum.littleEndian, toByteOffset: Frame.prefixSize, as: UInt64.self)
        return size
    }

    /// The frame as bytes of its own.
    package func encoded() -> [UInt8] {
        let size = frameSize
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = encode(size: size, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    private var kind: UInt8 {
        switch self {
        case .hello: Frame.helloKind
        case .welcome: Frame.welcomeKind
        case .refused: Frame.refusedKind
        case .message(let envelope): Frame.messageKindMin + envelope.message.kind.rawValue
        }
    }

    private func writeBody(to writer: inout ByteWriter) {
        switch self {
        case .hello(let hello): hello.write(to: &writer)
        case .welcome: break
        case .refused(let reason): writer.write(text: reason)
        case .message(let envelope):
            writer.write(envelope.clock.raw)
            writer.write(envelope.sentAt.raw)
            envelope.message.write(to: &writer)
        }
    }
}
