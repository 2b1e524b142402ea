import Primitives
import Testing

@testable import Staleness

@Suite struct PredictionTests {
    @Test func `a prediction is the same document for the same seed`() {
        let first = document(seed: 1)
        #expect(first == document(seed: 1))
        #expect(first != document(seed: 2))
        let start = """
            {"kind":"prediction","model":"tiny","n":2,"r":1,"w":1,"trials":1000,"seed":1,\
            "freshAtZero":1.0,"freshAtZeroInterval":{"low":0.9961732,"high":1.0},\
            "tVisibility":{"p":0.999,"milliseconds":0.0,"low":0.0,"high":null},\
            "kStaleness":[{"k":1,"probability":0.5,"low":0.5,"high":0.5},
            """
        #expect(first.hasPrefix(start), "\(first)")
        let end = #""writeLatencyCurve":["#
        #expect(first.contains(end) && first.hasSuffix(#"],"coordinators":"outside"}"#))
        #expect(first.contains(#""readLatency":{"p50":3.0,"p99":3.0,"p999":3.0}"#))
        #expect(
            first.contains(#""curve":[{"t":0.0,"probability":1.0,"low":0.9961732,"high":1.0}]"#))
    }

    private func document(seed: UInt64) -> String {
        let fit = DelayFit(
            name: "tiny", write: DelayDistribution(.constant(1)),
            acknowledgement: DelayDistribution(.uniform(low: 1, high: 2)),
            read: DelayDistribution(.constant(1)), response: DelayDistribution(.constant(2)))
        let model = WARSModel(fit, n: 2, nodes: 2, coordinators: .outside)
        let quorum = QuorumSizes(n: 2, r: 1, w: 1)
        var trials = WARSTrials(model: model, quorums: [quorum])
        trials.play(chunk: 0, of: 1000, seed: seed)
        var json = JSONText()
        Prediction(trials, quorum: quorum, seed: seed).write(into: &json)
        return json.text
    }
}

@Suite struct MeasuredDelaysTests {
    private func buckets(_ low: Double, _ count: UInt64) -> [DelayBucket] {
        [DelayBucket(low: low, high: low + 0.001, count: count)]
    }

    private func pair(_ from: Int, _ to: Int, _ count: UInt64) -> MeasuredDelays.Pair {
        var pair = MeasuredDelays.Pair(from: from, to: to)
        let scale = from == to ? 0.1 : 1.0
        pair.write = buckets(4 * scale, count)
        pair.acknowledgement = from == to ? [] : buckets(1, count)
        pair.read = buckets(2 * scale, count)
        pair.response = from == to ? [] : buckets(1, count)
        return pair
    }

    private func delays(count: UInt64, except missing: (Int, Int)? = nil) -> MeasuredDelays {
        var pairs: [MeasuredDelays.Pair] = []
        for from in 0..<3 {
            for to in 0..<3 where missing.map({ $0 != (from, to) }) ?? true {
                pairs.append(pair(from, to, count))
            }
        }
        return MeasuredDelays(nodes: ["n1", "n2", "n3"], pairs: pairs)
    }

    @Test func `replicas and coordinators are nodes`() throws {
        let quorum = QuorumSizes(n: 2, r: 1, w: 1)
        let (model, notices) = try delays(count: 100).model(named: "ring", n: 2)
        #expect(notices.isEmpty)
        var trials = WARSTrials(model: model, quorums: [quorum])
        trials.play(chunk: 0, of: 60_000, seed: 1)
        let result = trials.result(for: quorum)
        // The writer waits for its own store; the reader, in a third of the cases, for others.
        #expect(result.writeLatency.p999.map { abs($0 - 0.4) < 0.002 } == true)
        #expect(result.readLatency.p50.map { abs($0 - 0.2) < 0.002 } == true)
        #expect(result.readLatency.p99.map { abs($0 - 3) < 0.003 } == true)
        // Fresh at once: the reader is the writer; or no replica, and the nearest answer is its.
        #expect(abs(result.freshAtZero.probability - 0.5) < 0.01)
    }

    @Test func `a pair without samples takes those of all pairs, and says so`() throws {
        let (_, notices) = try delays(count: 100, except: (0, 1)).model(named: "ring", n: 3)
        #expect(notices.count == 4)
        #expect(notices.first?.contains("write requests from n1 to n2") == true)
    }

    @Test func `histograms of other layouts can stand in together`() throws {
        var pairs = (0..<9).map { pair($0 / 3, $0 % 3, 60) }
        pairs[1].write = [DelayBucket(low: 0, high: 4.0005, count: 60)]
        let quorum = QuorumSizes(n: 3, r: 1, w: 3)
        let measured = MeasuredDelays(nodes: ["n1", "n2", "n3"], pairs: pairs)
        let (model, notices) = try measured.model(named: "ring", n: 3)
        #expect(notices.count == 6 * 4 + 3 * 2)
        var trials = WARSTrials(model: model, quorums: [quorum])
        trials.play(chunk: 0, of: 60_000, seed: 1)
        // One pair of six is faster; the slower of two writes hides it in all but 1 of 36.
        #expect(abs(trials.writeLatency(w: 3, 0.5).milliseconds - 5) < 0.002)
        #expect(abs(trials.writeLatency(w: 3, 0.01).milliseconds - 3.4) < 0.3)
    }

    @Test func `too few samples are refused`() {
        #expect(throws: TooFewSamples(kind: "own writes", count: 12)) {
            try delays(count: 4).model(named: "ring", n: 3)
        }
    }
}
