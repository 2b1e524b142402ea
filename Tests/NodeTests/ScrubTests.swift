import Primitives
import Quorum
import Replica
import Testing

@testable import Node

/// How a node verifies what it keeps.
@Suite struct ScrubTests {
    private static var settings: NodeSettings {
        var settings = RepairTests.withoutHints
        settings.exchange.periodNanoseconds = 3_600_000_000_000
        settings.scrub.pageRecordsMax = 1
        return settings
    }

    private func filled(_ settings: NodeSettings) throws -> (Cluster, [Key]) {
        let cluster = try Cluster(members: 3, settings: settings)
        cluster.run(milliseconds: 20)
        let keys = try (0..<20).map { try cluster.key("k\($0)") }
        for key in keys { _ = cluster.reply(to: cluster.put("v", key, at: 0)) }
        cluster.run(milliseconds: 100)
        return (cluster, keys)
    }

    private func progress(_ cluster: Cluster, _ member: Int) -> String {
        cluster.reply(to: cluster.ask(.scrub(.progress), at: member))?.document ?? ""
    }

    @Test func `What cannot be read is read from the other owners, though nobody asks`() throws {
        let (cluster, keys) = try filled(Self.settings)
        let damaged = [keys[2], keys[11]]
        for key in damaged { cluster.processes[1].store.damage(key) }
        let begun = cluster.reply(to: cluster.ask(.scrub(.start), at: 1))?.document
        #expect(begun?.contains("\"running\":true") == true)
        cluster.run(milliseconds: 5_000)
        let done = progress(cluster, 1)
        #expect(done.contains("\"running\":false"))
        #expect(done.contains("\"records\":18,"))
        #expect(done.contains("\"unreadable\":2,\"mended\":2,"))
        #expect(cluster.processes[1].store.disk.unreadable.isEmpty)
        #expect(keys.allSatisfy { cluster.values($0, on: 1) == ["v"] })
        let status = cluster.reply(to: cluster.ask(.status, at: 0))?.document ?? ""
        let last = try #require(status.ranges(of: "\"scrub\":{\"finishedAtMilliseconds\":").first)
        #expect(status.ranges(of: "\"scrub\":").count == 1, "only n1 has looked")
        #expect(status[last.upperBound...].contains(",\"records\":18,\"unreadable\":2}"))
    }

    @Test func `What another owner cannot say is counted as left, and the pass ends`() throws {
        let (cluster, keys) = try filled(Self.settings)
        cluster.processes[1].store.damage(keys[2])
        cluster.isolate(2)
        _ = cluster.reply(to: cluster.ask(.scrub(.start), at: 1))
        cluster.run(milliseconds: 20_000)
        let done = progress(cluster, 1)
        #expect(done.contains("\"running\":false"))
        #expect(done.contains("\"unreadable\":1,\"mended\":0,"))
    }

    @Test func `A pass in the background keeps to its rate, and a client's does not`() throws {
        var settings = Self.settings
        settings.scrub.recordsPerSecondMax = 10
        settings.scrub.restNanoseconds = 1_000_000_000
        let (cluster, _) = try filled(settings)
        cluster.run(milliseconds: 1_800)
        // The pass began about a second after the start, and 20 records take two.
        #expect(progress(cluster, 0).contains("\"running\":true"))
        cluster.run(milliseconds: 1_400)
        #expect(progress(cluster, 0).contains("\"running\":false"))
        #expect(progress(cluster, 0).contains("\"records\":20,"))
        _ = cluster.reply(to: cluster.ask(.scrub(.start), at: 0))
        cluster.run(milliseconds: 200)
        #expect(progress(cluster, 0).contains("\"running\":false"))
        #expect(progress(cluster, 0).contains("\"records\":20,"))
    }

    @Test func `A scrub waits while many commands wait for the store`() throws {
        var settings = Self.settings
        settings.scrub.storeCommandsMax = -1
        let (cluster, _) = try filled(settings)
        _ = cluster.reply(to: cluster.ask(.scrub(.start), at: 0))
        cluster.run(milliseconds: 3_000)
        #expect(progress(cluster, 0).contains("\"running\":true"))
        #expect(progress(cluster, 0).contains("\"records\":0,"))
    }

    @Test func `Records of a bucket whose n changed are filed anew`() throws {
        let (cluster, keys) = try filled(Self.settings)
        let change = BucketRequest.set(keys[0].bucket, [(name: "n", value: "2")])
        _ = cluster.reply(to: cluster.ask(.bucket(change), at: 0))
        cluster.run(milliseconds: 1_000)
        _ = cluster.reply(to: cluster.ask(.scrub(.start), at: 0))
        cluster.run(milliseconds: 2_000)
        #expect(progress(cluster, 0).contains("\"refiled\":20,"))
        #expect(cluster.processes[0].store.disk.records.values.allSatisfy { $0.copies == 2 })
    }
}
