import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

/// Sloppy quorums, and what becomes of the hints that they leave.
@Suite struct HintTests {
    /// How many hints a node keeps.
    func hints(on member: Int, in cluster: Cluster) -> Int {
        cluster.processes[member].store.disk.hints.count
    }

    func strict() -> QuorumOptions {
        var options = QuorumOptions()
        options.isSloppy = false
        return options
    }

    @Test func `A fallback takes the place of a primary and hands over when it is back`() throws {
        let cluster = try Cluster(members: 5)
        let key = try cluster.key("k")
        let owners = cluster.primaries(key)
        let others = (0..<5).filter { !owners.contains($0) }
        cluster.isolate(owners[2])
        cluster.run(milliseconds: 20)
        var options = QuorumOptions()
        options.quorum = 3
        let put = cluster.reply(to: cluster.put("v", key, at: owners[0], options: options))
        let replicas = try #require(put?.putResult).replicas.map { Int($0.raw) }
        #expect(replicas.filter { others.contains($0) }.count == 1)
        #expect(cluster.values(key, on: owners[2]).isEmpty)
        #expect(others.contains { hints(on: $0, in: cluster) == 1 })
        cluster.heal()
        cluster.run(milliseconds: 1_000)
        #expect(cluster.values(key, on: owners[2]) == ["v"])
        #expect((0..<5).allSatisfy { hints(on: $0, in: cluster) == 0 })
    }

    @Test func `Fallbacks alone take a write, and a read finds it there`() throws {
        let cluster = try Cluster(members: 5)
        let key = try cluster.key("k")
        let owners = cluster.primaries(key)
        let others = (0..<5).filter { !owners.contains($0) }
        for owner in owners {
            for other in others { cluster.cut(owner, other) }
        }
        cluster.run(milliseconds: 20)
        let put = cluster.reply(to: cluster.put("v", key, at: others[0]))?.putResult
        #expect(Set(put?.replicas.map { Int($0.raw) } ?? []) == Set(others))
        let got = cluster.reply(to: cluster.get(key, at: others[1]))?.getResult
        #expect(got?.record.texts == ["v"])
        #expect(owners.allSatisfy { cluster.values(key, on: $0).isEmpty })
        #expect(others.allSatisfy { cluster.values(key, on: $0).isEmpty }, "hints are no records")
        cluster.heal()
        cluster.run(milliseconds: 1_000)
        #expect(owners.allSatisfy { cluster.values(key, on: $0) == ["v"] })
        #expect(others.allSatisfy { hints(on: $0, in: cluster) == 0 })
    }

    @Test func `A strict request counts primaries only`() throws {
        let cluster = try Cluster(members: 5)
        let key = try cluster.key("k")
        let owners = cluster.primaries(key)
        cluster.isolate(owners[1])
        cluster.isolate(owners[2])
        cluster.run(milliseconds: 20)
        let put = cluster.reply(to: cluster.put("v", key, at: owners[0], options: strict()))
        #expect(put?.failure == .unavailable(required: 2, reachable: 1))
        let get = cluster.reply(to: cluster.get(key, at: owners[0], options: strict()))
        #expect(get?.failure == .unavailable(required: 2, reachable: 1))
        #expect(cluster.reply(to: cluster.put("v", key, at: owners[0]))?.putResult != nil)
        var primary = QuorumOptions()
        primary.primaries = 2
        let pinned = cluster.reply(to: cluster.put("v", key, at: owners[0], options: primary))
        #expect(pinned?.failure != nil, "pw counts primaries only")
    }

    @Test func `A coordinator keeps the hint itself where there is no fallback`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        cluster.isolate(2)
        cluster.run(milliseconds: 20)
        #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        #expect(hints(on: 0, in: cluster) == 1)
        cluster.heal()
        cluster.run(milliseconds: 1_000)
        #expect(cluster.values(key, on: 2) == ["v"] && hints(on: 0, in: cluster) == 0)
    }

    @Test func `A primary that does not confirm gets a hint`() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        cluster.processes[2].holdsCommits = true
        #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        #expect(hints(on: 0, in: cluster) == 0)
        cluster.run(milliseconds: 5_500)
        #expect(hints(on: 0, in: cluster) == 1)
        cluster.processes[2].holdsCommits = false
        cluster.release(2)
        cluster.run(milliseconds: 20_000)
        #expect(cluster.values(key, on: 2) == ["v"] && hints(on: 0, in: cluster) == 0)
    }

    @Test func `No hint is kept for a member that has been away for longer than the window`()
        throws
    {
        var settings = NodeSettings()
        settings.hintWindowNanoseconds = 2_000_000_000
        let cluster = try Cluster(members: 3, settings: settings)
        let key = try cluster.key("k")
        cluster.isolate(2)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.reply(to: cluster.put("v", key, at: 0))?.putResult != nil)
        #expect(hints(on: 0, in: cluster) == 1)
        cluster.run(milliseconds: 3_000)
        let late = try cluster.key("late")
        #expect(cluster.reply(to: cluster.put("v", late, at: 0))?.putResult != nil)
        #expect(hints(on: 0, in: cluster) == 1, "the old one is kept, no new one")
    }
}
