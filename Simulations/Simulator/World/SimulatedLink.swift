import Primitives
import Replica

/// The connection that one node opens to another, and what is on its way on it.
///
/// One direction carries greeting and messages; the other only the answer to the greeting and the
/// news that the connection is gone, as in the real transport.
final class SimulatedLink {
    /// How far the caller has come.
    enum State {
        case idle
        case dialling
        case greeting
        case open
    }

    /// A frame on its way.
    struct Frame {
        let bytes: [UInt8]
        let generation: UInt32
        /// When it arrives; `held` while the link is cut.
        var arrival: UInt64

        static let held = UInt64.max
    }

    /// The longest pause between two calls.
    static let pauseNanosecondsMax: UInt64 = 1_000_000_000
    /// The shortest.
    static let pauseNanosecondsMin: UInt64 = 25_000_000
    /// The most bytes on their way.
    static let queueBytesMax = 8 << 20

    let from: Int
    let to: Int
    var random: RandomStream
    var state = State.idle
    /// Goes up with every call; what belongs to an earlier one is out of date.
    var generation: UInt32 = 0
    var pauseNanoseconds = SimulatedLink.pauseNanosecondsMin
    /// Whether a call is under way or planned for this generation.
    var redial: UInt32 = 0

    /// Frames in the order in which they were sent; arrivals ascend.
    private var queue: [Frame] = []
    private var head = 0
    private(set) var queuedBytes = 0
    /// Whether an event for the first frame is under way, and for which arrival.
    var scheduledArrival: UInt64?
    /// Frames never arrive before this.
    var lastArrival: UInt64 = 0
    /// When the line is free again, with limited bandwidth.
    var freeAt: UInt64 = 0

    /// Calls that the callee greeted, latest last, by which start of the caller, and in which
    /// incarnation of its own.
    var greeted: [UInt32] = []
    var greetedStart: NodeStart?
    var greetedIncarnation = 0
    /// What arrived of a damaged stream and is not understood yet.
    var unread: [UInt8] = []

    /// How many cuts lie on it.
    var cuts = 0
    /// Goes up when what is under way is lost with a cut.
    var epoch: UInt32 = 0
    var cloggedUntil: UInt64 = 0
    /// Until when the callee has forgotten the connection without a word.
    var blackholeUntil: UInt64 = 0
    /// A factor of the base latency, in 64ths: links differ.
    let latencyFactor: UInt64

    init(from: Int, to: Int, seed: UInt64) {
        self.from = from
        self.to = to
        random = RandomStream(root: seed, name: "net/n\(from + 1)>n\(to + 1)")
        latencyFactor = 32 + random.below(96)
    }

    var isCut: Bool { cuts > 0 }

    var first: Frame? { head < queue.count ? queue[head] : nil }

    var count: Int { queue.count - head }

    func append(_ frame: Frame) {
        queue.append(frame)
        queuedBytes += frame.bytes.count
    }

    func popFirst() -> Frame? {
        guard head < queue.count else { return nil }
        let frame = queue[head]
        head += 1
        queuedBytes -= frame.bytes.count
        if head == queue.count || head >= 512 {
            queue.removeFirst(head)
            head = 0
        }
        return frame
    }

    /// Drops what is on its way.
    func drop() {
        queue.removeAll(keepingCapacity: true)
        (head, queuedBytes) = (0, 0)
        scheduledArrival = nil
    }

    /// Keeps back all that is on its way.
    func hold() {
        for index in head..<queue.count { queue[index].arrival = Frame.held }
        scheduledArrival = nil
    }

    /// Lets go of what was kept back.
    func release(at time: UInt64) {
        var arrival = max(time, lastArrival + 1)
        for index in head..<queue.count where queue[index].arrival == Frame.held {
            queue[index].arrival = arrival
            arrival += 1
        }
        lastArrival = arrival
    }

    /// Lets nothing arrive later than a time, in the old order.
    func expedite(to time: UInt64) {
        var latest = time
        for index in head..<queue.count where queue[index].arrival != Frame.held {
            queue[index].arrival = min(queue[index].arrival, latest)
            latest += 1
        }
        lastArrival = min(lastArrival, latest)
        scheduledArrival = nil
    }

    /// Whether the first frame is kept back.
    var isHeld: Bool { first?.arrival == Frame.held }

    /// Whether any frame is kept back; those behind it are too.
    var holdsBack: Bool { head < queue.count && queue.last?.arrival == Frame.held }
}

extension SimulatedLink: CustomStringConvertible {
    /// How far the connection is, for findings.
    var description: String {
        let first = first.map { $0.arrival == Frame.held ? "held" : Time.seconds($0.arrival) }
        return "link n\(from + 1)>n\(to + 1): \(state), call \(generation), greeted \(greeted), "
            + "\(count) frames under way, the first \(first ?? "none"), cuts \(cuts)"
    }
}
