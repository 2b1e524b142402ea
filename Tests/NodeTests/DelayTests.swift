import Primitives
import Quorum
import Replica
import Ring
import Staleness
import Testing

@testable import Node

@Suite struct DelayTests {
    /// Writes and reads a key so often through one node, and lets everything come to its end.
    static func use(_ cluster: Cluster, _ key: Key, via node: Int, times: Int = 20) {
        for index in 0..<times {
            _ = cluster.reply(to: cluster.overwrite("v\(index)", key, at: node))
            _ = cluster.reply(to: cluster.get(key, at: node))
            cluster.run(milliseconds: 20)
        }
    }

    @Test("a coordinator counts all four delays of every replica, its own among them")
    func counts() throws {
        let cluster = try Cluster(members: 3)
        let key = try cluster.key("k")
        let coordinator = try #require(cluster.primaries(key).first)
        Self.use(cluster, key, via: coordinator)
        let node = cluster.processes[coordinator].node
        for (index, delays) in node.delays.members.enumerated() {
            for kind in DelayKind.allCases {
                #expect(delays[kind].count == 20, "\(kind) of \(index)")
            }
            // A commit takes 500 to 4,000 µs here, a look at the store at most 300.
            let isLocal = index == coordinator
            #expect(delays.write.quantile(0) ?? 0 >= 500)
            #expect(delays.acknowledgement.quantile(1) ?? 0 < 5_000)
            #expect((delays.acknowledgement.sum == 0) == isLocal)
            #expect((delays.response.sum == 0) == isLocal)
            #expect(delays.read.quantile(1) ?? .max < 5_000)
        }
    }

    @Test("clocks that differ are found out, and the delays are the same as if they did not")
    func skewedClocks() throws {
        func sums(skew: Int64) throws -> [UInt64] {
            let cluster = try Cluster(members: 3)
            let key = try cluster.key("k")
            let coordinator = try #require(cluster.primaries(key).first)
            for index in 0..<3 where index != coordinator {
                cluster.processes[index].wallOffsetMilliseconds = skew
            }
            cluster.run(milliseconds: 25_000)
            Self.use(cluster, key, via: coordinator)
            let node = cluster.processes[coordinator].node
            for (index, delays) in node.delays.members.enumerated()
            where index != coordinator {
                let offset = try #require(delays.offset.microseconds)
                #expect(abs(offset - skew * 1_000) < 1_000)
            }
            return node.delays.members.map(\.write.sum)
        }
        let right = try sums(skew: 0)
        for skew: Int64 in [-700, 700] {
            for (told, expected) in zip(try sums(skew: skew), right) {
                #expect(abs(Int64(told) - Int64(expected)) < 20 * 1_500)
            }
        }
    }

    @Test("hints and repairs that a read waits for are no delays of writes")
    func otherConfirmations() throws {
        let cluster = try Cluster(members: 4)
        let key = try cluster.key("k")
        let owners = cluster.primaries(key)
        cluster.crash(owners[2])
        cluster.run(milliseconds: 8_000)
        Self.use(cluster, key, via: owners[0])
        let node = cluster.processes[owners[0]].node
        let fallback = try #require((0..<4).first { !owners.contains($0) })
        #expect(node.delays.members[fallback].write.count == 0)
        #expect(node.delays.members[owners[2]].write.count == 0)
        #expect(node.delays.members[owners[1]].write.count == 20)
    }

    @Test("the document of a node tells the pairs that it is the coordinator of")
    func document() throws {
        let cluster = try Cluster(members: 3)
        let token = cluster.ask(.delays, at: 1)
        guard case .json(let text)? = cluster.reply(to: token) else {
            Issue.record("no document")
            return
        }
        #expect(text.hasPrefix(#"{"kind":"delays","nodes":["n0","n1","n2"],"pairs":[{"from":"n1""#))
        #expect(!text.contains(#""from":"n0""#))
    }
}
