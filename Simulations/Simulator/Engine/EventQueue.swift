import Primitives

/// What will happen, earliest first.
///
/// Ordered by time, then by a tie that the seed draws, so that simultaneous events come in another
/// order under another seed, then by the order in which they were added: the order is total.
/// A binary heap of small entries; payloads lie in slots of their own and are not moved.
struct EventQueue<Payload> {
    private struct Entry {
        let at: UInt64
        /// The tie in the upper half, the sequence number in the lower.
        let order: UInt64
        let slot: Int32
    }

    private var heap: [Entry] = []
    private var slots: [Payload?] = []
    private var free: [Int32] = []
    private var sequence: UInt32 = 0
    private var ties: RandomStream

    init(ties: RandomStream) {
        self.ties = ties
    }

    /// How many events there are.
    var count: Int { heap.count }

    /// Adds an event.
    mutating func add(_ payload: Payload, at time: UInt64) {
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
            slots[Int(slot)] = payload
        } else {
            slot = Int32(slots.count)
            slots.append(payload)
        }
        sequence &+= 1
        let order = (ties.next() & 0xffff_ffff_0000_0000) | UInt64(sequence)
        heap.append(Entry(at: time, order: order, slot: slot))
        siftUp(heap.count - 1)
    }

    /// Takes out the earliest event.
    mutating func pop() -> (at: UInt64, payload: Payload)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown(0)
        }
        free.append(first.slot)
        guard let payload = slots[Int(first.slot)].take() else {
            preconditionFailure("an event was taken out twice")
        }
        return (first.at, payload)
    }

    private func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        left.at == right.at ? left.order < right.order : left.at < right.at
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        let entry = heap[index]
        while index > 0 {
            let parent = (index - 1) / 2
            guard isBefore(entry, heap[parent]) else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        let entry = heap[index]
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, isBefore(heap[child + 1], heap[child]) {
                child += 1
            }
            guard isBefore(heap[child], entry) else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = entry
    }
}
