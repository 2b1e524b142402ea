import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

/// Replicas that come together without being read.
@Suite struct ExchangeTests {
    /// No hints, and an exchange every second.
    static var settings: NodeSettings {
        var settings = RepairTests.withoutHints
        settings.exchange.periodNanoseconds = 1_000_000_000
        return settings
    }

    @Test func `A replica that missed writes gets them though nobody reads`() throws {
        let cluster = try Cluster(members: 3, settings: Self.settings)
        let keys = try (0..<20).map { try cluster.key("k\($0)") }
        cluster.isolate(2)
        cluster.run(milliseconds: 20)
        for key in keys { _ = cluster.reply(to: cluster.put("v", key, at: 0)) }
        #expect(keys.allSatisfy { cluster.values($0, on: 2).isEmpty })
        cluster.heal()
        cluster.run(milliseconds: 5_000)
        #expect(keys.allSatisfy { cluster.values($0, on: 2) == ["v"] })
    }

    @Test func `Both sides of a partition get what the other wrote`() throws {
        let cluster = try Cluster(members: 3, settings: Self.settings)
        let key = try cluster.key("k")
        var one = QuorumOptions()
        one.quorum = 1
        for (left, right) in [(0, 1), (1, 2), (0, 2)] { cluster.cut(left, right) }
        cluster.run(milliseconds: 20)
        for member in 0..<3 {
            let put = cluster.put("v\(member)", key, at: member, options: one)
            #expect(cluster.reply(to: put)?.putResult != nil)
        }
        cluster.heal()
        cluster.run(milliseconds: 8_000)
        for member in 0..<3 { #expect(cluster.values(key, on: member) == ["v0", "v1", "v2"]) }
    }

    @Test func `A repair that a client asks for goes through all members and tells so`() throws {
        var settings = Self.settings
        settings.exchange.periodNanoseconds = 3_600_000_000_000
        let cluster = try Cluster(members: 3, settings: settings)
        let key = try cluster.key("k")
        cluster.isolate(2)
        cluster.run(milliseconds: 20)
        _ = cluster.reply(to: cluster.put("v", key, at: 0))
        cluster.heal()
        cluster.run(milliseconds: 1_000)
        #expect(cluster.values(key, on: 2).isEmpty)
        let begun = cluster.reply(to: cluster.ask(.repair(.start), at: 0))?.document
        #expect(begun?.contains("\"running\":true") == true)
        cluster.run(milliseconds: 1_000)
        let done = cluster.reply(to: cluster.ask(.repair(.progress), at: 0))?.document
        #expect(done?.contains("\"running\":false") == true)
        #expect(done?.contains("\"recordsSent\":1") == true)
        #expect(cluster.values(key, on: 2) == ["v"])
    }
}
