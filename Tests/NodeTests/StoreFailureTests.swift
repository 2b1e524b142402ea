import Primitives
import Quorum
import Replica
import Testing

@testable import Node

/// What a node makes of a store that fails.
@Suite struct StoreFailureTests {
    private static let unreadable = StoreFailure.failed("cannot read: disk I/O error")

    /// How often a member was told by another one to coordinate a put.
    private static func forwards(_ cluster: Cluster) -> Int {
        cluster.sent.count { sent in
            if case .forward = sent.message { true } else { false }
        }
    }

    @Test func `A store that cannot read goes on taking the writes that its node coordinates`()
        throws
    {
        let cluster = try Cluster(members: 3, settings: ExchangeTests.settings)
        let key = try cluster.key("k")
        cluster.processes[0].readFailure = Self.unreadable
        // Trees, pages of hints, lists of the dead: all of them fail meanwhile.
        #expect(cluster.reply(to: cluster.get(key, at: 0)) != nil)
        cluster.run(milliseconds: 20_000)
        #expect(cluster.processes[0].node.storeFailure == nil)
        #expect(cluster.processes[0].node.isReady)
        let put = cluster.reply(to: cluster.put("v", key, at: 0))?.putResult
        #expect(put?.replicas.contains(cluster.index(0)) == true)
        #expect(Self.forwards(cluster) == 0)
        #expect(cluster.values(key, on: 0) == ["v"])
        let isTold = cluster.notes.contains { entry in
            if case .storeFailed = entry.note { true } else { false }
        }
        #expect(!isTold)
    }

    @Test func `A read that succeeds or fails changes nothing about writes that fail`() throws {
        let cluster = try Cluster(members: 3, settings: ExchangeTests.settings)
        let key = try cluster.key("k")
        cluster.processes[0].failure = .full
        _ = cluster.reply(to: cluster.put("v", key, at: 0))
        #expect(cluster.processes[0].node.storeFailure == .full)
        cluster.processes[0].readFailure = Self.unreadable
        cluster.run(milliseconds: 20_000)
        #expect(cluster.processes[0].node.storeFailure == .full)
        (cluster.processes[0].readFailure, cluster.processes[0].failure) = (nil, nil)
        cluster.run(milliseconds: 20_000)
        #expect(cluster.reply(to: cluster.put("w", key, at: 0))?.putResult != nil)
        #expect(cluster.processes[0].node.storeFailure == nil)
    }
}
