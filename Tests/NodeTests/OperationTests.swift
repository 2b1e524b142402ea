import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

/// One operation is one write, however late it is tried again.
@Suite struct OperationTests {
    /// An operation id that carries a time.
    func operation(at milliseconds: UInt64) -> String {
        let word = String(milliseconds << 16, radix: 16)
        return String(repeating: "0", count: 16 - word.count) + word + "-00000000000000ff"
    }

    @Test func `A retry after another write took its place is told the outcome`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        let first = cluster.reply(to: cluster.put("x", key, at: 0, operation: "o"))?.putResult
        cluster.run(milliseconds: 50)
        let context = try #require(first?.context)
        _ = cluster.reply(to: cluster.put("y", key, at: 1, seen: context))
        cluster.run(milliseconds: 50)
        let retry = cluster.reply(to: cluster.put("x", key, at: 2, operation: "o"))?.putResult
        #expect(retry != nil && retry?.context == nil)
        cluster.run(milliseconds: 50)
        for member in 0..<3 { #expect(cluster.values(key, on: member) == ["y"]) }
    }

    @Test func `A retry at a node that missed the first try goes once they meet`() throws {
        let cluster = try Cluster(members: 3, settings: RepairTests.withoutHints)
        let key = try cluster.key("k")
        var alone = QuorumOptions()
        alone.quorum = 1
        cluster.isolate(2)
        cluster.run(milliseconds: 20)
        let first = cluster.reply(to: cluster.put("x", key, at: 0, operation: "o"))?.putResult
        let context = try #require(first?.context)
        _ = cluster.reply(to: cluster.put("y", key, at: 0, seen: context))
        let again = PutRequest(
            key: key, content: .value(Bytes(text: "x")), basis: .seen(VersionVector()),
            operation: Bytes(text: "o"), options: alone)
        #expect(cluster.reply(to: cluster.ask(.put(again), at: 2))?.putResult != nil)
        #expect(cluster.values(key, on: 2) == ["x"])
        cluster.heal()
        cluster.run(milliseconds: 300)
        #expect(cluster.reply(to: cluster.get(key, at: 1))?.getResult != nil)
        cluster.run(milliseconds: 50)
        for member in 0..<3 { #expect(cluster.values(key, on: member) == ["y"]) }
    }

    @Test func `An operation id that is too old is refused with what to do about it`() throws {
        let cluster = try Cluster(members: 3, messageLifetimeMilliseconds: 10_000)
        let key = try cluster.key("k")
        let wall = Cluster.wallStart + cluster.now / 1_000_000
        func put(at milliseconds: UInt64) -> ClientReply? {
            cluster.reply(
                to: cluster.put("x", key, at: 0, operation: operation(at: milliseconds)))
        }
        guard case .badRequest(let text)? = put(at: wall - 10_500)?.failure else {
            Issue.record("it was not refused")
            return
        }
        #expect(text.contains("operation id") && text.contains("get the key"))
        #expect(cluster.values(key, on: 0).isEmpty)
        #expect(put(at: wall - 9_000)?.putResult != nil)
        #expect(put(at: wall + 1_000_000)?.putResult != nil, "nobody drew it: any bytes will do")
    }
}
