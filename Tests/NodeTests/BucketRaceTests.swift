import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing
import Wire

@testable import Node

@Suite struct BucketRaceTests {
    let bucket = Bytes(text: "b")

    func set(
        _ changes: [(name: String, value: String)], at member: Int, in cluster: Cluster
    ) -> ClientReply? {
        cluster.reply(to: cluster.ask(.bucket(.set(bucket, changes)), at: member))
    }

    func properties(_ member: Int, in cluster: Cluster) -> BucketProperties {
        cluster.processes[member].node.buckets.properties(of: bucket)
    }

    @Test func `Properties set one after the other at once are all kept`() throws {
        let cluster = try Cluster(members: 3)
        let tokens = [("r", "1"), ("w", "3"), ("pr", "1")].map { change in
            cluster.ask(.bucket(.set(bucket, [(name: change.0, value: change.1)])), at: 0)
        }
        for token in tokens { #expect(cluster.reply(to: token)?.document != nil) }
        let found = properties(0, in: cluster)
        #expect(found.readQuorum == 1 && found.writeQuorum == 3 && found.pr == 1)
    }

    @Test func `Older properties never take the place of newer ones on the disk`() throws {
        let cluster = try Cluster(members: 3)
        var entries: [BucketEntry] = []
        for (number, r) in ["1", "3"].enumerated() {
            var properties = BucketProperties()
            try properties.set(name: "r", to: r)
            let timestamp = HybridTimestamp(milliseconds: Cluster.wallStart + UInt64(number))
            entries.append(
                BucketEntry(
                    name: bucket, timestamp: timestamp, properties: properties.encoded()[...]))
        }
        for entry in entries.reversed() {
            let clock = HybridTimestamp(milliseconds: Cluster.wallStart)
            let envelope = Envelope(clock: clock, message: .buckets([entry]))
            cluster.handle(.message(from: cluster.index(1), envelope), at: 0)
        }
        cluster.run(milliseconds: 50)
        #expect(properties(0, in: cluster).readQuorum == 3)
        try cluster.restart(0)
        #expect(properties(0, in: cluster).readQuorum == 3)
    }
}
