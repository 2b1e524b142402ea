/// A 64-bit checksum over a run of bytes: the first half of MurmurHash3 under a seed of its own.
///
/// It guards frames, records and contexts against accidents (a flipped bit, a torn page, a value
/// pasted from elsewhere), not against an attacker. A purpose seeds it, so that bytes of one kind
/// never pass as bytes of another.
package enum Checksum {
    /// What the bytes are for.
    package enum Purpose: UInt32, Sendable {
        /// A frame between nodes.
        case frame = 0x6672_616d
        /// A row of a database.
        case row = 0x726f_7721
        /// A record's row that says where it is filed.
        case filedRow = 0x726f_7732
        /// A context handed to a client.
        case context = 0x6374_7874
    }

    /// The checksum of raw memory.
    package static func of(_ bytes: UnsafeRawBufferPointer, purpose: Purpose) -> UInt64 {
        Murmur3.hash128(bytes, seed: purpose.rawValue).high
    }

    /// The checksum of a run of bytes.
    package static func of(_ bytes: Bytes, purpose: Purpose) -> UInt64 {
        bytes.withUnsafeBytes { of($0, purpose: purpose) }
    }
}
