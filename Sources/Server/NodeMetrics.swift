import Node
import Quorum
import Replica
import Staleness

/// How long a commit took and how many commands it was for; told by the store's thread.
struct CommitMeasure: Sendable {
    let seconds: Double
    let commands: Int
}

/// Everything that a node counts for whoever watches it; confined to the loop.
struct NodeMetrics {
    var requests = RequestMetrics()
    var repair = RepairMetrics()
    private var commits = BoundedHistogram(BoundedHistogram.seconds)
    private var batches = BoundedHistogram(BoundedHistogram.commands)

    mutating func count(_ commit: CommitMeasure) {
        commits.observe(commit.seconds)
        batches.observe(Double(commit.commands))
    }

    /// Writes all that is counted here and all that the node tells.
    ///
    /// - Parameters:
    ///   - counts: what the store holds; nil where it did not answer.
    ///   - queued: the bytes that wait for each other member, by name.
    func write(
        _ figures: NodeFigures, counts: RecordCounts?, queued: [(name: String, bytes: Int)],
        to text: inout MetricsText
    ) {
        requests.write(to: &text)
        write(figures.freshness, to: &text)
        write(delaysOf: figures, to: &text)
        write(counts, to: &text)
        repair.write(to: &text)
        text.family(
            "dyna_store_commit_duration_seconds", .histogram,
            "From when the store took a batch up until what it wrote was durable."
        ) { commits.write(to: &$0) }
        text.family(
            "dyna_store_batch_commands", .histogram, "Commands that shared a commit."
        ) { batches.write(to: &$0) }
        write(load: figures, queued, to: &text)
    }

    private func write(_ freshness: ReadFreshnessCounts, to text: inout MetricsText) {
        text.family(
            "dyna_reads_judged_total", .counter,
            "Reads of which it is known whether the reply was stale, or not; and how it was."
        ) {
            $0.sample(freshness.judged - freshness.stale, [("freshness", "fresh")])
            $0.sample(freshness.stale, [("freshness", "stale")])
            $0.sample(freshness.unjudged, [("freshness", "unknown")])
        }
        text.family(
            "dyna_stale_read_age_seconds", .summary,
            "For how long, at most, what stale reads told had been outdated."
        ) { freshness.ages.write(to: &$0) }
    }

    private func write(delaysOf figures: NodeFigures, to text: inout MetricsText) {
        text.family(
            "dyna_one_way_delay_seconds", .summary,
            "How long messages to and from each replica took, as this node coordinated."
        ) { text in
            for peer in figures.peers {
                for kind in DelayKind.allCases {
                    peer.delays[kind].write(
                        to: &text, [("peer", peer.name), ("kind", kind.rawValue)])
                }
            }
        }
        text.family(
            "dyna_clock_offset_seconds", .gauge,
            "How far the clock of a member seems to be ahead of this node's."
        ) { text in
            for peer in figures.peers {
                guard let offset = peer.delays.offset.microseconds else { continue }
                text.sample(Double(offset) / 1_000_000, [("peer", peer.name)])
            }
        }
    }

    private func write(_ counts: RecordCounts?, to text: inout MetricsText) {
        text.family("dyna_records", .gauge, "Records that the store holds.") {
            guard let counts else { return }
            $0.sample(counts.live, [("state", "live")])
            $0.sample(counts.records - min(counts.live, counts.records), [("state", "deleted")])
        }
        text.family("dyna_hints_pending", .gauge, "Hints kept for other members.") {
            if let counts { $0.sample(counts.hints) }
        }
        text.family("dyna_hints_pending_bytes", .gauge, "Bytes that those hints take.") {
            if let counts { $0.sample(counts.hintBytes) }
        }
    }

    private func write(
        load figures: NodeFigures, _ queued: [(name: String, bytes: Int)],
        to text: inout MetricsText
    ) {
        text.value(
            "dyna_store_queue_commands", .gauge, "Commands that wait for the store.",
            figures.storeCommands)
        text.value(
            "dyna_requests_in_flight", .gauge, "Requests that wait for an answer.", figures.requests
        )
        text.family("dyna_peer_queue_bytes", .gauge, "Bytes that wait for a member's link.") {
            for peer in queued { $0.sample(peer.bytes, [("peer", peer.name)]) }
        }
        text.family("dyna_members", .gauge, "Members as this node sees them, itself included.") {
            for state in ["up", "suspect", "down"] {
                $0.sample(figures.members.count { $0.status == state }, [("state", state)])
            }
        }
        text.value(
            "dyna_ready", .gauge, "1 where quorum requests can be served.", figures.isReady ? 1 : 0)
    }
}

extension DelayHistogram {
    /// Writes the quantiles in seconds.
    fileprivate func write(to text: inout MetricsText, _ labels: [MetricsText.Label] = []) {
        for share in [0.5, 0.99, 0.999] {
            let seconds = quantile(share).map { Double($0) / 1_000_000 } ?? .nan
            text.sample(seconds, labels + [("quantile", "\(share)")])
        }
        text.sample(Double(sum) / 1_000_000, labels, suffix: "_sum")
        text.sample(count, labels, suffix: "_count")
    }
}
