import Causality
import Primitives
import Replica
import Ring
import Testing

@Suite struct RecordKeeperTests {
    static let node = NodeID(1)

    static func keeper(_ limits: RecordLimits = RecordLimits()) -> RecordKeeper {
        RecordKeeper(minter: DotMinter(node: node, run: 7), limits: limits)
    }

    static func put(
        _ text: String, seen: VersionVector = VersionVector(), operation: String = ""
    ) throws -> PutCommand {
        let key = try #require(Key(bucket: "b".utf8, key: "k".utf8))
        let version = RecordTests.version(text, operation: operation)
        return PutCommand(key: key, version: version, basis: .seen(seen), conflict: .siblings)
    }

    static func merge(_ record: Record, isComplete: Bool = false) throws -> MergeCommand {
        let key = try #require(Key(bucket: "b".utf8, key: "k".utf8))
        return MergeCommand(
            key: key, record: record.encoded()[...], isComplete: isComplete,
            readAt: HybridTimestamp(1))
    }

    /// Carries a put out on what was found; the stored record and the receipt.
    static func write(
        _ keeper: inout RecordKeeper, _ command: PutCommand, _ found: Lookup
    ) throws -> (stored: StoredRecord, receipt: PutReceipt) {
        let decision = keeper.put(command, found: found)
        guard case .write(let stored, .put(let receipt)) = decision else {
            throw MalformedBytes("decision")
        }
        return (stored, receipt)
    }

    @Test("a reply carries the context only where the new value is the only sibling")
    func replyContext() throws {
        var keeper = Self.keeper()
        let first = try Self.write(&keeper, Self.put("a"), .absent)
        #expect(first.receipt.isOnly && first.receipt.liveCount == 1)
        let blind = try Self.write(&keeper, Self.put("b"), .found(first.stored))
        #expect(!blind.receipt.isOnly && blind.receipt.liveCount == 2)
        let resolved = try Self.write(
            &keeper, Self.put("c", seen: blind.receipt.context), .found(blind.stored))
        #expect(resolved.receipt.isOnly && resolved.receipt.liveCount == 1)
    }

    @Test("a put that does not know of a tombstone stands beside it without a context")
    func tombstone() throws {
        var keeper = Self.keeper()
        var record = Record()
        let deleted = Version(content: .tombstone, timestamp: HybridTimestamp(1))
        record.put(deleted, seen: VersionVector(), dot: RecordTests.dot(9, 1))
        let stored = StoredRecord(ownEpoch: 0, record: record)
        let blind = try Self.write(&keeper, Self.put("b"), .found(stored))
        #expect(!blind.receipt.isOnly && blind.receipt.liveCount == 1)
    }

    @Test("a retried operation writes nothing again")
    func repeated() throws {
        var keeper = Self.keeper()
        let first = try Self.write(&keeper, Self.put("a", operation: "op"), .absent)
        let again = keeper.put(try Self.put("a", operation: "op"), found: .found(first.stored))
        guard case .keep(.put(let receipt)) = again else {
            Issue.record("it was written again")
            return
        }
        #expect(receipt.isRepeated && receipt.context == first.receipt.context)
    }

    @Test("too many siblings and too large ones are refused, and covered ones do not count")
    func limits() throws {
        var limits = RecordLimits()
        limits.siblingsMax = 2
        limits.recordBytesMax = 10
        var keeper = Self.keeper(limits)
        let one = try Self.write(&keeper, Self.put("12345"), .absent)
        let tooLarge = keeper.put(try Self.put("1234567"), found: .found(one.stored))
        guard case .keep(.refused(.recordTooLarge(bytesMax: 10))) = tooLarge else {
            Issue.record("not refused: \(tooLarge)")
            return
        }
        let two = try Self.write(&keeper, Self.put("67890"), .found(one.stored))
        let third = keeper.put(try Self.put(""), found: .found(two.stored))
        guard case .keep(.refused(.tooManySiblings(max: 2))) = third else {
            Issue.record("not refused: \(third)")
            return
        }
        let resolved = try Self.write(
            &keeper, Self.put("a value longer than ten bytes", seen: two.receipt.context),
            .found(two.stored))
        #expect(resolved.receipt.liveCount == 1)
    }

    @Test("an unreadable record takes no put, and only a complete record in its place")
    func unreadable() throws {
        var keeper = Self.keeper()
        guard case .keep(.unreadable) = keeper.put(try Self.put("a"), found: .unreadable) else {
            Issue.record("a put was carried out on an unreadable record")
            return
        }
        var other = Self.keeper()
        let record = try Self.write(&other, Self.put("x"), .absent).stored.record
        let partial = try keeper.merge(Self.merge(record), found: .unreadable)
        guard case .keep(.unreadable) = partial else {
            Issue.record("an incomplete record took its place")
            return
        }
        let whole = try keeper.merge(Self.merge(record, isComplete: true), found: .unreadable)
        guard case .write(let stored, .merged(changed: true)) = whole else {
            Issue.record("the complete record was refused")
            return
        }
        #expect(stored == StoredRecord(ownEpoch: 0, record: record))
    }

    @Test("a record that knows more of the own epoch than this node does ends that epoch")
    func coveredEpoch() throws {
        var keeper = Self.keeper()
        let first = try Self.write(&keeper, Self.put("a"), .absent)
        var lost = first.stored
        lost = try Self.write(&keeper, Self.put("b"), .found(lost)).stored
        // The second write was lost here, and comes back from a replica.
        let decision = try keeper.merge(Self.merge(lost.record), found: .found(first.stored))
        guard case .write(let stored, _) = decision else {
            Issue.record("nothing was merged")
            return
        }
        #expect(stored.ownEpoch == 0)
        let next = try Self.write(&keeper, Self.put("c"), .found(stored))
        #expect(next.stored.ownEpoch != first.stored.ownEpoch)
        #expect(next.receipt.newEpoch == .firstWrite)
    }

    @Test("in a last-write-wins bucket a write covers what it is newer than, and only that")
    func lastWriteWins() throws {
        var keeper = Self.keeper()
        let key = try #require(Key(bucket: "b".utf8, key: "k".utf8))
        func put(_ text: String, at time: UInt64) -> PutCommand {
            PutCommand(
                key: key, version: RecordTests.version(text, at: time),
                basis: .seen(VersionVector()), conflict: .lastWriteWins)
        }
        let first = try Self.write(&keeper, put("a", at: 5), .absent)
        let newer = try Self.write(&keeper, put("b", at: 6), .found(first.stored))
        #expect(newer.receipt.isOnly && newer.stored.record.siblings.entries.count == 1)
        let older = try Self.write(&keeper, put("c", at: 4), .found(newer.stored))
        #expect(!older.receipt.isOnly && older.receipt.liveCount == 1)
        let shown = older.stored.record.seen(under: .lastWriteWins)
        #expect(shown.live.map { $0.value.value } == [Bytes(text: "b")])
    }
}
