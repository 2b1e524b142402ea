import Causality
import Primitives
import Replica
import Ring
import Testing

@Suite struct ExpiryTests {
    static func version(_ text: String, at time: UInt64 = 1, expiry: UInt64?) -> Version {
        Version(
            content: .value(Bytes(text: text)), timestamp: HybridTimestamp(time),
            expiry: expiry.map { HybridTimestamp($0) })
    }

    static func record(_ versions: Version...) -> Record {
        var record = Record()
        for (index, version) in versions.enumerated() {
            let dot = RecordTests.dot(UInt64(index) + 1, 1)
            record.put(version, seen: VersionVector(), dot: dot)
        }
        return record
    }

    static func texts(_ record: Record) -> [String] {
        record.live.map { String(decoding: $0.value.value ?? [], as: UTF8.self) }
    }

    @Test func `An expiry comes back from the encoding, and equal records have equal bytes`()
        throws
    {
        let record = Self.record(
            Self.version("a", expiry: 77), Self.version("b", expiry: nil),
            Self.version("", expiry: .max))
        let bytes = record.encoded()
        let decoded = try Record(decoding: bytes[...])
        #expect(decoded == record && decoded.encoded() == bytes)
        #expect(decoded.siblings.entries.map { $0.value.expiry?.raw } == [77, nil, .max])
        let other = Self.record(
            Self.version("a", expiry: 78), Self.version("b", expiry: nil),
            Self.version("", expiry: .max))
        #expect(other != record && other.encoded() != bytes)
    }

    @Test func `A record without an expiry has the bytes that it always had`() {
        // Format, one actor, one sibling: index, counter, timestamp, flags, operation id, value.
        let bytes: [UInt8] =
            [1] + [1, 0, 0, 0] + [1, 0, 0, 0, 0, 0, 0, 0] + [1, 0, 0, 0, 1, 0, 0, 0]
            + [1, 0, 0, 0, 0, 0, 0, 0] + [1, 0, 0, 0] + [0, 0, 0, 0] + [1, 0, 0, 0, 0, 0, 0, 0]
            + [9, 0, 0, 0, 0, 0, 0, 0] + [0] + [0] + [1, 0, 0, 0, 0x61]
        #expect(Self.record(Self.version("a", at: 9, expiry: nil)).encoded() == bytes)
        let flags = bytes.count - 7
        let expiring =
            Array(bytes[..<flags]) + [2] + [5, 0, 0, 0, 0, 0, 0, 0]
            + Array(bytes[(flags + 1)...])
        #expect(Self.record(Self.version("a", at: 9, expiry: 5)).encoded() == expiring)
    }

    @Test func `Odd encodings of an expiry are refused`() throws {
        let bytes = Self.record(Self.version("a", at: 9, expiry: 5)).encoded()
        let flags = bytes.count - 15
        #expect(bytes[flags] == 2 && bytes[flags + 1] == 5)
        var zero = bytes
        zero[flags + 1] = 0
        var tombstone = bytes
        tombstone[flags] = 3
        for flag in [3, 4, 6, 255] as [UInt8] {
            var odd = bytes
            odd[flags] = flag
            #expect(throws: MalformedBytes.self) { try Record(decoding: odd[...]) }
        }
        for odd in [zero, tombstone, bytes.dropLast(5)] {
            #expect(throws: MalformedBytes.self) { try Record(decoding: odd[...]) }
        }
    }

    @Test func `A value is shown before its expiry and as a tombstone from then on`() {
        let record = Self.record(Self.version("a", expiry: 50), Self.version("b", expiry: nil))
        #expect(Set(Self.texts(record.seen(at: HybridTimestamp(49)))) == ["a", "b"])
        for time in [50, 51, .max] as [UInt64] {
            let shown = record.seen(at: HybridTimestamp(time))
            #expect(Self.texts(shown) == ["b"])
            #expect(shown.context == record.context)
            #expect(shown.siblings.entries.map(\.dot) == record.siblings.entries.map(\.dot))
        }
        #expect(record.seen(at: HybridTimestamp(49)) == record)
    }

    @Test func `Where the last write wins an expired one hides the older ones too`() {
        let record = Self.record(
            Self.version("old", at: 1, expiry: nil), Self.version("new", at: 2, expiry: 50))
        let before = record.seen(under: .lastWriteWins, at: HybridTimestamp(49))
        #expect(Self.texts(before) == ["new"])
        let after = record.seen(under: .lastWriteWins, at: HybridTimestamp(50))
        #expect(Self.texts(after).isEmpty)
        #expect(Self.texts(record.seen(under: .siblings, at: HybridTimestamp(50))) == ["old"])
    }

    @Test func `A record is dead once all of it is deleted or expired`() {
        let tombstone = Version(content: .tombstone, timestamp: HybridTimestamp(1))
        let record = Self.record(
            Self.version("a", expiry: 50), tombstone, Self.version("b", expiry: 60))
        #expect(!record.isDead(at: HybridTimestamp(59)))
        #expect(record.isDead(at: HybridTimestamp(60)))
        #expect(!Self.record(Self.version("a", expiry: nil)).isDead(at: HybridTimestamp(.max)))
        #expect(Record().isDead(at: HybridTimestamp(1)))
    }

    @Test func `Merging and storing do not know the time`() throws {
        let keeper = RecordKeeperTests.keeper()
        let expired = Self.record(Self.version("a", expiry: 5))
        let command = try RecordKeeperTests.merge(expired)
        guard case .write(let stored, .merged(true)) = try keeper.merge(command, found: .absent)
        else {
            Issue.record("an expired record is not taken in")
            return
        }
        #expect(stored.record == expired)
        var other = Record()
        let late = Version(
            content: .value([1]), timestamp: HybridTimestamp(1 << 40),
            expiry: HybridTimestamp(1 << 41))
        other.put(late, seen: VersionVector(), dot: RecordTests.dot(9, 1))
        var left = expired
        left.merge(other)
        var right = other
        right.merge(expired)
        #expect(left == right && left.siblings.entries.count == 2)
    }

    @Test func `A put stands beside an expired sibling as beside a tombstone`() throws {
        var keeper = RecordKeeperTests.keeper()
        let key = try #require(Key(bucket: "b".utf8, key: "k".utf8))
        let expired = Self.record(Self.version("a", expiry: 5))
        func put(_ seen: VersionVector, expiry: UInt64? = nil) throws -> PutReceipt {
            let command = PutCommand(
                key: key, version: Self.version("new", at: 9, expiry: expiry), basis: .seen(seen),
                conflict: .siblings)
            let found = Lookup.found(StoredRecord(ownEpoch: 0, record: expired))
            return try RecordKeeperTests.write(&keeper, command, found).receipt
        }
        let blind = try put(VersionVector())
        #expect(!blind.isOnly && blind.liveCount == 1, "its client has not seen the expired one")
        #expect(try Record(decoding: blind.record).siblings.entries.count == 2)
        let informed = try put(expired.context)
        #expect(informed.isOnly && informed.liveCount == 1)
        #expect(try put(expired.context, expiry: 9).liveCount == 0, "expired at once")
    }

    @Test func `A tombstone has no expiry`() {
        let version = Version(
            content: .tombstone, timestamp: HybridTimestamp(1), expiry: HybridTimestamp(5))
        #expect(version.expiry == nil && !version.isExpired(at: HybridTimestamp(9)))
    }
}
