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

        var rank: UInt128 { UInt128(at) << 64 | UInt128(order) }
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

    /// When the earliest event comes; nil where there is none.
    var nextAt: UInt64? { heap.first?.at }

    /// Takes out the earliest event; there must be one.
    mutating func removeFirst() -> Payload {
        let first = heap[0]
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        free.append(first.slot)
        guard let payload = slots[Int(first.slot)].take() else {
            preconditionFailure("an event was taken out twice")
        }
        return payload
    }

    private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        // As one number, which the processor compares without a jump.
        left.rank < right.rank
    }

    private mutating func siftUp(_ start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            var index = start
            let entry = heap[index]
            while index > 0 {
                let parent = (index - 1) / 2
                guard EventQueue.isBefore(entry, heap[parent]) else { break }
                heap[index] = heap[parent]
                index = parent
            }
            heap[index] = entry
        }
    }

    /// The last entry, now at the top, belongs near the bottom again: the way there is walked
    /// first, which compares half as often.
    private mutating func siftDown() {
        var index = 0
        heap.withUnsafeMutableBufferPointer { heap in
            let entry = heap[0]
            while 2 * index + 2 < heap.count {
                let child = 2 * index + 1
                let isRight = EventQueue.isBefore(heap[child + 1], heap[child])
                heap[index] = heap[isRight ? child + 1 : child]
                index = isRight ? child + 1 : child
            }
            if 2 * index + 1 < heap.count {
                heap[index] = heap[2 * index + 1]
                index = 2 * index + 1
            }
            heap[index] = entry
        }
        siftUp(index)
    }
}
