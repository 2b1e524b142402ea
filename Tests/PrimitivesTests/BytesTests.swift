import Primitives
import Testing

@Suite struct BytesTests {
    @Test("base64url decodes what it encoded and refuses everything else")
    func base64() {
        var random = RandomStream(seed: 1)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(text[...]) == bytes)
        }
        #expect(Base64URL.encode(Array("foobar".utf8)) == Array("Zm9vYmFy".utf8))
        for wrong in ["A", "A=", "AB+/", "AB", "Zm9vYmFyA"] {
            #expect(Base64URL.decode(Bytes(text: wrong)) == nil, "\(wrong)")
        }
    }

    @Test("bytes are compared as the standard library compares them")
    func comparisons() {
        var random = RandomStream(seed: 2)
        for _ in 0..<5_000 {
            // Alike at the beginning, of unlike lengths, and cut out of something longer.
            let common = (0..<Int.random(in: 0..<20, using: &random)).map { _ in
                UInt8.random(in: 0...1, using: &random)
            }
            let (left, right) = (
                tail(after: common, &random), tail(after: common, &random)
            )
            #expect(left.isSame(as: right) == (left == right))
            #expect(left.precedes(right) == left.lexicographicallyPrecedes(right))
            #expect(left.isSame(as: Bytes(Array(left))) && !left.precedes(left))
        }
        #expect(Bytes().isSame(as: Bytes()) && !Bytes().precedes(Bytes()))
    }

    private func tail(after common: [UInt8], _ random: inout RandomStream) -> Bytes {
        let end = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        return ([7] + common + end)[1...]
    }

    @Test("a reader throws at every truncation of what a writer wrote")
    func truncation() throws {
        let bytes = [UInt8](encodingSize: 2 + 5 + 8 + 4 + 3) {
            $0.write(text: "zürch".replacing("ü", with: "u"))
            $0.write(UInt64(7))
            $0.write(sized: [1, 2, 3][...])
        }
        func read(_ input: Bytes) throws -> (String, UInt64, Bytes) {
            var reader = ByteReader(input)
            return (try reader.readText(), try reader.read(), try reader.readSizedBytes())
        }
        let whole = try read(bytes[...])
        #expect(whole == ("zurch", 7, [1, 2, 3]))
        for count in 0..<bytes.count {
            #expect(throws: MalformedBytes.self) { try read(bytes.prefix(count)) }
        }
    }

    @Test("a key keeps bucket and key apart and refuses impossible sizes")
    func keys() throws {
        let key = try #require(Key(bucket: "a".utf8, key: "b/c".utf8))
        #expect(key.bucket == Bytes(text: "a") && key.key == Bytes(text: "b/c"))
        #expect(Key(canonical: key.canonical[...]) == key)
        let other = try #require(Key(bucket: "ab".utf8, key: "/c".utf8))
        #expect(other != key && other.hash != key.hash)
        let (longBucket, longKey) = (
            [UInt8](repeating: 1, count: 256), [UInt8](repeating: 1, count: 4097)
        )
        #expect(Key(bucket: "".utf8, key: "k".utf8) == nil)
        #expect(Key(bucket: "b".utf8, key: "".utf8) == nil)
        #expect(Key(bucket: longBucket, key: "k".utf8) == nil)
        #expect(Key(bucket: "b".utf8, key: longKey) == nil)
        #expect(Key(bucket: longBucket.dropLast(), key: longKey.dropLast()) != nil)
        for wrong: [UInt8] in [[], [0, 1], [1], [1, 65], [200, 1, 2]] {
            #expect(Key(canonical: wrong[...]) == nil)
        }
    }

    @Test("streams repeat by seed and differ by name")
    func streams() {
        var (first, again) = (RandomStream(seed: 42), RandomStream(seed: 42))
        var (a, b) = (RandomStream(root: 42, name: "a"), RandomStream(root: 42, name: "b"))
        let draws = (0..<100).map { _ in first.next() }
        #expect(draws == (0..<100).map { _ in again.next() })
        #expect(Set(draws).count == 100)
        #expect(a.next() != b.next())
    }
}
