/// A bucket and a key within it, with the 128-bit hash that places them on the ring.
///
/// The hash is MurmurHash3 x64 128 with seed 0 over the *canonical form*: one byte with the length
/// of the bucket, the bucket, the key. The partition is the top bits of the hash's first half. In
/// memory the hash stands for the key; where records are kept, the canonical form is compared too.
package struct Key: Sendable {
    /// The longest bucket name, in bytes.
    package static let bucketBytesMax = 255
    /// The longest key, in bytes.
    package static let keyBytesMax = 4096

    /// One byte with the length of the bucket, the bucket, the key.
    package let canonical: [UInt8]
    /// The hash of the canonical form.
    package let hash: Hash128

    /// A key in a bucket; nil where the bucket has not 1–255 or the key not 1–4,096 bytes.
    package init?(bucket: some Collection<UInt8>, key: some Collection<UInt8>) {
        guard (1...Key.bucketBytesMax).contains(bucket.count),
            (1...Key.keyBytesMax).contains(key.count)
        else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 + bucket.count + key.count)
        bytes.append(UInt8(bucket.count))
        bytes.append(contentsOf: bucket)
        bytes.append(contentsOf: key)
        self.init(trusted: bytes)
    }

    /// A key from its canonical form; nil where the form is impossible.
    package init?(canonical bytes: Bytes) {
        guard let bucketSize = bytes.first, bucketSize > 0 else { return nil }
        let keySize = bytes.count - 1 - Int(bucketSize)
        guard (1...Key.keyBytesMax).contains(keySize) else { return nil }
        self.init(trusted: Array(bytes))
    }

    private init(trusted bytes: [UInt8]) {
        canonical = bytes
        hash = bytes.withUnsafeBytes { Murmur3.hash128($0) }
    }

    /// The name of the bucket.
    package var bucket: Bytes { canonical[1...Int(canonical[0])] }

    /// The key within the bucket.
    package var key: Bytes { canonical[(Int(canonical[0]) + 1)...] }
}

extension Key: Hashable {
    /// Two keys are equal when bucket and key are.
    package static func == (left: Key, right: Key) -> Bool {
        left.hash == right.hash && left.canonical == right.canonical
    }

    /// Hashes the 128-bit hash only.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}
