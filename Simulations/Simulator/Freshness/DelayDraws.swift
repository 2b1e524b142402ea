import Primitives
import Staleness
import Wire

/// Draws how long the messages of requests take: every one for itself, from a stream per link.
struct DelayDraws {
    /// How long every other message takes.
    static let otherNanoseconds: UInt64 = 1_000

    private let sampler: DelaySampler
    private let nodes: Int
    private var streams: [RandomStream]

    /// Nil where a world has no delays of their own for messages.
    init?(_ world: World, seed: UInt64) {
        guard let delays = world.delays else { return nil }
        sampler = DelaySampler(delays)
        nodes = world.nodes
        streams = (0..<nodes * nodes).map { link in
            let name = "delays/n\(link / world.nodes + 1)>n\(link % world.nodes + 1)"
            return RandomStream(root: seed, name: name)
        }
    }

    /// How long a message takes, in nanoseconds; nil for one that is like all others.
    mutating func draw(for message: Message, from: Int, to: Int) -> UInt64? {
        let leg: DelaySampler.Leg
        switch message {
        case .replicate: leg = .write
        case .replicated: leg = .acknowledgement
        case .fetch: leg = .read
        case .fetched: leg = .response
        default: return nil
        }
        let time = sampler.milliseconds(leg, using: &streams[from * nodes + to])
        return UInt64(min(time, DelayDraws.millisecondsMax) * 1_000_000)
    }

    /// A day: distributions without a mean draw longer times now and then.
    private static let millisecondsMax = 86_400_000.0
}

extension DiskNoise {
    /// A disk that takes no time.
    ///
    /// A nanosecond separates what is formed from what is durable, so that they come in order.
    static let immediate: DiskNoise = {
        var noise = DiskNoise()
        noise.pageNanosecondsMean = 0
        noise.syncNanoseconds = 1
        noise.syncNanosecondsMean = 0
        return noise
    }()
}
