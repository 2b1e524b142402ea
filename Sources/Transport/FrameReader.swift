import NIOCore
import Wire

/// Cuts the bytes of a peer's connection into frames.
///
/// Holds at most one unfinished frame, and reserves room for it only as its bytes arrive.
struct FrameReader {
    private var buffer = ByteBuffer()

    /// Adds what was read from the socket.
    mutating func append(_ bytes: inout ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole frame, nil where its end has not arrived.
    mutating func next() throws(WireError) -> FrameContent? {
        var size: Result<Int?, WireError> = .success(nil)
        buffer.withUnsafeReadableBytes { bytes in
            do throws(WireError) {
                size = .success(try Frame.size(of: bytes))
            } catch {
                size = .failure(error)
            }
        }
        guard let size = try size.get(), let bytes = buffer.readBytes(length: size) else {
            return nil
        }
        if buffer.readableBytes == 0 {
            buffer = ByteBuffer()
        }
        return try Frame.decode(bytes[...])
    }
}
