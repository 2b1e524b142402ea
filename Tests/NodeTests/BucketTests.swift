import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

@Suite struct BucketTests {
    let bucket = Bytes(text: "b")

    func set(
        _ changes: [(name: String, value: String)], at member: Int, in cluster: Cluster
    ) -> ClientReply? {
        cluster.reply(to: cluster.ask(.bucket(.set(bucket, changes)), at: member))
    }

    func properties(_ member: Int, in cluster: Cluster) -> BucketProperties {
        cluster.processes[member].node.buckets.properties(of: bucket)
    }

    @Test func `A property reaches all nodes, also one that was cut off meanwhile`() throws {
        let cluster = try Cluster(members: 3)
        cluster.isolate(2)
        cluster.run(milliseconds: 20)
        let reply = set([("w", "1"), ("conflict", "lastWriteWins")], at: 0, in: cluster)
        #expect(reply?.document?.contains("lastWriteWins") == true)
        cluster.run(milliseconds: 100)
        #expect(properties(1, in: cluster).writeQuorum == 1)
        #expect(properties(2, in: cluster).writeQuorum == 2)
        cluster.heal()
        cluster.run(milliseconds: 500)
        #expect(properties(2, in: cluster) == properties(0, in: cluster))
        #expect(cluster.processes[2].store.disk.buckets.count == 1, "durable there, too")
    }

    @Test func `The newest of two properties set apart wins everywhere`() throws {
        let cluster = try Cluster(members: 3)
        cluster.isolate(2)
        cluster.run(milliseconds: 20)
        _ = set([("r", "1")], at: 0, in: cluster)
        cluster.run(milliseconds: 20)
        _ = set([("r", "3")], at: 2, in: cluster)
        cluster.heal()
        cluster.run(milliseconds: 1_000)
        for member in 0..<3 {
            #expect(properties(member, in: cluster).readQuorum == 3)
        }
        let digests = Set(cluster.processes.map(\.node.buckets.digest))
        #expect(digests.count == 1)
    }

    @Test func `Properties survive a restart`() throws {
        let cluster = try Cluster(members: 3)
        _ = set([("r", "1")], at: 0, in: cluster)
        try cluster.restart(0)
        #expect(properties(0, in: cluster).readQuorum == 1)
    }

    @Test(arguments: [("n", "4"), ("w", "4"), ("r", "0"), ("color", "red"), ("conflict", "no")])
    func `An impossible property is refused and changes nothing`(name: String, value: String)
        throws
    {
        let cluster = try Cluster(members: 3)
        guard case .badRequest? = set([(name, value)], at: 0, in: cluster)?.failure else {
            Issue.record("\(name)=\(value) was not refused")
            return
        }
        #expect(properties(0, in: cluster) == BucketProperties())
    }

    @Test func `The number of buckets with properties is bounded`() throws {
        var settings = NodeSettings()
        settings.bucketsMax = 2
        let cluster = try Cluster(members: 3, settings: settings)
        for number in 0..<3 {
            let request = BucketRequest.set(Bytes(text: "b\(number)"), [("r", "1")])
            let reply = cluster.reply(to: cluster.ask(.bucket(request), at: 0))
            #expect((reply?.failure == nil) == (number < 2))
        }
    }
}
