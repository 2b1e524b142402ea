import Simulator
import Glibc

var args = CommandLine.arguments.dropFirst().map { $0 }
let first = UInt64(args.first ?? "1") ?? 1
let count = args.count > 1 ? UInt64(args[1])! : 1
let store = args.count > 2 ? args[2] : "dictionary"
let faults = args.count > 3 ? args[3] : "calm"
func clockNow() -> Double { var t = timespec(); clock_gettime(CLOCK_MONOTONIC, &t); return Double(t.tv_sec) + Double(t.tv_nsec)/1e9 }
for seed in first..<first+count {
  var plan = Plan(seed: seed)
  plan.world.store = StoreKind(rawValue: store)!
  if store == "sqlite" { plan.world.node.cacheKibibytes = 256 }
  plan.workloads = [Workload(.causal, rate: 200, until: plan.world.safetyNanoseconds)]
  if faults != "calm" {
    plan.world.network.loss = 0.01
    plan.faults = [
     PlannedFault(at: 6_000_000_000, .partition([[0,1],[2,3,4]])),
     PlannedFault(at: 12_000_000_000, .kill(2, downNanoseconds: 3_000_000_000)),
     PlannedFault(at: 16_000_000_000, .heal),
     PlannedFault(at: 18_000_000_000, .crashInTransaction(1, call: 4, isPowerLoss: true, downNanoseconds: 1_000_000_000)),
     PlannedFault(at: 22_000_000_000, .powerLoss([0,1,2,3,4], downNanoseconds: 1_000_000_000)),
     PlannedFault(at: 30_000_000_000, .pause(3, nanoseconds: 5_000_000_000)),
     PlannedFault(at: 36_000_000_000, .drain(3, downNanoseconds: 1_000_000_000)),
    ]
  }
  var options = RunOptions()
  if args.count > 4 { options.log = LogLevel(rawValue: args[4]) }
  let t = clockNow()
  let r = Simulation(plan, options: options).run()
  let w = clockNow() - t
  for l in r.log { print(Double(l.at)/1e9, l.node.map{"n\($0+1)"} ?? "", l.text) }
  print("seed", seed, "ops", r.operations, "ack", r.acknowledged, "unk", r.unknown, "ref", r.refused, "events", r.events, "virtual", Double(r.virtualNanoseconds)/1e9, "wall", w, "speed", Double(r.virtualNanoseconds)/1e9/w, "trace", String(r.traceHash, radix: 16), r.hasPassed ? "PASS":"FAIL", "conv", r.convergedNanoseconds.map{Double($0)/1e9} ?? -1)
  for v in r.violations.prefix(5) { print("  FAIL", v.oracle.rawValue, Double(v.at)/1e9, v.key ?? -1, v.text); for e in v.evidence { print("     ", e) } }
  if seed == first { print(r.oracles.map{"\($0.oracle.rawValue):\($0.checked)"}, r.sometimes.filter{$0.count>0}.map{"\($0.name):\($0.count)"}) }
}
