import Primitives
import Testing

@testable import Staleness

@Suite struct StalenessProbeTests {
    static let quorum = QuorumSizes(n: 3, r: 1, w: 1)

    static func write(_ version: Int, _ start: UInt64, _ acknowledged: UInt64?) -> ObservedWrite {
        ObservedWrite(
            key: 1, version: version, session: 0, start: start, acknowledged: acknowledged)
    }

    static func read(
        _ version: Int, at start: UInt64, session: Int = 1, took: UInt64 = 1
    ) -> ObservedRead {
        ObservedRead(
            key: 1, session: session, start: start, end: start + took, version: version)
    }

    static func findings(
        _ writes: [ObservedWrite], _ reads: [ObservedRead]
    ) -> StalenessProbe.Findings {
        StalenessProbe(quorum).findings(in: StalenessHistory(writes: writes, reads: reads))
    }

    @Test("A read is fresh if it returns the newest acknowledged version or a newer one")
    func freshness() {
        let writes = [Self.write(1, 0, 10), Self.write(2, 20, 30)]
        func judge(_ version: Int, at time: UInt64) -> JudgedRead? {
            KeyTimeline(writes).judge(Self.read(version, at: time))
        }
        #expect(judge(0, at: 9) == nil)
        #expect(judge(1, at: 9) == nil)
        #expect(judge(1, at: 10)?.isFresh == true)
        #expect(judge(0, at: 10)?.isFresh == false)
        #expect(judge(2, at: 25)?.isFresh == true)
        #expect(judge(1, at: 29)?.isFresh == true)
        #expect(
            judge(1, at: 37) == JudgedRead(sinceNewest: 7, versionsBehind: 1, outdatedFor: 7))
        #expect(
            judge(0, at: 37) == JudgedRead(sinceNewest: 7, versionsBehind: 2, outdatedFor: 27))
    }

    @Test("A write without an acknowledgement requires nothing, and reading it is fresh")
    func unacknowledgedWrites() {
        let writes = [Self.write(1, 0, 10), Self.write(2, 20, nil), Self.write(3, 40, 50)]
        let timeline = KeyTimeline(writes)
        #expect(timeline.judge(Self.read(1, at: 45))?.isFresh == true)
        #expect(timeline.judge(Self.read(2, at: 45))?.isFresh == true)
        #expect(
            timeline.judge(Self.read(2, at: 55))
                == JudgedRead(sinceNewest: 5, versionsBehind: 1, outdatedFor: 5))
        #expect(timeline.judge(Self.read(1, at: 55))?.versionsBehind == 1)
    }

    @Test("Nothing found and nothing written make no findings, and no trap")
    func nothing() {
        let empty = Self.findings([], [])
        #expect(empty.reads == 0 && empty.staleReads == 0 && empty.delta.max == nil)
        #expect(empty.result.tVisibility.milliseconds == nil && empty.result.curve.isEmpty)
        let early = Self.findings([Self.write(1, 5, 10)], [Self.read(0, at: 2, took: 3)])
        #expect(early.reads == 0)
        #expect(early.result.readLatency.p50 == 3e-6)
        let missed = Self.findings([Self.write(1, 5, 10)], [Self.read(0, at: 12)])
        #expect(missed.reads == 1 && missed.staleReads == 1)
        #expect(missed.delta.max == 2e-6)
    }

    @Test("Sessions miss what they wrote and what they have seen")
    func sessions() {
        let writes = [Self.write(1, 0, 10), Self.write(2, 20, 30)]
        let own = [Self.read(1, at: 40, session: 0), Self.read(2, at: 50, session: 0)]
        let others = [
            Self.read(2, at: 40, session: 1), Self.read(1, at: 50, session: 1),
            Self.read(1, at: 52, session: 2), Self.read(1, at: 60, session: 2),
        ]
        let findings = Self.findings(writes, own + others)
        #expect(findings.readYourWrites == SessionGuarantee(reads: 2, violations: 1))
        #expect(findings.monotonicReads == SessionGuarantee(reads: 3, violations: 1))
    }

    @Test("A read that began before another ended owes it nothing")
    func overlappingReads() {
        let writes = [Self.write(1, 0, 10), Self.write(2, 20, 30)]
        let reads = [Self.read(2, at: 40, took: 20), Self.read(1, at: 50, took: 1)]
        #expect(Self.findings(writes, reads).monotonicReads.reads == 0)
    }

    @Test("Time to visibility comes from the pooled curve, with bounds where there is enough")
    func timeToVisibility() {
        func judged(_ milliseconds: Double, fresh: Int, stale: Int) -> [JudgedRead] {
            let since = UInt64(milliseconds * 1e6)
            let good = JudgedRead(sinceNewest: since, versionsBehind: 0, outdatedFor: 0)
            let bad = JudgedRead(sinceNewest: since, versionsBehind: 1, outdatedFor: since)
            return Array(repeating: good, count: fresh) + Array(repeating: bad, count: stale)
        }
        func time(_ reads: [JudgedRead]) -> TimeToVisibility {
            FreshnessCells(reads, StalenessProbe.Bins()).timeToVisibility(0.999)
        }
        let few = judged(0, fresh: 50, stale: 50) + judged(10, fresh: 199, stale: 1)
        #expect(time(few).milliseconds == nil && time(few).high == nil)
        #expect(time(few).low == 10)
        let clear = few + judged(20, fresh: 100, stale: 0) + judged(40, fresh: 4_000, stale: 0)
        #expect(time(clear).milliseconds == 20)
        #expect(time(clear).low == 10)
        #expect(time(clear).high == 40)
        // A late stale read takes the earlier bins with it.
        let late = judged(5, fresh: 400, stale: 0) + judged(50, fresh: 399, stale: 1)
        #expect(time(late + judged(90, fresh: 10, stale: 0)).milliseconds == 90)
        #expect(time(judged(0, fresh: 5_000, stale: 0)).high == 0)
        #expect(
            time([])
                == TimeToVisibility(
                    probability: 0.999, milliseconds: nil, low: nil, high: nil))
    }
}

/// The definitions once more, as slowly as they are written in a book.
private struct NaiveProbe {
    let history: StalenessHistory

    func acknowledged(_ key: Int, _ session: Int? = nil, by time: UInt64) -> [ObservedWrite] {
        history.writes.filter { write in
            guard let at = write.acknowledged else { return false }
            return write.key == key && at <= time && session ?? write.session == write.session
        }
    }

    var judged: [JudgedRead] {
        history.reads.compactMap { read in
            let known = acknowledged(read.key, by: read.start)
            guard let required = known.max(by: { $0.version < $1.version }) else { return nil }
            let newer = known.filter { $0.version > read.version }
            return JudgedRead(
                sinceNewest: read.start - (required.acknowledged ?? 0),
                versionsBehind: newer.count,
                outdatedFor: newer.compactMap(\.acknowledged).min().map { read.start - $0 } ?? 0)
        }
    }

    var readYourWrites: SessionGuarantee {
        var guarantee = SessionGuarantee()
        for read in history.reads {
            let own = acknowledged(read.key, read.session, by: read.start)
            guard let newest = own.map(\.version).max() else { continue }
            guarantee.count(isKept: read.version >= newest)
        }
        return guarantee
    }

    var monotonicReads: SessionGuarantee {
        var guarantee = SessionGuarantee()
        for read in history.reads {
            let earlier = history.reads.filter { other in
                other.key == read.key && other.session == read.session && other.end < read.start
            }
            guard let newest = earlier.map(\.version).max() else { continue }
            guarantee.count(isKept: read.version >= newest)
        }
        return guarantee
    }
}

extension StalenessProbeTests {
    private static func order(_ left: JudgedRead, _ right: JudgedRead) -> Bool {
        (left.sinceNewest, left.versionsBehind, left.outdatedFor)
            < (right.sinceNewest, right.versionsBehind, right.outdatedFor)
    }

    /// Whether the probe and the book agree on a history.
    private static func agrees(_ history: StalenessHistory) -> Bool {
        let naive = NaiveProbe(history: history)
        let judged = StalenessProbe.judge(history)
        let findings = StalenessProbe(quorum).findings(in: history)
        return judged.sorted(by: order) == naive.judged.sorted(by: order)
            && findings.reads == naive.judged.count
            && findings.staleReads == naive.judged.count { !$0.isFresh }
            && findings.readYourWrites == naive.readYourWrites
            && findings.monotonicReads == naive.monotonicReads
    }

    @Test("All histories of two writes and two reads are judged as the definitions say")
    func smallScope() {
        // Times on a grid of four, in every combination that a writer and a reader can produce.
        let spans = (0..<4 as Range<UInt64>).flatMap { start in
            (start..<4).map { (start, $0) }
        }
        let writes = spans.flatMap { first in
            spans.filter { $0.0 >= first.1 }.flatMap { second in
                [nil, first.1].map { acknowledged in
                    [
                        Self.write(1, first.0, acknowledged),
                        Self.write(2, second.0, second.1),
                    ]
                }
            }
        }
        let reads = spans.flatMap { span in
            (0...2).map { version in
                ObservedRead(
                    key: 1, session: 0, start: span.0, end: span.1, version: version)
            }
        }
        let pairs = reads.indices.flatMap { first in
            reads[first...].map { [reads[first], $0] }
        }
        #expect(writes.count * pairs.count == 32_550)
        for writes in writes {
            let wrong = pairs.first {
                !Self.agrees(StalenessHistory(writes: writes, reads: $0))
            }
            #expect(wrong == nil, "judged otherwise than defined: \(writes)")
        }
    }

    @Test("Random histories of several keys and sessions are judged as the definitions say")
    func randomHistories() {
        for seed in 0..<400 as Range<UInt64> {
            var random = RandomStream(root: seed, name: "history")
            var history = StalenessHistory()
            for key in 0..<3 {
                var time: UInt64 = 0
                for version in 1...Int.random(in: 1...8, using: &random) {
                    time += UInt64.random(in: 0...5, using: &random)
                    let end = time + UInt64.random(in: 0...9, using: &random)
                    let isLost = Int.random(in: 0..<5, using: &random) == 0
                    history.writes.append(
                        ObservedWrite(
                            key: key, version: version, session: key, start: time,
                            acknowledged: isLost ? nil : end))
                }
                for _ in 0..<20 {
                    let start = UInt64.random(in: 0...50, using: &random)
                    history.reads.append(
                        ObservedRead(
                            key: key, session: Int.random(in: 0...3, using: &random),
                            start: start, end: start + UInt64.random(in: 0...9, using: &random),
                            version: Int.random(in: 0...9, using: &random)))
                }
            }
            history.reads.shuffle(using: &random)
            history.writes.shuffle(using: &random)
            #expect(Self.agrees(history), "seed \(seed)")
        }
    }

    @Test("The pooled fit ascends, keeps the totals and is the best of all on a grid")
    func isotonicFit() {
        let fit = IsotonicFit([(1, 2), (0, 2), (2, 2), (1, 3)])
        #expect(fit.blocks.map(\.first) == [0, 2])
        #expect(fit.blocks.map(\.successes) == [1, 3])
        #expect(fit.blocks.map(\.trials) == [4, 5])
        for seed in 0..<300 as Range<UInt64> {
            var random = RandomStream(root: seed, name: "fit")
            let cells = (0..<4).map { _ in
                let trials = Int.random(in: 1...4, using: &random)
                return (successes: Int.random(in: 0...trials, using: &random), trials: trials)
            }
            let blocks = IsotonicFit(cells).blocks
            let shares = blocks.map { Double($0.successes) / Double($0.trials) }
            #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 < $1 || $0 == $1 })
            #expect(blocks.reduce(0) { $0 + $1.trials } == cells.reduce(0) { $0 + $1.trials })
            // The least squares among all ascending shares are those of the max-min formula.
            let best = Self.maxMin(cells)
            for (index, share) in best.enumerated() {
                let block = blocks.last { $0.first <= index }
                let own = block.map { Double($0.successes) / Double($0.trials) } ?? -1
                #expect(abs(own - share) < 1e-12, "seed \(seed)")
            }
        }
    }

    /// The isotonic regression by its definition: max over starts of min over ends of the means.
    private static func maxMin(_ cells: [(successes: Int, trials: Int)]) -> [Double] {
        cells.indices.map { index in
            (0...index).map { start in
                (index..<cells.count).map { end in
                    let part = cells[start...end]
                    return Double(part.reduce(0) { $0 + $1.successes })
                        / Double(part.reduce(0) { $0 + $1.trials })
                }.min() ?? 1
            }.max() ?? 0
        }
    }
}
