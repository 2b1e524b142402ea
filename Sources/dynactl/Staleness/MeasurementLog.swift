import DynaClient
import Glibc
import Staleness
import Synchronization

/// The one clock of a measurement.
enum MonotonicClock {
    /// Nanoseconds since some moment before this process began.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// What the clients of a measurement did, collected from all their tasks.
final class MeasurementLog: Sendable {
    /// The counts and the histories.
    struct Content: Sendable {
        /// One history for each of the plan's sizes.
        var histories: [StalenessHistory]
        /// Requests sent, those that only prepare or tidy up included.
        var operations = 0
        /// Bytes of the values that were sent and received.
        var bytes = 0
        /// Requests that failed, by the kind of failure.
        var failures: [String: Int] = [:]
        /// Reads that began late because all readers were busy.
        var lateReads = 0
    }

    private let state: Mutex<Content>

    init(settings: Int) {
        state = Mutex(
            Content(histories: Array(repeating: StalenessHistory(), count: settings)))
    }

    var content: Content { state.withLock { $0 } }

    /// How much there is so far.
    var counts: (writes: Int, reads: Int, failures: Int) {
        state.withLock { content in
            (
                content.histories.reduce(0) { $0 + $1.writes.count },
                content.histories.reduce(0) { $0 + $1.reads.count },
                content.failures.values.reduce(0, +)
            )
        }
    }

    /// Takes a write that was acknowledged, or whose outcome is unknown or a failure.
    func record(_ write: ObservedWrite, setting: Int, bytes: Int) {
        state.withLock { content in
            content.histories[setting].writes.append(write)
            content.operations += 1
            content.bytes += bytes
        }
    }

    /// Takes a read that was answered.
    func record(_ read: ObservedRead, setting: Int, bytes: Int) {
        state.withLock { content in
            content.histories[setting].reads.append(read)
            content.operations += 1
            content.bytes += bytes
        }
    }

    /// Counts a request that is no part of a history.
    func recordOther() {
        state.withLock { $0.operations += 1 }
    }

    /// Counts a read that waited for a reader.
    func recordLateRead() {
        state.withLock { $0.lateReads += 1 }
    }

    /// Counts a request that failed.
    func record(failure: DynaError) {
        state.withLock { $0.failures[failure.kind, default: 0] += 1 }
    }
}

extension DynaError {
    /// The kind of failure in a word, for counting.
    fileprivate var kind: String {
        switch self {
        case .unavailable: "unavailable"
        case .timedOut: "timedOut"
        case .overloaded: "overloaded"
        case .tooManySiblings: "tooManySiblings"
        case .badContext: "badContext"
        case .wrongCluster: "wrongCluster"
        case .notAuthorised: "notAuthorised"
        case .rejected: "rejected"
        case .noEndpoint, .connectionLost: "connectionLost"
        case .unexpectedReply: "unexpectedReply"
        }
    }
}
