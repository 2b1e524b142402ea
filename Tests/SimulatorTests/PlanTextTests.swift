import Simulator
import Testing

@Suite struct PlanTextTests {
    @Test(arguments: Profile.allCases)
    func `Every drawn plan comes back from its text`(profile: Profile) throws {
        for seed in 0..<100 as Range<UInt64> {
            let plan = Plan.drawn(seed: seed &* 0x9e37_79b9_7f4a_7c15, profile: profile)
            #expect(plan.flaw() == nil, "seed \(seed)")
            #expect(try Plan(parsing: plan.text()) == plan, "seed \(seed)")
        }
    }

    @Test func `A plan with its operations written out comes back from its text`() throws {
        for seed in 0..<5 as Range<UInt64> {
            let plan = Plan.drawn(seed: seed, profile: .lite).expanded()
            #expect(plan.workloads.isEmpty)
            #expect(!plan.operations.isEmpty)
            #expect(try Plan(parsing: plan.text()) == plan)
        }
    }

    @Test func `Every fault comes back from its text`() throws {
        for fault in everyFault {
            var plan = diskPlan()
            plan.faults = [PlannedFault(at: 1, fault)]
            #expect(try Plan(parsing: plan.text()) == plan, "\(plan.text())")
        }
    }

    @Test func `Every operation and workload comes back from its text`() throws {
        var plan = Plan(seed: .max)
        for kind in OperationKind.allCases {
            var operation = PlannedOperation(at: 1_500_000, client: 3, kind, key: 9)
            plan.operations.append(operation)
            operation.node = 4
            operation.isRetried = true
            operation.ttlMilliseconds = kind.writesValue ? 1_250 : nil
            operation.bytes = 65_536
            plan.operations.append(operation)
        }
        for mix in Workload.Mix.allCases {
            plan.workloads.append(Workload(mix, rate: 0.1, from: 7, until: 12_345_678_901))
            plan.workloads[plan.workloads.count - 1].ttl = mix == .causal ? 0.25 : 0
        }
        #expect(try Plan(parsing: plan.text()) == plan)
    }

    @Test func `Every setting of a world comes back from its text`() throws {
        var plan = diskPlan()
        plan.name = "a-name"
        plan.story = ["First # no comment", "", "last"]
        plan.profile = "swarm"
        plan.expectedViolation = "L1"
        plan.world = everySettingChanged(plan.world)
        #expect(try Plan(parsing: plan.text()) == plan, "\(plan.text())")
    }

    @Test(arguments: [
        (0, "0s"), (15, "15ns"), (1_500, "1.5us"), (40_000, "40us"), (300_000_000, "300ms"),
        (12_500_000_000, "12.5s"), (1_000_000_001, "1.000000001s"),
        (UInt64.max, "18446744073.709551615s"),
    ])
    func `Times are written exactly`(time: UInt64, text: String) throws {
        var plan = Plan(seed: 1)
        plan.world.clientPatienceNanoseconds = time
        #expect(plan.text().contains("patience=\(text)"))
        #expect(try Plan(parsing: plan.text()) == plan)
    }

    @Test func `A plan says only what departs from the defaults`() {
        #expect(
            Plan(seed: 0x3fa2).text() == """
                seed 0x3fa2
                nodes 5
                quorum n=3 r=2 w=2
                clients 4 keys=10
                safety 60s

                """)
    }

    @Test func `Comments, blank lines and order do not matter`() throws {
        let plan = try Plan(
            parsing: """
                # a plan
                at 9s heal   # mended
                \tat 5s partition n1,n2|n3 , # no

                """.replacing(" , #", with: " #"))
        #expect(plan.faults.map(\.at) == [5_000_000_000, 9_000_000_000])
        #expect(plan.faults[0].fault == .partition([[0, 1], [2]]))
    }

    // MARK: Samples

    private func diskPlan() -> Plan {
        var plan = Plan(seed: 7)
        plan.world.store = .sqlite
        plan.world.destructible = [1]
        return plan
    }

    private var everyFault: [Fault] {
        let durations: [Fault] = [
            .cutClients(0, nanoseconds: 1), .halfOpen(from: 1, to: 0, nanoseconds: 2),
            .kill(1, downNanoseconds: 3), .powerLoss([0, 2], downNanoseconds: 4),
            .pause(1, nanoseconds: 5), .drain(1, downNanoseconds: 6), .wipe(1, downNanoseconds: 7),
            .restoreImage(1, downNanoseconds: 8), .fullDisk(1, nanoseconds: 9),
            .slowDisk(1, factor: 12.75, nanoseconds: 10), .clockFreeze(1, nanoseconds: 11),
            .clockStrobe(2, milliseconds: -1_500, periodNanoseconds: 3, nanoseconds: 12),
            .crashInTransaction(1, call: 7, isPowerLoss: true, downNanoseconds: 13),
            .crashInTransaction(1, call: 8, isPowerLoss: false, downNanoseconds: 14),
        ]
        let moments: [Fault] = [
            .partition([[0], [1, 2], [3]]), .majoritiesRing, .cut(from: 4, to: 0), .heal,
            .uncut(from: 4, to: 0), .rejoin(2),
            .reset(from: 1, to: 2), .saveImage(0), .stuckDisk(1), .lie(1, true), .lie(1, false),
            .rot(1, pages: 3), .misdirect(1), .stalePage(1), .clockJump(3, milliseconds: 5_000),
            .truncateLog(1, downNanoseconds: 15), .healCore([0, 1, 2]),
        ]
        let directions = Direction.allCases.flatMap { direction -> [Fault] in
            [.isolate(1, direction), .clog(2, direction, nanoseconds: 999)]
        }
        let calls = DiskCall.allCases.flatMap { call -> [Fault] in
            [.diskError(1, call, isSticky: true), .diskError(0, call, isSticky: false)]
        }
        return durations + moments + directions + calls
            + NoiseKnob.allCases.map { .noise($0, 0.1 / 3) }
    }

    private func everySettingChanged(_ start: World) -> World {
        var world = start
        (world.nodes, world.zones, world.partitions) = (6, 2, 64)
        (world.n, world.r, world.w) = (4, 3, 2)
        world.conflict = .lastWriteWins
        world.readRepair = .off
        world.transport = .datagram
        (world.clients, world.keys) = (9, 99)
        world.safetyNanoseconds = 1_234_567_890
        world.clientPatienceNanoseconds = 1
        world.clockSkewMilliseconds = [0, 5_000, -1, 0]
        world.clockDriftPPM = [0, -500, 77]
        world.serviceNanosecondsMean = 5_001
        world.isOverBudget = true
        world.disk.pageNanosecondsMean = 1
        world.disk.syncNanoseconds = 2
        world.disk.syncNanosecondsMean = 3
        (world.disk.readError, world.disk.writeError) = (0.1, 1e-7)
        (world.disk.syncError, world.disk.rot) = (1.0 / 3, .leastNonzeroMagnitude)
        return everyKnobChanged(everyNoiseChanged(world))
    }

    private func everyNoiseChanged(_ start: World) -> World {
        var world = start
        world.network.latencyNanoseconds = 1
        world.network.jitterNanosecondsMean = 2
        (world.network.tailProbability, world.network.tailNanosecondsMax) = (0.001, 3)
        (world.network.loss, world.network.duplication) = (0.3, 0.2)
        (world.network.overtaking, world.network.resets) = (0.1, 0.00001)
        (world.network.ambiguity, world.network.corruption) = (1, 2.5e-6)
        world.network.bytesPerSecond = 100_000
        return world
    }

    private func everyKnobChanged(_ start: World) -> World {
        var world = start
        world.node.timeoutMilliseconds = 1
        (world.node.heartbeatMilliseconds, world.node.suspectMilliseconds) = (2, 3)
        world.node.downMilliseconds = .max
        (world.node.siblingsMax, world.node.requestsMax) = (5, 6)
        (world.node.cacheKibibytes, world.node.checkpointPages) = (7, 8)
        return world
    }
}
