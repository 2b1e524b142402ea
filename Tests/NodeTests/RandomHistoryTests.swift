import Causality
import Primitives
import Quorum
import Replica
import Ring
import Testing

@testable import Node

/// Random histories: puts and gets of unique values at random nodes while links are cut and healed
/// and processes crash and start again, on durable stores with r + w > n.
@Suite struct RandomHistoryTests {
    /// One put as its client knows it.
    struct Written {
        let token: ClientToken
        let member: Int
        let incarnation: Int
        let key: Key
        let value: String
        let seen: Set<String>
    }

    /// A history that is being made.
    struct History {
        let cluster: Cluster
        let keys: [Key]
        var random: RandomStream
        var puts: [Written] = []
        var restarts = 0
        var gets: [(token: ClientToken, member: Int, incarnation: Int)] = []

        init(seed: UInt64) throws {
            let cluster = try Cluster(members: 3, seed: seed)
            self.cluster = cluster
            keys = try (0..<3).map { try cluster.key("key \($0)") }
            random = RandomStream(root: seed, name: "history")
        }

        mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

        mutating func step() throws {
            let member = pick(3)
            switch pick(20) {
            case 0: cluster.cut(member, (member + 1) % 3)
            case 1: cluster.silence(member)
            case 2, 3: cluster.heal()
            case 4: try restart(member)
            case 5: cluster.copiesOfFrames = 1 + pick(2)
            case 6..<14: put(at: member)
            default: readThenPut(at: member)
            }
            cluster.run(milliseconds: UInt64(pick(30)))
        }

        /// Often, and in quick succession: the clocks must stay where the others take them.
        private mutating func restart(_ member: Int) throws {
            guard restarts < 40 else { return }
            restarts += 1
            try cluster.restart(member)
        }

        private mutating func put(at member: Int) {
            let key = keys[pick(3)]
            add(cluster.put("v\(puts.count)", key, at: member), key, member, seen: [])
        }

        private mutating func readThenPut(at member: Int) {
            let key = keys[pick(3)]
            let token = cluster.get(key, at: member)
            gets.append((token, member, cluster.processes[member].incarnation))
            guard let result = cluster.reply(to: token, within: 100)?.getResult else { return }
            let record = result.record
            let put = cluster.put("v\(puts.count)", key, at: member, seen: record.context)
            add(put, key, member, seen: Set(record.texts))
        }

        private mutating func add(
            _ token: ClientToken, _ key: Key, _ member: Int, seen: Set<String>
        ) {
            puts.append(
                Written(
                    token: token, member: member,
                    incarnation: cluster.processes[member].incarnation, key: key,
                    value: "v\(puts.count)", seen: seen))
        }

        /// Ends all faults and lets every key be read through every node.
        func settle() {
            cluster.copiesOfFrames = 1
            cluster.heal()
            cluster.run(milliseconds: 8_000)
            for _ in 0..<2 {
                for key in keys { _ = cluster.reply(to: cluster.get(key, at: 0)) }
                cluster.run(milliseconds: 500)
            }
        }
    }

    func judge(_ history: History, seed: UInt64) {
        let cluster = history.cluster
        for key in history.keys {
            let records = (0..<3).map { cluster.processes[$0].store.record(key) }
            #expect(records.allSatisfy { $0 == records[0] }, "seed \(seed): replicas differ")
            let values = Set(records[0]?.texts ?? [])
            let puts = history.puts.filter { $0.key == key }
            let replaced = puts.reduce(into: Set<String>()) { $0.formUnion($1.seen) }
            let overwritten = puts.filter { values.contains($0.value) }
                .reduce(into: Set<String>()) { $0.formUnion($1.seen) }
            #expect(values.isDisjoint(with: overwritten), "seed \(seed): false siblings")
            for put in puts where cluster.replies[put.token]?.first?.putResult != nil {
                let isKept = values.contains(put.value) || replaced.contains(put.value)
                #expect(isKept, "seed \(seed): \(put.value) was acknowledged and is lost")
            }
        }
    }

    func judgeReplies(_ history: History, seed: UInt64) {
        let cluster = history.cluster
        let asked =
            history.gets
            + history.puts.map { (token: $0.token, member: $0.member, incarnation: $0.incarnation) }
        for request in asked {
            let count = cluster.replies[request.token]?.count ?? 0
            let isAlive = cluster.processes[request.member].incarnation == request.incarnation
            #expect(count == 1 || (count == 0 && !isAlive), "seed \(seed): \(count) replies")
        }
        for process in cluster.processes {
            #expect(process.node.inspect().isIdle, "seed \(seed): counters do not go back")
            #expect(process.node.load.requests == 0, "seed \(seed): counters do not go back")
            #expect(process.node.gets.isEmpty && process.node.puts.isEmpty)
            #expect(process.node.forwards.isEmpty && process.node.waitingPuts.isEmpty)
        }
    }

    @Test(arguments: 0..<8)
    func `No acknowledged write is lost and all replicas agree in the end`(part: UInt64) throws {
        var acknowledged = 0
        for seed in part * 25..<(part + 1) * 25 {
            var history = try History(seed: seed)
            for _ in 0..<60 { try history.step() }
            history.settle()
            judge(history, seed: seed)
            judgeReplies(history, seed: seed)
            acknowledged += history.puts.count {
                history.cluster.replies[$0.token]?.first?.putResult != nil
            }
        }
        #expect(acknowledged > 25 * 8, "too few puts succeed to mean anything")
    }
}
