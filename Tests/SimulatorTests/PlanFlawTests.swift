import Simulator
import Testing

@Suite struct PlanFlawTests {
    @Test(arguments: [
        ("nodez 5", "'nodez' is no directive"),
        ("nodes five", "nodes is a whole number such as 4, not 'five'"),
        ("nodes 5 rooms=2", "expected zones=… or partitions=…, not 'rooms=2'"),
        ("nodes 5 zones=6", "write zones=1 to zones=5"),
        ("nodes 5 partitions=12", "a power of two"),
        ("quorum n=6", "n=6 needs 6 nodes; there are 5"),
        ("quorum r=4", "r=4 must be from 1 to n=3"),
        ("quorum w=0", "w=0 must be from 1 to n=3"),
        ("quorum conflict=fifo", "conflict is siblings or lastWriteWins, not 'fifo'"),
        ("store paper", "store is dictionary or sqlite, not 'paper'"),
        ("network loss=2", "loss is a probability from 0 to 1"),
        ("network latency=5", "latency is a time such as"),
        ("disk sync-error=0.1", "write store sqlite"),
        ("node suspect=100ms", "suspect must be longer than heartbeat"),
        ("clock-skew 5s", "a time with a sign such as +5s"),
        ("destructible n6", "there is no node n6"),
        ("destructible n1,n2", "n=3 r=2 w=2 can spare 1 nodes, not 2"),
        ("expect O99", "expected O1, O2"),
        ("workload causal rate=0 from=0s until=1s", "rate=… with requests per second"),
        ("workload causal rate=1 from=0s until=61s", "safety 60s"),
        ("workload causal rate=1 from=0s until=6s ttl=1.5", "a share from 0 to 1"),
        ("at 1s c1 update k1 ttl=0s", "up to a day"), ("at 1s c1 get k1 ttl=1s", "can expire"),
        ("at 1s c1 update k1 ttl=1.5ms", "a time such as 3s"),
        ("at 5s explode", "'explode' is no fault and no client"),
        ("at 5 heal", "a time such as 12.5s"),
        ("at 60s heal", "earlier than the end of the faults, safety 60s"),
        ("at 61s heal-core n1", "earlier than the end of the faults"),
        ("at 5s heal now", "'now' is too much on this line"),
        ("at 5s partition n1,n2", "two sides or more"),
        ("at 5s partition n1 | n1", "n1 is named twice"),
        ("at 5s cut n1 n2", "expected 'n1 > n2', not 'n2'"),
        ("at 5s cut n1 > n1", "two different ends"),
        ("at 5s isolate n9 both", "there is no node n9; there are n1 to n5"),
        ("at 5s pause n1", "expected 'for 3s'"),
        ("at 5s kill n1", "the line ends where down=… with a time such as 3s is expected"),
        ("at 5s full-disk n1 for 2s", "write store sqlite"),
        ("at 5s wipe n1 down=1s", "write destructible n1"),
        ("at 5s noise loss=7", "expected a probability such as loss=0.01"),
        ("at 5s c5 get k1", "there is no client c5"),
        ("at 5s c1 get k11", "there is no key k11"),
        ("at 5s c1 get n1", "expected a key such as k1, not 'n1'"),
        ("at 5s c1 get k1 via n6", "there is no node n6"),
        ("at 61s c1 get k1", "earlier than the end of the faults"),
        ("at 99999999999999s heal", "a time such as 12.5s"),
    ])
    func `A wrong line is named, with what to write instead`(line: String, reason: String) {
        let error = #expect(throws: PlanTextError.self) {
            try Plan(parsing: "# a plan\n\n\(line)\nseed 5\n")
        }
        #expect(error?.line == 3)
        #expect(error?.reason.contains(reason) ?? false, "\(error?.reason ?? "")")
        #expect("\(error ?? PlanTextError(line: 0, reason: ""))".hasPrefix("line 3: "))
    }

    @Test func `A conflict between two lines names the one that asks for more`() {
        let error = #expect(throws: PlanTextError.self) {
            try Plan(parsing: "nodes 3\nquorum n=4\n")
        }
        #expect(error == PlanTextError(line: 2, reason: "n=4 needs 4 nodes; there are 3"))
    }

    @Test func `A plan over budget may destroy more`() throws {
        let plan = try Plan(parsing: "destructible n1,n2\nover-budget\nat 5s wipe n2 down=1s\n")
        #expect(plan.world.isOverBudget)
    }

    @Test func `Events out of order are a flaw of a plan made by hand`() {
        var plan = Plan(seed: 1)
        plan.faults = [PlannedFault(at: 2, .heal), PlannedFault(at: 1, .heal)]
        #expect(plan.flaw()?.place == .fault(1))
    }
}
