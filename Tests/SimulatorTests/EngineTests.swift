import Primitives
import Testing

@testable import Simulator

/// The parts of the world do what their settings say.
@Suite struct EngineTests {
    @Test func `Draws have the mean and the frequency that were asked for`() {
        var random = RandomStream(seed: 1)
        let mean: UInt64 = 1_000_000
        var sum: UInt64 = 0
        for _ in 0..<200_000 { sum += random.exponential(mean: mean) }
        let measured = Double(sum) / 200_000
        #expect(abs(measured / Double(mean) - 1) < 0.01, "\(measured)")
        for probability in [0.001, 0.03, 0.3] {
            let count = (0..<200_000).count { _ in random.happens(probability) }
            let expected = 200_000 * probability
            // Four standard deviations of a binomial.
            #expect(abs(Double(count) - expected) < 4 * (expected * (1 - probability)).squareRoot())
        }
    }

    @Test func `Events come in the order of time, and all of them`() {
        var queue = EventQueue<Int>(ties: RandomStream(seed: 2))
        var random = RandomStream(seed: 3)
        let times = (0..<5_000).map { _ in random.below(500) }
        for (index, time) in times.enumerated() { queue.add(index, at: time) }
        var seen = Set<Int>()
        var last: UInt64 = 0
        while let time = queue.nextAt {
            let index = queue.removeFirst()
            #expect(time == times[index])
            #expect(time >= last)
            last = time
            seen.insert(index)
        }
        #expect(seen.count == times.count)
    }

    @Test func `A monotonic clock never goes back, and its inverse is right`() {
        for drift: Int64 in [-500, 0, 500] {
            var clock = VirtualClock(skewMilliseconds: -5_000, driftPPM: drift)
            var last: UInt64 = 0
            for step in 0..<2_000 {
                let time = UInt64(step) * 7_654_321
                if step % 50 == 0 { clock.jump(milliseconds: step % 100 == 0 ? 3_000 : -9_000) }
                let reading = clock.reading(at: time).nanoseconds
                #expect(reading >= last)
                last = reading
                let due = reading + 123_456
                let wake = clock.trueTime(ofMonotonic: due)
                #expect(clock.monotonic(at: wake) >= due)
                #expect(clock.monotonic(at: max(wake, 2_000) - 2_000) <= due)
            }
        }
    }

    @Test func `Partitions cut exactly the directed pairs that they name`() {
        func pairs(_ fault: Fault, _ nodes: Int = 5) -> Set<[Int]> {
            Set(fault.cutPairs(nodes: nodes).map { [$0.from, $0.to] })
        }
        #expect(pairs(.partition([[0], [1]]), 2) == [[0, 1], [1, 0]])
        #expect(pairs(.partition([[0, 1], [3, 4]])).count == 8)
        #expect(pairs(.partition([[0, 1], [3, 4]])).allSatisfy { !$0.contains(2) })
        #expect(pairs(.isolate(2, .inbound)) == [[0, 2], [1, 2], [3, 2], [4, 2]])
        #expect(pairs(.isolate(2, .outbound)) == [[2, 0], [2, 1], [2, 3], [2, 4]])
        #expect(pairs(.isolate(2, .both)).count == 8)
        #expect(pairs(.cut(from: 1, to: 3)) == [[1, 3]])
        for count in 4...9 {
            let ring = pairs(.majoritiesRing, count)
            #expect(!ring.isEmpty && ring.allSatisfy { ring.contains([$0[1], $0[0]]) })
            let circles = (0..<count).map { node in
                Set((0..<count).filter { !ring.contains([node, $0]) })
            }
            #expect(circles.allSatisfy { $0.count > count / 2 && $0.count < count })
            #expect(Set(circles).count == count, "\(count): \(circles)")
        }
    }

    @Test func `A stream keeps its order through cuts, heals and clogs`() {
        let link = SimulatedLink(from: 0, to: 1, seed: 4)
        var random = RandomStream(seed: 5)
        var sent: UInt8 = 0
        var received: [UInt8] = []
        var now: UInt64 = 0
        while sent < 200 {
            now += random.below(100)
            switch random.below(8) {
            case 0: link.hold()
            case 1: link.release(at: now + random.below(50))
            case 2: link.expedite(to: now + 10)
            case 3, 4:
                while let first = link.first, first.arrival <= now {
                    received += link.popFirst()?.bytes ?? []
                }
            default:
                let isHeld = link.holdsBack
                let arrival = max(now + random.below(80), link.lastArrival + 1)
                if !isHeld { link.lastArrival = arrival }
                link.append(
                    SimulatedLink.Frame(
                        bytes: [sent], generation: 1,
                        arrival: isHeld ? SimulatedLink.Frame.held : arrival))
                sent += 1
            }
        }
        link.release(at: now)
        while let frame = link.popFirst() { received += frame.bytes }
        #expect(received == Array(0..<200))
    }

    @Test func `A run is a function of its plan`() {
        let plan = Plan.drawn(seed: 12, profile: .lite)
        let first = Simulation(plan).run()
        let second = Simulation(plan).run()
        #expect(first.traceHash == second.traceHash)
        #expect(first.checkpoints == second.checkpoints)
        #expect(first.events > 1_000)
        #expect(Simulation(Plan.drawn(seed: 13, profile: .lite)).run().traceHash != first.traceHash)
        var logged = RunOptions()
        logged.log = .events
        logged.hasTimeline = false
        #expect(Simulation(plan, options: logged).run().traceHash == first.traceHash)
    }

    @Test func `A partition's band ends when its nodes are joined again`() throws {
        let plan = try Plan(
            parsing: """
                nodes 5
                clients 1 keys=1
                at 1s isolate n2 both
                at 2s cut n3 > n4
                at 3s isolate n5 both
                at 4s rejoin n2
                at 5s uncut n3 > n4
                safety 7s

                """)
        var options = RunOptions()
        options.hasTimeline = true
        let bands = try #require(Simulation(plan, options: options).run().timeline).bands
            .filter { $0.kind == "partition" }
        #expect(bands.map(\.nodes) == [[1], [2, 3], [4]])
        #expect(bands.map { $0.until / Time.second } == [4, 5, 7])
    }

    @Test func `Both kinds of store give the same run on disks without faults`() {
        for seed: UInt64 in 1...2 {
            var plan = Plan.drawn(seed: seed, profile: .calm)
            plan.world.safetyNanoseconds = 10 * Time.second
            for index in plan.workloads.indices {
                plan.workloads[index].from = 0
                plan.workloads[index].until = 10 * Time.second
            }
            plan.world.store = .dictionary
            let dictionary = Simulation(plan).run()
            plan.world.store = .sqlite
            let sqlite = Simulation(plan).run()
            #expect(dictionary.traceHash == sqlite.traceHash, "seed \(seed)")
            #expect(dictionary.hasPassed && sqlite.hasPassed)
        }
    }

    @Test func `A constant shift of all calendars changes nothing but timestamps`() {
        var plan = Plan(seed: 9)
        plan.world.safetyNanoseconds = 10 * Time.second
        plan.workloads = [Workload(.causal, rate: 50, until: 10 * Time.second)]
        plan.faults = [
            PlannedFault(at: 3 * Time.second, .kill(1, downNanoseconds: Time.second)),
            PlannedFault(at: 6 * Time.second, .partition([[0], [1, 2, 3, 4]])),
        ]
        let here = Simulation(plan).run()
        plan.world.clockSkewMilliseconds = Array(repeating: 86_400_000, count: 5)
        let there = Simulation(plan).run()
        #expect(here.hasPassed && there.hasPassed)
        #expect(here.events == there.events)
        #expect(here.acknowledged == there.acknowledged)
        #expect(here.convergedNanoseconds == there.convergedNanoseconds)
    }

    @Test func `A pause delivers everything afterwards, and a run without faults loses nothing`() {
        var plan = Plan(seed: 10)
        plan.world.safetyNanoseconds = 10 * Time.second
        plan.workloads = [Workload(.causal, rate: 50, until: 9 * Time.second)]
        plan.faults = [PlannedFault(at: 3 * Time.second, .pause(1, nanoseconds: 600_000_000))]
        let report = Simulation(plan).run()
        #expect(report.hasPassed, "\(report.violations)")
        #expect(report.unknown == 0)
    }

    @Test func `Every judge and every moment has a place of its own`() {
        #expect(Oracle.allCases.map(\.position) == Array(Oracle.allCases.indices))
        #expect(Sometimes.allCases.map(\.position) == Array(Sometimes.allCases.indices))
    }
}
