import NIOCore
import Primitives
import RESP

/// Turns received bytes into replies, however they were cut on the way.
struct ReplyDecoder {
    private var parser = RESPReplyParser()

    /// Takes the next whole reply out of `buffer`; nil if there is none yet.
    mutating func next(in buffer: inout ByteBuffer) throws(RESPError) -> DynaReply? {
        guard buffer.readableBytes > 0 else { return nil }
        let step = buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(RESPError) in try parser.parse(bytes) }
        }
        guard case .reply(let value, let consumed) = try step.get() else { return nil }
        buffer.moveReaderIndex(forwardBy: consumed)
        return DynaReply(value)
    }

    /// A command as it goes over the wire.
    static func encode(
        _ arguments: [[UInt8]], allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        var writer = RESPWriter()
        writer.command(arguments.map { $0[...] })
        return allocator.buffer(bytes: writer.bytes)
    }
}

extension DynaReply {
    /// The reply in the few shapes that matter to a client.
    ///
    /// Maps and sets become arrays, a truth value becomes a number, all other text becomes bytes.
    init(_ value: RESPValue) {
        switch value {
        case .null: self = .null
        case .integer(let number): self = .integer(number)
        case .boolean(let truth): self = .integer(truth ? 1 : 0)
        case .bulk(let bytes), .verbatim(let bytes): self = .bytes(Array(bytes))
        case .simple(let text), .bigNumber(let text): self = .bytes(Array(text.utf8))
        case .double(let number): self = .bytes(Array(number.description.utf8))
        case .error(let text): self = .failure(DynaError(reply: text))
        case .blobError(let bytes):
            self = .failure(DynaError(reply: String(decoding: bytes, as: UTF8.self)))
        case .array(let values), .set(let values), .push(let values):
            self = .array(values.map(DynaReply.init))
        case .map(let entries):
            self = .array(entries.flatMap { [DynaReply($0.key), DynaReply($0.value)] })
        }
    }
}
