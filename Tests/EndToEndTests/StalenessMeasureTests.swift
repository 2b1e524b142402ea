import Testing

/// What `staleness measure --json` answers, as far as the tests look at it.
struct MeasurementDocument: Decodable {
    struct Interval: Decodable {
        let low: Double?
        let high: Double?
    }

    struct Visibility: Decodable {
        let p: Double
        let milliseconds: Double?
        let low: Double?
        let high: Double?
    }

    struct Versions: Decodable {
        let k: Int
        let probability: Double
    }

    struct Percentiles: Decodable {
        let p50: Double?
        let p99: Double?
        let p999: Double?
    }

    struct CurvePoint: Decodable {
        let t: Double
        let probability: Double
        let low: Double
        let high: Double
    }

    struct LatencyPoint: Decodable {
        let milliseconds: Double
        let probability: Double
    }

    struct Session: Decodable {
        let reads: Int
        let violations: Int
    }

    struct Outdated: Decodable {
        let p50: Double?
        let p99: Double?
        let max: Double?
    }

    struct Prediction: Decodable {
        let kind: String
        let n: Int
        let r: Int
        let w: Int
        let freshAtZero: Double
        let coordinators: String
    }

    struct Result: Decodable {
        let n: Int
        let r: Int
        let w: Int
        let freshAtZero: Double
        let freshAtZeroInterval: Interval
        let tVisibility: Visibility
        let kStaleness: [Versions]
        let readLatency: Percentiles
        let writeLatency: Percentiles
        let curve: [CurvePoint]
        let readLatencyCurve: [LatencyPoint]
        let writeLatencyCurve: [LatencyPoint]
        let readRepair: String
        let reads: Int
        let staleReads: Int
        let delta: Outdated
        let readYourWrites: Session
        let monotonicReads: Session
        let zeroMilliseconds: Double?
        let clientMilliseconds: Double
        let expectedAtZero: Double
        let prediction: Prediction
    }

    struct Load: Decodable {
        let operations: Int
        let readsPerSecond: Double
        let writesPerSecond: Double
        let bytes: Int
        let failures: [String: Int]
    }

    struct Samples: Decodable {
        let count: Int
        let p50: Double?
    }

    struct Pair: Decodable {
        let from: String
        let to: String
        let write: Samples
        let acknowledgement: Samples
        let read: Samples
        let response: Samples
        let injected: String?
    }

    let kind: String
    let cluster: String
    let started: String
    let nodes: [String]
    let seconds: Double
    let load: Load
    let delays: [Pair]
    let results: [Result]
}

extension EndToEnd {
    @Suite(.serialized) struct StalenessMeasureTests {
        @Test("Quorums that overlap show no stale read, and the ring keeps no trace of it")
        func overlappingQuorums() throws {
            try LocalRing.run { ring in
                let outcome = try ring.run(
                    "staleness", "measure", "--r", "2", "--w", "2", "--duration", "4s", "--json")
                let document = try outcome.decoded(MeasurementDocument.self)
                #expect(document.kind == "measurement" && document.nodes == ["n1", "n2", "n3"])
                #expect(document.load.failures.isEmpty && document.load.operations > 100)
                #expect(document.delays.count == 9)
                let result = try #require(document.results.first)
                #expect(document.results.count == 1)
                #expect(result.n == 3 && result.r == 2 && result.w == 2)
                #expect(result.reads > 100 && result.staleReads == 0)
                #expect(result.freshAtZero == 1 && result.prediction.freshAtZero == 1)
                #expect(result.tVisibility.milliseconds == 0)
                #expect(result.readYourWrites.violations == 0)
                #expect(result.monotonicReads.violations == 0)
                #expect(result.readYourWrites.reads > 10 && result.monotonicReads.reads > 10)
                #expect(result.kStaleness.map(\.k) == Array(1...10))
                #expect(result.readLatency.p50 ?? 0 > 0 && result.writeLatency.p50 ?? 0 > 0)
                #expect(result.readRepair == "off" && result.delta.max == nil)
                #expect(result.prediction.coordinators == "replica")
                try Self.expectNoTrace(in: ring)
            }
        }

        @Test("Slow links make reads stale, about as often as predicted from the delays")
        func slowLinks() throws {
            try LocalRing.run { ring in
                let outcome = try ring.run(
                    "staleness", "measure", "--r", "1", "--w", "1", "--duration", "6s",
                    "--delay", "*:*:write=exp:20ms", "--json")
                let document = try outcome.decoded(MeasurementDocument.self)
                let result = try #require(document.results.first)
                #expect(result.staleReads > 20)
                #expect(result.freshAtZero < 0.9)
                // Between coordinators t is longer than for a client, by at most what a request is
                // on its way to one: what was measured lies between the two predictions.
                #expect(result.prediction.freshAtZero < 0.9)
                #expect(result.freshAtZero > result.prediction.freshAtZero - 0.15)
                #expect(result.freshAtZero < result.expectedAtZero + 0.15)
                let late = result.curve.filter { $0.t > 200 }
                #expect(!late.isEmpty && late.allSatisfy { $0.probability > 0.9 })
                #expect(result.delta.max ?? 0 > 5)
                #expect(result.kStaleness[9].probability >= result.kStaleness[0].probability)
                for pair in document.delays where pair.from != pair.to {
                    #expect(pair.injected == "write exp:20ms")
                    #expect(pair.write.p50 ?? 0 > 5)
                    #expect(pair.write.count > 20 && pair.read.count > 20)
                }
                try Self.expectNoTrace(in: ring)
            }
        }

        @Test("A sweep measures every r and w, and the delays can be predicted from")
        func sweep() throws {
            try LocalRing.run { ring in
                let file = "\(ring.directory)/delays.json"
                let outcome = try ring.run(
                    "staleness", "measure", "--sweep", "--duration", "5s", "--t-max", "100ms",
                    "--delays-out", file, "--json")
                let document = try outcome.decoded(MeasurementDocument.self)
                let sizes = document.results.map { [$0.r, $0.w] }
                #expect(sizes == (1...3).flatMap { r in (1...3).map { [r, $0] } })
                for result in document.results {
                    #expect(result.reads > 10, "r=\(result.r) w=\(result.w)")
                    #expect(result.r + result.w <= 3 || result.staleReads == 0)
                    #expect(result.prediction.r == result.r && result.prediction.w == result.w)
                }
                let prediction = try Dynactl.run(
                    "staleness", "predict", "--model", file, "--n", "3", "--r", "1", "--w", "1",
                    "--trials", "10000", "--json")
                #expect(prediction.exitCode == 0, "\(prediction)")
                let text = try ring.run("staleness", "delays", "--json", on: 2)
                #expect(text.trimmed.hasPrefix(#"{"kind":"delays","nodes":["n1","n2","n3"]"#))
                try Self.expectNoTrace(in: ring)
            }
        }

        @Test("Ctrl-C ends it early, tells what was seen and leaves no delay and no key")
        func interruption() throws {
            let timeout = try #require(Program.installed("timeout"))
            try LocalRing.run { ring in
                let outcome = try timeout.run([
                    "--preserve-status", "-s", "INT", "4", try Dynactl.program().path,
                    "staleness", "measure", "--r", "1", "--w", "1", "--duration", "60s",
                    "--delay", "*:*=20ms", "--json", "--endpoint", ring.endpoint(0),
                ])
                #expect(outcome.exitCode == 130, "\(outcome)")
                #expect(outcome.errors.contains("interrupted"))
                let document = try outcome.decoded(MeasurementDocument.self)
                #expect(document.seconds < 30 && document.load.operations > 0)
                try Self.expectNoTrace(in: ring)
            }
        }

        @Test("What cannot be measured is refused with what to do")
        func refusals() throws {
            let nowhere = try Dynactl.run(
                "staleness", "measure", "--endpoint", "127.0.0.1:1")
            #expect(nowhere.exitCode == 69, "\(nowhere)")
            let contradiction = try Dynactl.run("staleness", "measure", "--sweep", "--r", "1")
            #expect(contradiction.exitCode == 64, "\(contradiction)")
            for delay in ["n1=5ms", "n1:n2", "n1:n2:sideways=5ms"] {
                let outcome = try Dynactl.run("staleness", "measure", "--delay", delay)
                #expect(outcome.exitCode == 64 && outcome.errors.contains("give"), "\(outcome)")
            }
            try LocalRing.run(nodes: 2) { ring in
                let tooMany = try ring.run("staleness", "measure", "--r", "3")
                #expect(tooMany.exitCode == 64, "\(tooMany)")
                #expect(tooMany.errors.contains("give 1 to 2"))
                let unknown = try ring.run("staleness", "measure", "--delay", "n1:n7=5ms")
                #expect(unknown.exitCode == 64 && unknown.errors.contains("n1, n2"))
                let nonsense = try ring.run(
                    "staleness", "measure", "--duration", "1s", "--delay", "n1:n2=soon")
                #expect(nonsense.exitCode == 64, "\(nonsense)")
                try Self.expectNoTrace(in: ring)
            }
            try LocalRing.run(nodes: 1) { ring in
                let alone = try ring.run("staleness", "measure")
                #expect(alone.exitCode == 64 && alone.errors.contains("one copy"), "\(alone)")
            }
        }

        /// No node holds back what it sends, and none holds a value.
        private static func expectNoTrace(in ring: LocalRing) throws {
            for node in 0..<ring.nodes {
                let connection = try RedisConnection(port: ring.port + node)
                let delays = try connection.call("DYNA.DELAY", "LIST")
                let isQuiet = delays.text?.contains(#""delays":[]"#) == true
                #expect(isQuiet, "n\(node + 1): \(delays)")
            }
            var values: [Int?] = []
            let isErased = try eventually(within: .seconds(10)) {
                values = try ring.members().map(\.liveRecords)
                return values.allSatisfy { $0 == 0 }
            }
            #expect(isErased, "values on the nodes: \(values)")
        }
    }
}
