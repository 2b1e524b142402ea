import Causality
import Primitives
import Testing

@Suite struct ContextTokenTests {
    private func key(_ name: String) throws -> Key {
        try #require(Key(bucket: Bytes(text: "carts"), key: Bytes(text: name)))
    }

    /// A context of `count` actors whose numbers use all their bits.
    private func randomContext(_ count: Int, _ random: inout RandomStream) -> VersionVector {
        var context = VersionVector()
        for _ in 0..<count {
            let actor = Actor(node: NodeID(random.next()), epoch: random.next())
            context.join(Dot(actor: actor, counter: random.next() | 1))
        }
        return context
    }

    @Test("a token gives back the context it was made of", arguments: 0..<20)
    func roundTrip(actors: Int) throws {
        var random = RandomStream(root: UInt64(actors), name: "token")
        let key = try key("alice")
        let context = randomContext(actors, &random)
        let token = ContextToken.encode(context, for: key)
        #expect(ContextToken.decode(token[...], for: key) == context)
        #expect(token == ContextToken.encode(context, for: key))
    }

    @Test("a token is base64url text without padding")
    func alphabet() throws {
        var random = RandomStream(seed: 1)
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let token = ContextToken.encode(randomContext(9, &random), for: try key("alice"))
        #expect(alphabet.isSuperset(of: token))
        #expect(token.count == (9 + 9 * 24) * 4 / 3)
    }

    @Test("a token decodes from the middle of a larger buffer")
    func slice() throws {
        var random = RandomStream(seed: 2)
        let key = try key("alice")
        let context = randomContext(2, &random)
        let token = ContextToken.encode(context, for: key)
        let buffer = Array("GET ".utf8) + token + Array("\r\n".utf8)
        #expect(ContextToken.decode(buffer[4..<4 + token.count], for: key) == context)
    }

    @Test("every flipped bit of a token is refused", arguments: 0..<6)
    func flippedBit(actors: Int) throws {
        var random = RandomStream(root: UInt64(actors), name: "flip")
        let key = try key("alice")
        let token = ContextToken.encode(randomContext(actors, &random), for: key)
        for bit in 0..<token.count * 8 {
            var altered = token
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(ContextToken.decode(altered[...], for: key) == nil, "bit \(bit)")
        }
    }

    @Test("every character replaced by another one is refused", arguments: 0..<4)
    func replacedCharacter(actors: Int) throws {
        var random = RandomStream(root: UInt64(actors), name: "replace")
        let key = try key("alice")
        let token = ContextToken.encode(randomContext(actors, &random), for: key)
        for index in token.indices {
            for character in UInt8.min...UInt8.max where character != token[index] {
                var altered = token
                altered[index] = character
                guard ContextToken.decode(altered[...], for: key) == nil else {
                    Issue.record("character \(character) at \(index) passed")
                    return
                }
            }
        }
    }

    @Test("a token that lost or gained characters at either end is refused", arguments: 0..<6)
    func wrongLength(actors: Int) throws {
        var random = RandomStream(root: UInt64(actors), name: "truncate")
        let key = try key("alice")
        let token = ContextToken.encode(randomContext(actors, &random), for: key)
        for count in 0..<token.count {
            #expect(ContextToken.decode(token.prefix(count), for: key) == nil)
            #expect(ContextToken.decode(token.suffix(count), for: key) == nil)
        }
        for count in 1...64 {
            let padding = Array(repeating: UInt8(ascii: "A"), count: count)
            #expect(ContextToken.decode((token + padding)[...], for: key) == nil)
            #expect(ContextToken.decode((padding + token)[...], for: key) == nil)
        }
        #expect(ContextToken.decode((token + Array("=".utf8))[...], for: key) == nil)
    }

    @Test("a token of another key or another bucket is refused, the empty context too")
    func otherKey() throws {
        var random = RandomStream(seed: 3)
        let key = try key("alice")
        let others = [
            try self.key("bob"), try self.key("alicf"),
            try #require(Key(bucket: Bytes(text: "cart"), key: Bytes(text: "salice"))),
        ]
        for context in [VersionVector(), randomContext(3, &random)] {
            let token = ContextToken.encode(context, for: key)
            #expect(ContextToken.decode(token[...], for: key) == context)
            for other in others {
                #expect(ContextToken.decode(token[...], for: other) == nil)
            }
        }
    }

    @Test("no bytes have two base64url texts: spare bits must be zero")
    func canonicalText() {
        var decodable = 0
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                guard let bytes = Base64URL.decode([first, second]) else { continue }
                decodable += 1
                #expect(Base64URL.encode(bytes) == [first, second])
            }
        }
        #expect(decodable == 256)
    }

    /// The checksum alone would take these: whoever sums the wrong thing correctly is refused too.
    @Test("a well-summed token with a wrong format, order, counter or size is refused")
    func wellSummedNonsense() throws {
        let key = try key("alice")
        let entry = [UInt8](repeating: 1, count: 24)
        let zero = [UInt8](repeating: 1, count: 16) + [UInt8](repeating: 0, count: 8)
        let sound = sign(entry, format: 1, key)
        #expect(ContextToken.decode(sound, for: key)?.entries.count == 1)
        #expect(ContextToken.decode(sign(entry, format: 2, key), for: key) == nil)
        #expect(ContextToken.decode(sign(entry + entry, format: 1, key), for: key) == nil)
        #expect(ContextToken.decode(sign(zero, format: 1, key), for: key) == nil)
        #expect(ContextToken.decode(sign(entry + [1], format: 1, key), for: key) == nil)
    }

    private func sign(_ body: [UInt8], format: UInt8, _ key: Key) -> Bytes {
        let summed = key.canonical + [format] + body
        let token = [UInt8](encodingSize: 9 + body.count) { writer in
            writer.write(format)
            writer.write(Checksum.of(summed[...], purpose: .context))
            writer.write(body)
        }
        return Base64URL.encode(token)[...]
    }

    @Test("random garbage is refused, as bytes and as base64url text")
    func garbage() throws {
        var random = RandomStream(seed: 4)
        let key = try key("alice")
        for _ in 0..<5_000 {
            let count = Int.random(in: 0..<100, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(ContextToken.decode(bytes[...], for: key) == nil)
            if !bytes.isEmpty {
                bytes[0] = 1
            }
            #expect(ContextToken.decode(Base64URL.encode(bytes)[...], for: key) == nil)
        }
    }
}
