/// A run of bytes that shares the storage it was cut from; cutting a value out of a received
/// command or of a stored record copies nothing.
@usableFromInline
package typealias Bytes = ArraySlice<UInt8>

extension Bytes {
    /// The UTF-8 bytes of a text.
    package init(text: String) {
        self = Array(text.utf8)[...]
    }

    /// Whether the bytes are equal, compared eight at a time; `==` compares them one by one.
    package func isSame(as other: Bytes) -> Bool {
        withUnsafeBytes { left in
            other.withUnsafeBytes { left.isSame(as: $0) }
        }
    }

    /// Whether the bytes come before others in lexicographic order, compared eight at a time.
    package func precedes(_ other: Bytes) -> Bool {
        withUnsafeBytes { left in
            other.withUnsafeBytes { right in
                let common = left.commonCount(right)
                guard common < left.count, common < right.count else {
                    return left.count < right.count
                }
                return left[common] < right[common]
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are equal, compared eight at a time.
    package func isSame(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        return baseAddress == other.baseAddress || commonCount(other) == count
    }

    /// How many bytes two runs have in common at their beginning.
    fileprivate func commonCount(_ other: UnsafeRawBufferPointer) -> Int {
        let count = Swift.min(count, other.count)
        var offset = 0
        while offset + 8 <= count {
            let word = loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let difference = word ^ other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard difference == 0 else {
                return offset + UInt64(littleEndian: difference).trailingZeroBitCount / 8
            }
            offset += 8
        }
        while offset < count, self[offset] == other[offset] { offset += 1 }
        return offset
    }
}
