import Primitives

/// The bytes of a context as a client sees them: opaque, checksummed and bound to a key.
///
/// A wrong context deletes what its client never saw, so one that was altered or belongs to another
/// key is refused. Format 1: one byte with the format; the 64-bit checksum of the key's canonical
/// form and the rest; the entries of the vector, each node, epoch and counter as 64-bit
/// little-endian numbers in ascending order of actors. As text: base64url.
package enum ContextToken {
    private static let format: UInt8 = 1
    private static let headSize = 9
    private static let entrySize = 24

    /// The token of a context for a key, as base64url text.
    package static func encode(_ context: VersionVector, for key: Key) -> [UInt8] {
        let body = [UInt8](encodingSize: context.entries.count * entrySize) { writer in
            for entry in context.entries {
                writer.write(entry.actor.node.raw)
                writer.write(entry.actor.epoch)
                writer.write(entry.counter)
            }
        }
        let token = [UInt8](encodingSize: headSize + body.count) { writer in
            writer.write(format)
            writer.write(checksum(body[...], key))
            writer.write(body)
        }
        return Base64URL.encode(token)
    }

    /// The context in a token; nil where the token was altered, or was handed out for another key.
    package static func decode(_ text: Bytes, for key: Key) -> VersionVector? {
        guard let bytes = Base64URL.decode(text) else { return nil }
        var reader = ByteReader(bytes[...])
        guard let format = try? reader.read(UInt8.self), format == self.format,
            let sum = try? reader.read(UInt64.self), reader.remaining % entrySize == 0
        else { return nil }
        var entries: [VersionVector.Entry] = []
        entries.reserveCapacity(reader.remaining / entrySize)
        guard sum == checksum(bytes[headSize...], key) else { return nil }
        while let node = try? reader.read(UInt64.self), let epoch = try? reader.read(UInt64.self),
            let counter = try? reader.read(UInt64.self)
        {
            let actor = Actor(node: NodeID(node), epoch: epoch)
            entries.append(VersionVector.Entry(actor: actor, counter: counter))
        }
        return VersionVector(ascending: entries)
    }

    private static func checksum(_ body: Bytes, _ key: Key) -> UInt64 {
        var bytes = key.canonical
        bytes.append(format)
        bytes.append(contentsOf: body)
        return Checksum.of(bytes[...], purpose: .context)
    }
}
