import Primitives
import Ring
import Testing

@Suite struct RingTests {
    @Test("partitions are the top bits of the hash and cover the space without gaps")
    func partitions() throws {
        for bits in 0...16 {
            let ring = try #require(Ring(partitionCount: 1 << bits))
            var next: UInt64 = 0
            for partition in ring.partitions {
                let range = ring.range(of: partition)
                #expect(range.lowerBound == next)
                for end in [range.lowerBound, range.upperBound] {
                    #expect(ring.partition(of: Hash128(high: end, low: 0)) == partition)
                }
                next = range.upperBound &+ 1
            }
            #expect(next == 0)
        }
        for wrong in [0, -1, 3, 100, 131_072] {
            #expect(Ring(partitionCount: wrong) == nil)
        }
    }

    @Test("the partition of a key never changes")
    func published() throws {
        let ring = try #require(Ring(partitionCount: 256))
        let key = try #require(Key(bucket: "users".utf8, key: "ada".utf8))
        #expect(key.hash == Murmur3.hash128(Bytes(text: "\u{5}usersada")))
        #expect(UInt64(ring.partition(of: key.hash).raw) == key.hash.high >> 56)
    }
}

@Suite struct BucketPropertiesTests {
    @Test("properties are set by name and refused with the rule that they break")
    func text() throws {
        var properties = BucketProperties()
        for (name, value) in [("n", "5"), ("r", "1"), ("w", "quorum"), ("pr", "1")] {
            try properties.set(name: name, to: value)
        }
        try properties.set(name: "conflict", to: "lastWriteWins")
        try properties.set(name: "readRepair", to: "off")
        #expect(properties.readQuorum == 1 && properties.writeQuorum == 3)
        try properties.validate(members: 5)
        #expect(throws: BucketPropertyError.moreCopiesThanMembers(n: 5, members: 3)) {
            try properties.validate(members: 3)
        }
        #expect(throws: BucketPropertyError.unknownName("x")) {
            try properties.set(name: "x", to: "1")
        }
        for (name, value) in [("n", "x"), ("r", "-1"), ("conflict", "maybe"), ("w", "1e3")] {
            #expect(throws: BucketPropertyError.self) { try properties.set(name: name, to: value) }
        }
        properties.r = .count(6)
        let error = #expect(throws: BucketPropertyError.self) {
            try properties.validate(members: 9)
        }
        #expect(error?.description.contains("r=6 is greater than n=5") == true)
    }

    @Test("encoded properties come back, unknown fields are skipped, impossible ones refused")
    func codec() throws {
        var properties = BucketProperties()
        properties.n = 5
        properties.w = .count(2)
        properties.conflict = .lastWriteWins
        let bytes = properties.encoded()
        #expect(try BucketProperties(decoding: bytes[...]) == properties)
        let newer = bytes + [200, 3, 1, 2, 3]
        #expect(try BucketProperties(decoding: newer[...]) == properties)
        for wrong: [UInt8] in [[0], [0, 2, 1], [0, 2, 0, 0], [1, 2, 9, 0], [5, 2, 7, 0]] {
            #expect(throws: MalformedBytes.self) { try BucketProperties(decoding: wrong[...]) }
        }
    }

    @Test("a ttl is milliseconds, a time with a unit, or none")
    func timeToLive() throws {
        var properties = BucketProperties()
        let without = properties.encoded()
        #expect(properties.fields.last?.value == "none")
        for (text, milliseconds) in [
            ("1500", 1_500), ("250ms", 250), ("90s", 90_000), ("2m", 120_000), ("1h", 3_600_000),
            ("7d", 604_800_000), ("36500d", BucketProperties.ttlMillisecondsMax),
        ] {
            try properties.set(name: "ttl", to: text)
            #expect(properties.ttlMilliseconds == milliseconds)
            #expect(properties.fields.last?.value == "\(milliseconds)")
            let bytes = properties.encoded()
            #expect(try BucketProperties(decoding: bytes[...]) == properties)
        }
        for wrong in ["0", "0s", "-5", "1.5s", "1w", "s", "", "36501d", "99999999999999999999"] {
            #expect(throws: BucketPropertyError.self) {
                try properties.set(name: "ttl", to: wrong)
            }
        }
        try properties.set(name: "ttl", to: "none")
        #expect(properties.ttlMilliseconds == nil && properties.encoded() == without)
        for wrong: [UInt8] in [[32, 2, 1, 0], [32, 8, 0, 0, 0, 0, 0, 0, 0, 0]] {
            #expect(throws: MalformedBytes.self) { try BucketProperties(decoding: wrong[...]) }
        }
    }
}
