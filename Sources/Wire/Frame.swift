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
/// A frame is a 32-bit length of what follows both; a 32-bit check of that length; a 64-bit
/// checksum of what follows it; one byte with the protocol version; one byte with the kind; a body
/// that depends on the kind; and any number of optional fields, each a tag byte with a 32-bit
/// length and its bytes, of which a reader skips those it does not know. All numbers are
/// little-endian.
///
/// The length has a check of its own because a reader acts on it before the rest is there: a
/// flipped bit in it would have the reader wait for up to 64 MiB of other frames, deaf meanwhile.
package enum Frame {
    /// The version of the protocol spoken here.
    package static let version: UInt8 = 1
    /// The longest frame, without its length, in bytes.
    package static let bytesMax = 64 << 20
    /// The length and its check, in bytes.
    static let prefixSize = 4 + 4
    /// The bytes before what the checksum covers.
    static let sealedSize = prefixSize + 8
    /// The bytes before the body: length, its check, checksum, version, kind.
    static let headSize = sealedSize + 1 + 1
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
        guard stream.count >= prefixSize else { return nil }
        let raw = UInt32(littleEndian: stream.loadUnaligned(as: UInt32.self))
        let check = stream.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        guard UInt32(littleEndian: check) == Frame.check(ofLength: raw) else {
            throw .malformed("length")
        }
        let length = Int(raw)
        guard length <= bytesMax else { throw .frameTooLarge(bytes: length) }
        guard length >= headSize - prefixSize else { throw .malformed("length") }
        return prefixSize + length
    }

    /// The check of a length: mixed so that few flipped bits never make another valid pair.
    package static func check(ofLength length: UInt32) -> UInt32 {
        var mixed = (length ^ 0x6479_6e61) &* 0x9e37_79b1
        mixed ^= mixed >> 15
        mixed = mixed &* 0x85eb_ca77
        return mixed ^ (mixed >> 13)
    }

    /// The content of one whole frame.
    package static func decode(_ frame: Bytes) throws(WireError) -> FrameContent {
        do {
            var reader = ByteReader(frame)
            let length: UInt32 = try reader.read()
            guard length == frame.count - prefixSize,
                try reader.read(UInt32.self) == Frame.check(ofLength: length)
            else { throw WireError.malformed("length") }
            let checksum: UInt64 = try reader.read()
            let covered = frame.dropFirst(sealedSize)
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
            let sentAt = WallStamp(raw: try reader.read())
            let message = try Message(kind: kind - messageKindMin, reading: &reader)
            content = .message(Envelope(clock: clock, sentAt: sentAt, message: message))
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
