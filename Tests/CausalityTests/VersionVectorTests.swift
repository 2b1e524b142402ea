import Causality
import Primitives
import Testing

@Suite struct VersionVectorTests {
    private typealias Model = [Actor: UInt64]

    /// Few nodes and few epochs, so that actors meet again.
    private let actors = (0..<12).map { index in
        Actor(node: NodeID(UInt64(index % 4)), epoch: UInt64(index / 4) << 32 | 1)
    }

    private func randomDot(_ random: inout RandomStream) -> Dot {
        let actor = actors[Int.random(in: 0..<actors.count, using: &random)]
        return Dot(actor: actor, counter: UInt64.random(in: 0...9, using: &random))
    }

    private func randomPair(_ random: inout RandomStream) -> (VersionVector, Model) {
        var vector = VersionVector()
        var model = Model()
        for _ in 0..<Int.random(in: 0..<15, using: &random) {
            let dot = randomDot(&random)
            vector.join(dot)
            join(&model, dot.actor, dot.counter)
        }
        return (vector, model)
    }

    private func join(_ model: inout Model, _ actor: Actor, _ counter: UInt64) {
        guard counter > model[actor, default: 0] else { return }
        model[actor] = counter
    }

    private func expectEqual(_ vector: VersionVector, _ model: Model) {
        let entries = model.keys.sorted().map { actor in
            VersionVector.Entry(actor: actor, counter: model[actor, default: 0])
        }
        #expect(vector.entries == entries)
        for actor in actors {
            let counter = model[actor, default: 0]
            #expect(vector[actor] == counter)
            #expect(vector.covers(Dot(actor: actor, counter: counter)))
            #expect(!vector.covers(Dot(actor: actor, counter: counter + 1)))
        }
    }

    @Test("a vector behaves as a dictionary of the highest counters", arguments: 0..<200)
    func dictionaryModel(seed: Int) {
        var random = RandomStream(root: UInt64(seed), name: "vector")
        let (left, leftModel) = randomPair(&random)
        let (right, rightModel) = randomPair(&random)
        expectEqual(left, leftModel)
        var joined = left
        joined.join(right)
        var joinedModel = leftModel
        for (actor, counter) in rightModel {
            join(&joinedModel, actor, counter)
        }
        expectEqual(joined, joinedModel)
        let isCovered = rightModel.allSatisfy { $0.value <= leftModel[$0.key, default: 0] }
        #expect(left.covers(right) == isCovered)
        #expect((joined == left) == isCovered)
        #expect(joined.covers(left) && joined.covers(right))
    }

    @Test("join is commutative, associative and idempotent", arguments: 0..<200)
    func laws(seed: Int) {
        var random = RandomStream(root: UInt64(seed), name: "laws")
        let (a, b, c) = (randomPair(&random).0, randomPair(&random).0, randomPair(&random).0)
        #expect(joined(a, b) == joined(b, a))
        #expect(joined(joined(a, b), c) == joined(a, joined(b, c)))
        #expect(joined(a, a) == a)
        #expect(joined(a, VersionVector()) == a && joined(VersionVector(), a) == a)
    }

    private func joined(_ left: VersionVector, _ right: VersionVector) -> VersionVector {
        var result = left
        result.join(right)
        return result
    }

    @Test("the empty vector covers no write and is covered by all")
    func empty() {
        let empty = VersionVector()
        var one = empty
        one.join(Dot(actor: actors[0], counter: 1))
        #expect(empty[actors[0]] == 0)
        #expect(!empty.covers(Dot(actor: actors[0], counter: 1)))
        #expect(one.covers(empty) && !empty.covers(one))
    }

    @Test("epochs of one node are actors of their own")
    func epochs() {
        var vector = VersionVector()
        vector.join(Dot(actor: Actor(node: NodeID(1), epoch: 1), counter: 5))
        #expect(!vector.covers(Dot(actor: Actor(node: NodeID(1), epoch: 2), counter: 1)))
        #expect(!vector.covers(Dot(actor: Actor(node: NodeID(2), epoch: 1), counter: 1)))
    }

    @Test("entries out of order, repeated or with counter 0 make no vector")
    func refusedEntries() {
        let first = VersionVector.Entry(actor: actors[0], counter: 1)
        let second = VersionVector.Entry(actor: actors[1], counter: 1)
        let none = VersionVector.Entry(actor: actors[1], counter: 0)
        #expect(VersionVector(ascending: [first, second])?.entries == [first, second])
        #expect(VersionVector(ascending: []) == VersionVector())
        #expect(VersionVector(ascending: [second, first]) == nil)
        #expect(VersionVector(ascending: [first, first]) == nil)
        #expect(VersionVector(ascending: [first, none]) == nil)
    }

    @Test("dots order by node, epoch and counter")
    func dotOrder() {
        let dots = (0..<27).map { index in
            let actor = Actor(node: NodeID(UInt64(index / 9)), epoch: UInt64(index / 3 % 3))
            return Dot(actor: actor, counter: UInt64(index % 3))
        }
        #expect(dots.reversed().sorted() == dots)
        #expect(dots[14].description.hasSuffix("0000000000000001.1:2"))
    }
}
