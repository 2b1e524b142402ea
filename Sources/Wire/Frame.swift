import Causality
import Primitives

/// What travels in one frame.
package enum FrameContent: Sendable {
    /// The caller's greeting, the first frame on a link.
    case hello(Hello)
    /// The greeting is accepted; messages may follow.
    case welcome
    /// The greeting is refused, and why; the link is closed.
    case refused(String)
    /// A message.
    case message(Envelope)
}

/// The framing of peer bytes.
///
/// A frame is a 32-bit length of what follows it; a 64-bit checksum of what follows that; one byte
/// with the protocol version; one byte with the kind; a body that depends on the kind; and any
/// number of optional fields, each a tag byte with a 32-bit length and its bytes, of which a reader
/// skips those it does not know. All numbers are little-endian.
package enum Frame {
    /// The version of the protocol spoken here.
    package static let version: UInt8 = 1
    /// The longest frame, without its length, in bytes.
    package static let bytesMax = 64 << 20
    /// The bytes before the body: length, checksum, version, kind.
    static let headSize = 4 + 8 + 1 + 1
    /// The kinds of a frame's first bytes; those of messages follow from `messageKindMin`.
    static let helloKind: UInt8 = 0
    static let welcomeKind: UInt8 = 1
    static let refusedKind: UInt8 = 2
    static let messageKindMin: UInt8 = 16

    /// How many bytes of a stream form its first frame; nil while the length is not there yet.
    ///
    /// Throws before anything is buffered for a frame that is longer than allowed.
    package static func size(
        of stream: UnsafeRawBufferPointer
    ) throws(WireError) -> Int? {
        guard stream.count >= 4 else { return nil }
        let length = Int(UInt32(littleEndian: stream.loadUnaligned(as: UInt32.self)))
        guard length <= bytesMax else { throw .frameTooLarge(bytes: length) }
        guard length >= headSize - 4 else { throw .malformed("length") }
        return 4 + length
    }

    /// The content of one whole frame.
    package static func decode(_ frame: Bytes) throws(WireError) -> FrameContent {
        do {
            var reader = ByteReader(frame)
            guard try reader.read(UInt32.self) == frame.count - 4 else {
                throw WireError.malformed("length")
            }
            let checksum: UInt64 = try reader.read()
            let covered = frame.dropFirst(12)
            guard checksum == Checksum.of(covered, purpose: .frame) else {
                throw WireError.badChecksum
            }
            let version: UInt8 = try reader.read()
            guard version == Frame.version else { throw WireError.unknownVersion(version) }
            return try content(kind: try reader.read(), &reader)
        } catch let error as WireError {
            throw error
        } catch let error as MalformedBytes {
            throw .malformed("\(error.what)")
        } catch {
            throw .malformed("body")
        }
    }

    private static func content(
        kind: UInt8, _ reader: inout ByteReader
    ) throws -> FrameContent {
        let content: FrameContent
        switch kind {
        case helloKind: content = .hello(try Hello(reading: &reader))
        case welcomeKind: content = .welcome
        case refusedKind: content = .refused(try reader.readText())
        default:
            guard kind >= messageKindMin else { throw WireError.malformed("kind") }
            let clock = HybridTimestamp(try reader.read())
            let message = try Message(kind: kind - messageKindMin, reading: &reader)
            content = .message(Envelope(clock: clock, message: message))
        }
        try skipOptionalFields(&reader)
        return content
    }

    private static func skipOptionalFields(
        _ reader: inout ByteReader
    ) throws(MalformedBytes) {
        while reader.remaining > 0 {
            _ = try reader.read(UInt8.self)
            _ = try reader.readSizedBytes()
        }
    }
}
