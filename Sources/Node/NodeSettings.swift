import AntiEntropy
import Membership
import Primitives
import Quorum

/// Limits and periods of one node; everything a node holds is bounded by one of them.
package struct NodeSettings: Hashable, Sendable {
    /// Seeds the node's own random numbers; entropy in production.
    package var seed: UInt64 = 0
    /// The process id, for `status`.
    package var process: UInt32 = 0
    /// How long a client waits where it does not say, in milliseconds.
    package var timeoutMilliseconds: UInt32 = 5_000
    /// The longest time a client may ask for, in milliseconds.
    package var timeoutMillisecondsMax: UInt32 = 60_000
    /// The largest value, in bytes.
    package var valueBytesMax = 1 << 20
    /// The most requests that wait for an answer, and the most that were answered and wait for
    /// slower replicas.
    package var requestsMax = 20_000
    /// The most bytes of values in client requests in flight.
    package var requestBytesMax = 96 << 20
    /// The most bytes of records from other nodes that wait for the store.
    package var replicaBytesMax = 128 << 20
    /// The most commands that may wait for the store: more are refused, so that a disk that hangs
    /// does not fill the memory.
    package var storeCommandsMax = 60_000
    /// How long a status waits for the other members, in milliseconds.
    package var statusMilliseconds: UInt32 = 800
    /// How long a drain waits for requests in flight, in milliseconds.
    package var drainMilliseconds: UInt32 = 5_000
    /// How many buckets may have properties of their own.
    package var bucketsMax = 10_000
    /// For how long after a member was last up new hints are kept for it, in nanoseconds: what is
    /// written later is left to anti-entropy.
    package var hintWindowNanoseconds: UInt64 = 3 * 3_600 * 1_000_000_000
    /// The delivery of hints.
    package var handoff = HintedHandoff.Settings()
    /// Exchanges with other replicas.
    package var exchange = Exchange.Settings()
    /// The removal of dead records.
    package var reaping = ReapBatch.Settings()
    /// Verifying what is kept.
    package var scrub = ScrubSettings()
    /// The failure detector's periods.
    package var detector = FailureDetector.Settings()

    /// The defaults.
    package init() {}
}
