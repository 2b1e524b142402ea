import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing
import Wire

@Suite struct FrameTests {
    static let key = Key(bucket: "users".utf8, key: "ada".utf8)

    static func context(_ count: Int) -> VersionVector {
        var vector = VersionVector()
        for number in 0..<count {
            let actor = Actor(node: NodeID(UInt64(number)), epoch: 7)
            vector.join(Dot(actor: actor, counter: UInt64(number) + 1))
        }
        return vector
    }

    /// At least one message of every kind, and of every shape that the codec distinguishes.
    static func messages() throws -> [Message] {
        let key = try #require(key)
        let start = NodeStart(node: NodeID(5), number: 6, run: 7)
        let merge = MergeCommand(
            key: key, record: [1, 2, 3], isComplete: true, readAt: HybridTimestamp(11))
        var options = QuorumOptions()
        options.quorum = 2
        options.timeoutMilliseconds = 500
        options.isSloppy = false
        let put = PutRequest(
            key: key, content: .value([9, 8]), basis: .seen(context(3)), operation: [1, 2],
            options: options)
        var expiring = PutRequest(key: key, content: .value([7]), basis: .seen(context(1)))
        expiring.expiry = .after(milliseconds: 1_500)
        var dated = expiring
        dated.expiry = .at(milliseconds: 1_700_000_000_000)
        let delete = PutRequest(key: key, content: .tombstone, basis: .overwrite(context(0)))
        let result = PutResult(
            context: context(2), replicas: [MemberIndex(0), MemberIndex(2)], required: 2,
            siblings: 1)
        let blind = PutResult(context: nil, replicas: [], required: 1, siblings: 4)
        let failures: [RequestFailure] = [
            .unavailable(required: 2, reachable: 1, because: "n2 is refilling"),
            .timedOut(required: 3, answered: 0),
            .overloaded("full"), .refused(.tooManySiblings(max: 100)),
            .refused(.recordTooLarge(bytesMax: 9)), .badRequest("r"), .storeFailed("disk"),
        ]
        var status = NodeStatus(
            id: NodeID(1), process: 2, counts: RecordCounts(records: 3, live: 2), requests: 4,
            storeFailure: "none")
        (status.refill, status.waitsFor) = (.refilling, [MemberIndex(2), MemberIndex(0)])
        let entry = BucketEntry(
            name: Bytes(text: "b"), timestamp: HybridTimestamp(8), properties: [1, 2, 3])
        let reads: [Message] = [
            .replicate(request: 1, merge, hintFor: nil),
            .replicate(request: 1, merge, hintFor: MemberIndex(7)),
            .fetch(request: 3, key, isHint: false), .fetch(request: 3, key, isHint: true),
        ]
        let others: [Message] = [
            .replicated(request: 2, .storedUncounted), .fetched(request: 4, .refilling),
            .startAccepted(start, isReplacement: true),
            .replicated(request: 2, .stored), .replicated(request: 2, .failed),
            .replicated(request: 2, .tooOld),
            .fetched(request: 4, .record(nil, readAt: HybridTimestamp(9))),
            .fetched(request: 4, .record([5, 6], readAt: HybridTimestamp(10))),
            .fetched(request: 4, .unreadable),
            .fetched(request: 4, .failed), .repair(merge), .forward(request: 5, put),
            .forward(request: 5, delete), .forward(request: 5, expiring),
            .forward(request: 5, dated), .forwarded(request: 6, .success(result)),
            .forwarded(request: 6, .success(blind)), .startAccepted(start),
            .startRefused(known: start), .buckets([entry, entry]), .buckets([]),
            .statusRequest(request: 7), .status(request: 8, status),
        ]
        return reads + (try exchange()) + others + delays
            + failures.map { .forwarded(request: 9, .failure($0)) }
    }

    /// What is said with delays.
    static let delays: [Message] = [
        .heartbeat(bucketsDigest: 3, hearsYou: true),
        .heartbeat(bucketsDigest: 3, hearsYou: false),
        .heartbeat(bucketsDigest: 3, hearsYou: true, isCounted: false),
        .heartbeat(bucketsDigest: 3, hearsYou: true, fastest: -70_000),
        .replicated(request: 2, .stored, after: 1_500),
        .fetched(request: 4, .record(nil, readAt: HybridTimestamp(9)), after: -3),
    ]

    /// What exchanges say.
    static func exchange() throws -> [Message] {
        let key = try #require(Key(bucket: "b".utf8, key: "k".utf8))
        let node = TreeNode(
            set: ReplicaSet(partition: Partition(3), copies: 2), depth: 2, index: 77)
        let (one, two) = (Hash128(high: 1, low: 2), Hash128(high: 3, low: 4))
        let hint = Hint(key: key, record: [4, 5])
        return [
            .compareTrees(request: 1, [TreeHash(node: node, hash: one)]),
            .treesCompared(request: 2, [0, 9]),
            .compareKeys(request: 3, [node, node], [LeafEntry(hash: two, digest: 6)]),
            .keysCompared(request: 4, wanted: [one], offered: [two, one]),
            .keysCompared(request: 4, wanted: [], offered: []),
            .fetchAll(request: 5, [one, two]),
            .fetchedAll(request: 6, [hint, hint], readAt: HybridTimestamp(9)),
            .fetchedAll(request: 6, [], readAt: HybridTimestamp(9)), .exchangeFailed(request: 7),
            .reap(
                request: 8,
                ReapQuestion(
                    .clear, version: 3, notBefore: HybridTimestamp(5),
                    records: [DeadRecord(key: key, digest: one, copies: 3)])),
            .reap(
                request: 9,
                ReapQuestion(.agree, version: 0, notBefore: HybridTimestamp(0), records: [])),
            .reaped(request: 8, [0, 7], at: HybridTimestamp(11)),
        ]
    }

    static func frames() throws -> [[UInt8]] {
        let start = NodeStart(node: NodeID(5), number: 6, run: 7)
        let hello = Hello(
            cluster: "c", name: "n1", target: "n2", start: start, ringVersion: 1)
        return [
            FrameContent.hello(hello).encoded(), FrameContent.welcome.encoded(),
            FrameContent.refused("no").encoded(),
        ] + (try messages().map { encode($0) })
    }

    static func encode(_ message: Message) -> [UInt8] {
        let envelope = Envelope(
            clock: HybridTimestamp(42), sentAt: WallStamp(raw: 0xfedc_ba98), message: message)
        return FrameContent.message(envelope).encoded()
    }

    /// A frame whose body was changed, under a checksum that matches again.
    static func resealed(_ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        let sum = Checksum.of(frame[16...], purpose: .frame)
        frame.withUnsafeMutableBytes {
            let length = UInt32($0.count - 8)
            $0.storeBytes(of: length.littleEndian, as: UInt32.self)
            let check = Frame.check(ofLength: length)
            $0.storeBytes(of: check.littleEndian, toByteOffset: 4, as: UInt32.self)
            $0.storeBytes(of: sum.littleEndian, toByteOffset: 8, as: UInt64.self)
        }
        return frame
    }

    @Test("every message comes back as it was sent, and encodes to the same bytes again")
    func roundTrip() throws {
        for message in try Self.messages() {
            let frame = Self.encode(message)
            guard case .message(let envelope) = try Frame.decode(frame[...]) else {
                Issue.record("not a message: \(message)")
                continue
            }
            #expect(envelope.clock == HybridTimestamp(42))
            #expect(Self.encode(envelope.message) == frame, "\(message)")
            #expect("\(envelope.message)" == "\(message)")
        }
    }

    @Test("an expiry that cannot be is refused")
    func expiry() throws {
        let key = try #require(Self.key)
        let impossible: [(Version.Content, Expiry)] = [
            (.value([1]), .after(milliseconds: 0)), (.value([1]), .at(milliseconds: 0)),
            (.value([1]), .after(milliseconds: BucketProperties.ttlMillisecondsMax + 1)),
            (.value([1]), .at(milliseconds: Expiry.timeMillisecondsMax + 1)),
            (.tombstone, .after(milliseconds: 5)),
        ]
        for (content, expiry) in impossible {
            var put = PutRequest(key: key, content: content, basis: .seen(Self.context(0)))
            put.expiry = expiry
            let frame = Self.encode(.forward(request: 1, put))
            #expect(throws: WireError.self, "\(expiry)") { try Frame.decode(frame[...]) }
        }
    }

    @Test("every truncation and every flipped bit of a frame is refused")
    func damage() throws {
        var cases = 0
        for frame in try Self.frames() {
            for count in 0..<frame.count {
                #expect(throws: WireError.self) { try Frame.decode(frame.prefix(count)) }
                cases += 1
            }
            for bit in 0..<frame.count * 8 {
                var damaged = frame
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: WireError.self) { try Frame.decode(damaged[...]) }
                cases += 1
            }
        }
        print("damaged frames refused: \(cases)")
    }

    @Test("what a matching checksum covers may be anything: an error, never a crash")
    func garbageBelowTheChecksum() throws {
        var random = RandomStream(seed: 7)
        let frames = try Self.frames()
        var refused = 0
        for round in 0..<60_000 {
            var frame = frames[round % frames.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 17..<max(18, frame.count), using: &random)
                guard index < frame.count else { continue }
                frame[index] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                frame.removeLast(Int.random(in: 0...(frame.count - 18), using: &random))
            }
            if (try? Frame.decode(Self.resealed(frame)[...])) == nil { refused += 1 }
        }
        #expect(refused > 10_000)
        print("garbage below the checksum: 60000 frames, \(refused) refused")
    }

    @Test("random bytes are refused")
    func noise() {
        var random = RandomStream(seed: 8)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<64, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(throws: WireError.self) { try Frame.decode(bytes[...]) }
        }
    }

    @Test("optional fields that a reader does not know are skipped")
    func optionalFields() throws {
        for frame in try Self.frames() {
            let extended = Self.resealed(frame + [77, 3, 0, 0, 0, 1, 2, 3, 78, 0, 0, 0, 0])
            #expect(throws: Never.self) { try Frame.decode(extended[...]) }
            let broken = Self.resealed(frame + [77, 9, 0, 0, 0, 1])
            #expect(throws: WireError.self) { try Frame.decode(broken[...]) }
        }
    }

    @Test("a frame that claims too much is refused before its bytes are there")
    func oversized() throws {
        let length = UInt32(Frame.bytesMax) + 1
        let head = [UInt8](encodingSize: 8) {
            $0.write(length)
            $0.write(Frame.check(ofLength: length))
        }
        #expect(throws: WireError.frameTooLarge(bytes: Int(length))) {
            try head.withUnsafeBytes { try Frame.size(of: $0) }
        }
        let partial: [UInt8] = [20, 0, 0]
        #expect(try partial.withUnsafeBytes { try Frame.size(of: $0) } == nil)
    }

    @Test("a damaged length is refused at once: nobody waits for bytes that never come")
    func damagedLength() throws {
        let frame = FrameContent.welcome.encoded()
        for bit in 0..<64 {
            for other in bit..<64 {
                var head = Array(frame.prefix(8))
                head[bit / 8] ^= 1 << UInt8(bit % 8)
                if other != bit { head[other / 8] ^= 1 << UInt8(other % 8) }
                #expect(throws: WireError.malformed("length")) {
                    try head.withUnsafeBytes { try Frame.size(of: $0) }
                }
            }
        }
    }

    @Test("a greeting of another cluster, for another node or another ring is refused")
    func greetings() {
        let start = NodeStart(node: NodeID(5), number: 6, run: 7)
        let hello = Hello(
            cluster: "c", name: "n1", target: "n2", start: start, ringVersion: 1)
        #expect(hello.refusal(cluster: "c", name: "n2", ringVersion: 1) == nil)
        #expect(
            hello.refusal(cluster: "d", name: "n2", ringVersion: 1) == .wrongCluster("c"))
        #expect(hello.refusal(cluster: "c", name: "n3", ringVersion: 1) == .wrongTarget("n2"))
        #expect(hello.refusal(cluster: "c", name: "n2", ringVersion: 2) == .wrongRing(1))
    }
}
