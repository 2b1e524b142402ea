import Causality
import Primitives
import Replica
import Ring

// The values of which commands, answers and notes consist. A list takes in its length first, what
// may be missing whether it is there: two values that differ never take in the same words.
extension Trace {
    /// A key; its hash was computed when it was made.
    @inline(__always)
    mutating func add(_ key: Key) {
        add(key.hash)
    }

    @inline(__always)
    mutating func add(_ hash: Hash128) {
        add(hash.high)
        add(hash.low)
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add($0) }
    }

    mutating func add(_ isSo: Bool) {
        add(isSo ? 1 : 0)
    }

    mutating func add(count: Int) {
        add(UInt64(truncatingIfNeeded: count))
    }

    mutating func add(_ member: MemberIndex) {
        add(UInt64(member.raw))
    }

    mutating func add(_ start: NodeStart) {
        add(start.node.raw)
        add(start.number)
        add(UInt64(start.run))
    }

    mutating func add(_ vector: VersionVector) {
        add(count: vector.entries.count)
        for entry in vector.entries {
            add(entry.actor.node.raw)
            add(entry.actor.epoch)
            add(entry.counter)
        }
    }

    mutating func add(_ node: TreeNode) {
        add(
            UInt64(node.set.partition.raw) << 32 | UInt64(node.set.copies) << 24
                | UInt64(node.depth) << 16 | UInt64(node.index))
    }

    mutating func add(_ record: DeadRecord) {
        add(record.key)
        add(record.digest)
        add(UInt64(record.copies))
    }

    mutating func add(_ hint: Hint) {
        add(hint.key)
        add(hint.record)
    }

    mutating func add(_ entry: BucketEntry) {
        add(entry.name)
        add(entry.timestamp.raw)
        add(entry.properties)
    }

    mutating func add(_ place: DeathPlace) {
        add(place.time.raw)
        add(UInt64(bitPattern: place.hash))
    }

    mutating func add(_ leaf: TreeLeaf) {
        add(UInt64(leaf.partition.raw) << 16 | UInt64(leaf.index))
    }

    mutating func add(_ place: ScrubPlace) {
        switch place {
        case .records(let from):
            add(1)
            add(from)
        case .hints(let key):
            add(2)
            add(optional: key) { $0.add($1) }
        case .targets(let target):
            add(3)
            add(optional: target) {
                $0.add($1.member)
                $0.add($1.key)
            }
        }
    }

    mutating func add<Element>(
        _ list: [Element], _ addElement: (inout Trace, Element) -> Void
    ) {
        add(count: list.count)
        for element in list { addElement(&self, element) }
    }

    mutating func add<Value>(
        optional value: Value?, _ addValue: (inout Trace, Value) -> Void
    ) {
        guard let value else { return add(0) }
        add(1)
        addValue(&self, value)
    }
}
