import AntiEntropy
import Node

/// What a node's notes tell of repair, hints and the store: how often each happened.
struct RepairMetrics {
    private var readRepairs: UInt64 = 0
    private var hintsKept: UInt64 = 0
    private var hintsDelivered: UInt64 = 0
    private var hintsRefused: UInt64 = 0
    private var hintsDamaged: UInt64 = 0
    private var (exchangesDone, exchangesBroken): (UInt64, UInt64) = (0, 0)
    private var (exchanged, exchangedBytes) = ((sent: UInt64(0), received: UInt64(0)), UInt64(0))
    private var reaped: UInt64 = 0
    private var scrubs: UInt64 = 0
    private var scrubFindings: [(what: String, count: UInt64)] = [
        ("unreadable_record", 0), ("leaf", 0), ("hint", 0), ("unreadable_stretch", 0),
    ]
    private var unreadable: UInt64 = 0
    private var storeFailures: UInt64 = 0
    private var clocksAhead: UInt64 = 0

    mutating func count(_ note: Note) {
        switch note {
        case .readRepair: readRepairs += 1
        case .hintKept: hintsKept += 1
        case .hintsDelivered(_, let count): hintsDelivered += UInt64(count)
        case .hintRefused: hintsRefused += 1
        case .hintDamaged: hintsDamaged += 1
        case .exchanged(_, let counts, let isComplete): count(counts, isComplete)
        case .reaped(let count): reaped += UInt64(count)
        case .scrubbed(let counts, _): count(counts)
        case .unreadable: unreadable += 1
        case .storeFailed: storeFailures += 1
        case .clockAhead: clocksAhead += 1
        default: break
        }
    }

    private mutating func count(_ counts: Exchange.Counts, _ isComplete: Bool) {
        if isComplete { exchangesDone += 1 } else { exchangesBroken += 1 }
        exchanged.sent += counts.sent
        exchanged.received += counts.received
        exchangedBytes += counts.bytes
    }

    private mutating func count(_ counts: ScrubCounts) {
        scrubs += 1
        let found = [counts.unreadable, counts.leaves, counts.hintsMended, counts.lost]
        for (index, count) in found.enumerated() { scrubFindings[index].count += UInt64(count) }
    }

    func write(to text: inout MetricsText) {
        text.value(
            "dyna_read_repairs_total", .counter,
            "Replicas that knew less than a read found and were sent the merged record.",
            readRepairs)
        text.family("dyna_hints_total", .counter, "Hints, by what became of them.") {
            $0.sample(hintsKept, [("event", "kept")])
            $0.sample(hintsDelivered, [("event", "delivered")])
            $0.sample(hintsRefused, [("event", "refused")])
            $0.sample(hintsDamaged, [("event", "damaged")])
        }
        text.family("dyna_exchanges_total", .counter, "Exchanges that this node began.") {
            $0.sample(exchangesDone, [("outcome", "complete")])
            $0.sample(exchangesBroken, [("outcome", "broken_off")])
        }
        text.family(
            "dyna_exchange_records_total", .counter, "Records that exchanges repaired, by the way."
        ) {
            $0.sample(exchanged.sent, [("direction", "sent")])
            $0.sample(exchanged.received, [("direction", "received")])
        }
        text.value(
            "dyna_exchange_record_bytes_total", .counter, "Bytes of those records.",
            exchangedBytes)
        text.value(
            "dyna_reaped_records_total", .counter, "Dead records that were removed.", reaped)
        text.value("dyna_scrubs_total", .counter, "Scrubs that ended.", scrubs)
        text.family(
            "dyna_scrub_findings_total", .counter, "Damage that scrubs found, by what it was in."
        ) {
            for finding in scrubFindings { $0.sample(finding.count, [("what", finding.what)]) }
        }
        text.value(
            "dyna_unreadable_records_total", .counter,
            "Records that a request found unreadable.", unreadable)
        text.value(
            "dyna_store_failures_total", .counter,
            "How often the store stopped taking writes.", storeFailures)
        text.value(
            "dyna_clock_ahead_messages_total", .counter,
            "Messages that were refused because their sender's clock is too far ahead.",
            clocksAhead)
    }
}
