import Primitives

/// What became of a run.
package struct RunReport: Sendable {
    /// The plan that was run.
    package var plan: Plan
    /// Events handled.
    package var events = 0
    /// True time at the end, in nanoseconds.
    package var virtualNanoseconds: UInt64 = 0
    /// A hash of everything that happened, in order.
    package var traceHash: UInt64 = 0
    /// Hashes along the way, one per 4,096 events, to find where two runs part.
    package var checkpoints: [TraceCheckpoint] = []
    /// What clients began; a read with a write behind it is one operation.
    package var operations = 0
    /// Operations that were acknowledged: as many as began, at most.
    package var acknowledged = 0
    /// Writes of which the client does not know what became.
    package var unknown = 0
    /// Operations that were refused: nothing was written.
    package var refused = 0
    /// How often every fault happened, ascending by name; also those that never did.
    package var faults: [Count] = []
    /// How often every noteworthy moment was seen, in the order of `Sometimes`.
    package var sometimes: [Count] = []
    /// Per oracle, in the order of their numbers: how often it judged, and what it found.
    package var oracles: [OracleCount] = []
    /// What was violated, in the order of discovery; at most 20.
    package var violations: [Violation] = []
    /// How long the replicas took to agree after the last request; nil where they did not.
    package var convergedNanoseconds: UInt64?
    /// How long they might have taken; nil where the run ended before.
    package var boundNanoseconds: UInt64?
    /// What the freshness workload saw, where there was one.
    package var freshness: FreshnessReport?
    /// The lines of the run where a log was asked for.
    package var log: [LogLine] = []
    /// The run as a picture where a timeline was asked for.
    package var timeline: Timeline?

    /// A report of a run that has not begun.
    package init(plan: Plan) {
        self.plan = plan
    }

    /// Whether nothing was violated.
    package var hasPassed: Bool { violations.isEmpty }
}

/// A name with how often it was seen.
package struct Count: Equatable, Sendable {
    /// What was counted.
    package var name: String
    /// How often.
    package var count: Int

    /// A count.
    package init(_ name: String, _ count: Int) {
        self.name = name
        self.count = count
    }
}

/// The trace hash after some number of events.
package struct TraceCheckpoint: Equatable, Sendable {
    /// How many events were handled before.
    package var events: Int
    /// True time in nanoseconds.
    package var at: UInt64
    /// The hash of all of them.
    package var hash: UInt64
}

/// How often an oracle judged, and how often it found something.
package struct OracleCount: Equatable, Sendable {
    /// The oracle.
    package var oracle: Oracle
    /// How often it judged.
    package var checked = 0
    /// How often it found something.
    package var violations = 0
}

/// How much of a run is put down line by line.
package enum LogLevel: String, CaseIterable, Sendable {
    /// Faults, requests, notes of the nodes.
    case notes
    /// Every event as well.
    case events
}

/// One line of a run's log.
package struct LogLine: Equatable, Sendable {
    /// True time in nanoseconds.
    package var at: UInt64
    /// The node, from 0; nil for the world.
    package var node: Int?
    /// What happened.
    package var text: String
}

/// A run as a picture: one lane per node, what was broken as bands, requests as marks.
package struct Timeline: Equatable, Sendable {
    /// A stretch of time in which something was different.
    package struct Band: Equatable, Sendable {
        /// The lanes concerned, from 0.
        package var nodes: [Int]
        /// From when, in nanoseconds.
        package var from: UInt64
        /// Until when, in nanoseconds.
        package var until: UInt64
        /// What kind: "partition", "down", "paused", "disk", "clock", "network".
        package var kind: String
        /// What it was, for a reader.
        package var text: String
    }

    /// One request.
    package struct Request: Equatable, Sendable {
        /// The node that was asked.
        package var node: Int
        /// The client.
        package var client: Int
        /// The key.
        package var key: Int
        /// "get", "put" or "delete".
        package var kind: String
        /// From when, in nanoseconds.
        package var from: UInt64
        /// Until when, in nanoseconds.
        package var until: UInt64
        /// "ok", "unknown" or "refused".
        package var outcome: String
        /// How many siblings the answer showed, where it was a read.
        package var siblings: Int
    }

    /// How far the replicas of the keys were apart at a time.
    package struct Sample: Equatable, Sendable {
        /// When, in nanoseconds.
        package var at: UInt64
        /// Keys whose live primaries hold different records.
        package var divergentKeys: Int
        /// The most siblings of any key on any replica.
        package var siblingsMax: Int
    }

    /// The names of the lanes.
    package var nodes: [String] = []
    /// What was broken.
    package var bands: [Band] = []
    /// What clients asked.
    package var requests: [Request] = []
    /// How the replicas drifted apart and came together again.
    package var samples: [Sample] = []
    /// The end, in nanoseconds.
    package var until: UInt64 = 0
    /// When everything was healed, in nanoseconds.
    package var healedAt: UInt64 = 0

    /// When the replicas agreed for good, in nanoseconds.
    package var agreedAt: UInt64?

    /// A picture of nothing.
    package init() {}
}
