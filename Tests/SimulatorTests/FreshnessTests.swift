import Primitives
import Staleness
import Testing

@testable import Simulator

@Suite struct FreshnessTests {
    func run(
        _ fit: PublishedFit = .linkedInDisk, r: Int = 1, w: Int = 1, writes: Int = 300
    ) -> StalenessRun {
        var run = StalenessRun(delays: fit.fit)
        (run.r, run.w, run.workload.writes) = (r, w, writes)
        return run
    }

    @Test func `The same seed gives the same document, byte for byte, another one another`() {
        func document(seed: UInt64) -> String {
            var document = SimulationDocument(trials: WARSTrials.chunkTrials)
            var run = run(writes: 100)
            run.seed = seed
            document.add(run)
            run.hasPartitions = true
            document.add(run)
            return document.json
        }
        #expect(document(seed: 5) == document(seed: 5))
        #expect(document(seed: 5) != document(seed: 6))
    }

    @Test(arguments: PublishedFit.allCases)
    func `Reads of real nodes are as stale as the model says`(fit: PublishedFit) throws {
        for (r, w) in [(1, 1), (1, 2), (2, 1)] {
            var document = SimulationDocument(trials: WARSTrials.chunkTrials)
            document.add(run(fit, r: r, w: w))
            let entry = try #require(document.entries.first)
            #expect(entry.agreement?.holds == true, "r=\(r) w=\(w): \(entry.note)")
            #expect(entry.violations.isEmpty)
            #expect(entry.report.writes == 300)
            #expect(entry.report.reads(because: .writeInFlight) == entry.report.staleReads)
        }
    }

    @Test func `More nodes than copies: a coordinator that is no replica is in the model too`()
        throws
    {
        var document = SimulationDocument(trials: WARSTrials.chunkTrials)
        var run = run(writes: 600)
        run.nodes = 5
        document.add(run)
        let entry = try #require(document.entries.first)
        #expect(entry.agreement?.holds == true, "\(entry.note)")
        #expect(entry.violations.isEmpty)
    }

    @Test func `Every stale read has one cause, and partitions bring others than delays`() throws {
        var run = run(writes: 600)
        run.hasPartitions = true
        let report = try #require(run.run().freshness)
        #expect(report.causes.reduce(0, +) == report.staleReads)
        #expect(report.reads(because: .writeInFlight) > 0)
        #expect(report.reads(because: .hintPending) > 0)
        #expect(report.reads(because: .messageLost) > 0)
        #expect(report.readYourWrites.violations == report.staleReads)
        #expect(report.deltasNanoseconds.count == report.staleReads)
    }

    @Test func `Where nobody keeps hints and reads do not repair, that is the cause`() throws {
        var run = run(writes: 160)
        run.hasPartitions = true
        // Reads go on for longer than the write's time, which is two seconds.
        run.workload.spanNanoseconds = 8_000_000_000
        var plan = run.plan()
        plan.world.node.hintBytesMax = 0
        var options = RunOptions()
        options.endsWithFreshness = true
        let report = try #require(Simulation(plan, options: options).run().freshness)
        #expect(report.reads(because: .repairOff) > 0)
        #expect(report.reads(because: .hintPending) == 0)
    }

    @Test func `Reads of a blocking repair are never stale, and never go back`() throws {
        var run = run(writes: 200)
        run.readRepair = .blocking
        let outcome = run.run()
        let report = try #require(outcome.freshness)
        #expect(outcome.violations.isEmpty)
        #expect(report.monotonicReads.violations == 0)
        #expect(report.staleReads == 0)
    }

    @Test func `The distances ascend from 0 to the span`() {
        var workload = FreshnessWorkload()
        workload.spanNanoseconds = 5_000_000
        let distances = workload.distancesNanoseconds
        #expect(distances.count == FreshnessWorkload.distances)
        #expect(distances.first == 0 && distances.last == 5_000_000)
        #expect(distances == distances.sorted())
        #expect((4_900...5_100).contains(distances[1]))
    }

    @Test func `A message is free to overtake another one on the same link`() throws {
        var options = RunOptions()
        options.endsWithFreshness = true
        let simulation = Simulation(run(.yammer, writes: 400).plan(), options: options)
        #expect(simulation.run().hasPassed)
        // In the order of sending, one after the other from the same writer.
        let flights = try #require(simulation.freshness?.lines[3].flights).filter { $0.target == 1 }
        let isOvertaken = zip(flights, flights.dropFirst()).contains { $0.dueAt > $1.dueAt }
        #expect(flights.count > 5 && isOvertaken)
    }

    // MARK: Plans

    @Test(arguments: [
        "delays lnkd-ssd",
        "delays name=mine write=0.75*pareto(0.2,10)+0.25*exponential(1.6)"
            + " acknowledgement=constant(1) read=uniform(0,2)"
            + " response=log-normal(0.4,1.5) remote=75ms",
        "delays name=seen write=measured(0,1,5,1,2.5,7) acknowledgement=constant(0)"
            + " read=constant(0) response=constant(0)",
    ])
    func `Delays and the workload come back as they were written`(line: String) throws {
        let text = "freshness writes=10 probes=3 t-max=20ms pause=1s\n\(line)\n"
        let plan = try Plan(parsing: text)
        #expect(plan.world.freshness.pauseNanoseconds == 1_000_000_000)
        #expect(plan.text().contains(line))
        #expect(try Plan(parsing: plan.text()) == plan)
    }

    @Test(arguments: [
        "freshness writes=10",
        "freshness writes=10 probes=0\ndelays ymmr",
        "freshness writes=10 probes=26\ndelays ymmr",
        "freshness writes=10 t-max=10us\ndelays ymmr",
        "freshness writes=10\ndelays ymmr\nworkload causal rate=1 from=0s until=5s",
        "delays yammer",
        "delays name=x write=pareto(1) acknowledgement=constant(1) read=constant(1)"
            + " response=constant(1)",
        "delays name=x write=0.5*constant(1) acknowledgement=constant(1) read=constant(1)",
    ])
    func `What makes no sense is refused`(text: String) {
        #expect(throws: PlanTextError.self) { try Plan(parsing: text) }
    }
}
