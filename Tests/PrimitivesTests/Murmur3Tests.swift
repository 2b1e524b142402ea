import Primitives
import Testing

@Suite struct Murmur3Tests {
    /// Vectors of the reference implementation (x64 128), as published with its ports.
    static let vectors: [(String, UInt32, UInt64, UInt64)] = [
        ("", 0, 0, 0),
        ("hello", 0, 0xcbd8_a7b3_41bd_9b02, 0x5b1e_906a_48ae_1d19),
        ("hello, world", 0, 0x342f_ac62_3a5e_bc8e, 0x4cdc_bc07_9642_414d),
        (
            "The quick brown fox jumps over the lazy dog", 0,
            0xe34b_bc7b_bc07_1b6c, 0x7a43_3ca9_c49a_9347
        ),
    ]

    @Test("hashes agree with the published vectors", arguments: vectors)
    func publishedVectors(text: String, seed: UInt32, high: UInt64, low: UInt64) {
        #expect(
            Murmur3.hash128(Bytes(text: text), seed: seed) == Hash128(high: high, low: low))
    }

    /// SMHasher's verification value of MurmurHash3_x64_128: hash the keys {}, {0}, {0,1}, … with
    /// seeds 256−i, then hash the concatenated results; the first four bytes identify the hash.
    @Test("the verification value of SMHasher is reproduced")
    func verificationValue() {
        var results: [UInt8] = []
        for length in 0..<256 {
            let key = (0..<length).map { UInt8($0) }
            let hash = Murmur3.hash128(key[...], seed: UInt32(256 - length))
            results += [UInt8](encodingSize: 16) {
                $0.write(hash.high)
                $0.write(hash.low)
            }
        }
        let final = Murmur3.hash128(results[...])
        #expect(UInt32(truncatingIfNeeded: final.high) == 0x6384_ba69)
    }
}
