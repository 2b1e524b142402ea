/// base64url without padding (RFC 4648, section 5): how a context travels in text.
package enum Base64URL {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The text of `bytes`, as ASCII.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        let size = (bytes.count * 4 + 2) / 3
        return [UInt8](unsafeUninitializedCapacity: size) { text, count in
            alphabet.withUnsafeBufferPointer { alphabet in
                bytes.withUnsafeBufferPointer { encode($0, into: text, alphabet) }
            }
            count = size
        }
    }

    /// Three bytes give four digits; what is left over gives one more digit than it has bytes.
    private static func encode(
        _ bytes: UnsafeBufferPointer<UInt8>, into text: UnsafeMutableBufferPointer<UInt8>,
        _ alphabet: UnsafeBufferPointer<UInt8>
    ) {
        var (read, written) = (0, 0)
        while read < bytes.count {
            let left = min(bytes.count - read, 3)
            var group = UInt32(bytes[read]) << 16
            if left > 1 { group |= UInt32(bytes[read + 1]) << 8 }
            if left > 2 { group |= UInt32(bytes[read + 2]) }
            for digit in 0...left {
                text[written + digit] = alphabet[Int(group >> UInt32(18 - 6 * digit) & 63)]
            }
            read += left
            written += left + 1
        }
    }

    /// The bytes of a text; nil where it is not the encoding of any bytes.
    package static func decode(_ text: Bytes) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var group: UInt32 = 0
        var bits = 0
        for character in text {
            guard let digit = value(of: character) else { return nil }
            group = (group << 6 | digit) & 0xffffff
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        guard group & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
