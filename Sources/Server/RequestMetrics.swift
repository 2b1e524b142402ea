import Node
import Quorum

/// What became of client requests, and how long they took.
///
/// Confined to the loop, like all that counts here: no lock is taken for it.
struct RequestMetrics {
    /// The kinds of requests that are told apart.
    enum Kind: String, CaseIterable {
        case get
        case put
        case delete
        case other
    }

    /// What can become of one.
    enum Outcome: String, CaseIterable {
        case done
        case unavailable
        case timeout
        case overloaded
        case refused
        case badRequest = "bad_request"
        case storeFailed = "store_failed"
    }

    private var counts = Array(
        repeating: Array(repeating: UInt64(0), count: Outcome.allCases.count),
        count: Kind.allCases.count)
    private var durations = Array(
        repeating: BoundedHistogram(BoundedHistogram.seconds), count: Kind.allCases.count)

    mutating func count(_ kind: Kind, _ outcome: Outcome, seconds: Double) {
        counts[kind.position][outcome.position] += 1
        guard kind != .other else { return }
        durations[kind.position].observe(seconds)
    }

    func write(to text: inout MetricsText) {
        text.family("dyna_requests_total", .counter, "Client requests, by what became of them.") {
            for kind in Kind.allCases {
                for outcome in Outcome.allCases {
                    let count = counts[kind.position][outcome.position]
                    $0.sample(count, [("kind", kind.rawValue), ("outcome", outcome.rawValue)])
                }
            }
        }
        text.family(
            "dyna_quorum_failures_total", .counter,
            "Client requests for which too few replicas could be reached, or answered in time."
        ) {
            for kind in Kind.allCases where kind != .other {
                for reason in [Outcome.unavailable, .timeout] {
                    let count = counts[kind.position][reason.position]
                    $0.sample(count, [("kind", kind.rawValue), ("reason", reason.rawValue)])
                }
            }
        }
        text.family(
            "dyna_request_duration_seconds", .histogram,
            "From when the node took a client request in until it answered."
        ) {
            for kind in Kind.allCases where kind != .other {
                durations[kind.position].write(to: &$0, [("kind", kind.rawValue)])
            }
        }
    }
}

extension RequestMetrics.Kind {
    var position: Int {
        switch self {
        case .get: 0
        case .put: 1
        case .delete: 2
        case .other: 3
        }
    }

    init(_ request: ClientRequest) {
        switch request {
        case .get: self = .get
        case .put(let put):
            if case .tombstone = put.content { self = .delete } else { self = .put }
        default: self = .other
        }
    }
}

extension RequestMetrics.Outcome {
    var position: Int {
        switch self {
        case .done: 0
        case .unavailable: 1
        case .timeout: 2
        case .overloaded: 3
        case .refused: 4
        case .badRequest: 5
        case .storeFailed: 6
        }
    }

    init(_ reply: ClientReply) {
        guard case .failed(let failure) = reply else {
            self = .done
            return
        }
        switch failure {
        case .unavailable: self = .unavailable
        case .timedOut: self = .timeout
        case .overloaded: self = .overloaded
        case .refused: self = .refused
        case .badRequest: self = .badRequest
        case .storeFailed: self = .storeFailed
        }
    }
}
