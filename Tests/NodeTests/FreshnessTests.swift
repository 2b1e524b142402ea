import Causality
import Primitives
import Quorum
import Testing

@testable import Node

@Suite struct FreshnessTests {
    static func options(_ quorum: Int) -> QuorumOptions {
        var options = QuorumOptions()
        options.quorum = quorum
        return options
    }

    @Test("a coordinator counts a read that told less than a replica knew, and how long it was so")
    func stale() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        cluster.silence(1)
        let put = cluster.put("v", key, at: 0, options: Self.options(1))
        #expect(cluster.reply(to: put)?.putResult != nil)
        cluster.run(milliseconds: 400)
        cluster.heal()
        let get = cluster.get(key, at: 1, options: Self.options(1))
        #expect(cluster.reply(to: get)?.getResult?.record.texts == [])
        cluster.run(milliseconds: 100)
        let counts = cluster.processes[1].node.freshnessCounts
        #expect(counts.judged == 1 && counts.stale == 1 && counts.unjudged == 0)
        let age = try #require(counts.ages.quantile(1)) / 1_000
        #expect((400...420).contains(age))
        #expect(cluster.processes[0].node.freshnessCounts == ReadFreshnessCounts())
    }

    @Test("fresh reads are counted, and those that cannot be judged, and repairs are neither")
    func others() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        cluster.run(milliseconds: 100)
        for _ in 0..<3 { _ = cluster.reply(to: cluster.get(key, at: 1)) }
        _ = cluster.reply(to: cluster.ask(.repair(.key(key)), at: 1))
        cluster.run(milliseconds: 100)
        #expect(cluster.processes[1].node.freshnessCounts.judged == 3)
        #expect(cluster.processes[1].node.freshnessCounts.stale == 0)
        cluster.silence(2)
        _ = cluster.reply(to: cluster.get(key, at: 1))
        cluster.run(milliseconds: 20_000)
        #expect(cluster.processes[1].node.freshnessCounts.judged == 3)
        #expect(cluster.processes[1].node.freshnessCounts.unjudged == 1)
    }
}
