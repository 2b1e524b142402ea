import Simulator
import Primitives
import Glibc

var args = CommandLine.arguments.dropFirst().map { $0 }
let first = UInt64(args.first ?? "1") ?? 1
let count = args.count > 1 ? UInt64(args[1])! : 1
let store = args.count > 2 ? args[2] : "dictionary"
let faults = args.count > 3 ? args[3] : "calm"
func clockNow() -> Double { var t = timespec(); clock_gettime(CLOCK_MONOTONIC, &t); return Double(t.tv_sec) + Double(t.tv_nsec)/1e9 }
var total: [String: Int] = [:]
var failed = 0
for seed in first..<first+count {
  var plan = Plan(seed: seed)
  var r = RandomStream(root: seed, name: "adhoc")
  func d(_ n: Int) -> Int { Int(r.next() % UInt64(n)) }
  func ms(_ a: Int, _ b: Int) -> UInt64 { UInt64(a + d(b - a)) * 1_000_000 }
  plan.world.store = StoreKind(rawValue: store)!
  plan.world.safetyNanoseconds = 30_000_000_000
  plan.workloads = [Workload(.causal, rate: 60, until: plan.world.safetyNanoseconds)]
  if faults != "calm" {
    plan.world.nodes = 3 + d(5)
    plan.world.n = min(plan.world.nodes, 1 + d(5))
    if d(2) == 0 { plan.world.n = 3 }
    plan.world.r = 1 + d(plan.world.n); plan.world.w = 1 + d(plan.world.n)
    if d(2) == 0 { plan.world.r = plan.world.n / 2 + 1; plan.world.w = plan.world.n / 2 + 1 }
    plan.world.conflict = d(4) == 0 ? .lastWriteWins : .siblings
    plan.world.transport = d(2) == 0 ? .stream : .datagram
    if d(2) == 0 { plan.world.network.loss = [0.001, 0.01, 0.1][d(3)] }
    if d(2) == 0 { plan.world.network.duplication = 0.1 }
    if d(2) == 0 { plan.world.network.overtaking = 0.1 }
    if d(2) == 0 { plan.world.network.resets = 0.001 }
    if d(2) == 0 { plan.world.network.corruption = 0.0005 }
    if d(3) == 0 { plan.world.network.tailProbability = 0.001 }
    if d(4) == 0 { plan.world.serviceNanosecondsMean = 20_000 }
    if d(3) == 0 { plan.world.clockSkewMilliseconds = (0..<plan.world.nodes).map { _ in Int64(d(10_000)) - 5_000 } }
    if d(3) == 0 { plan.world.clockDriftPPM = (0..<plan.world.nodes).map { _ in Int64(d(1000)) - 500 } }
    let N = plan.world.nodes
    let budget = min(plan.world.w - 1, plan.world.n - plan.world.w, plan.world.n - plan.world.r)
    if budget > 0 { plan.world.destructible = Array(0..<N).filter { _ in d(2) == 0 }.prefix(budget).map { $0 } }
    var t: UInt64 = 2_000_000_000
    var kinds = Set<Int>(); for k in 0..<24 where d(2) == 0 { kinds.insert(k) }
    while t < plan.world.safetyNanoseconds {
      t += ms(50, 1500)
      let n = d(N), m = (n + 1 + d(N - 1)) % N
      let k = d(24)
      guard kinds.contains(k) else { continue }
      let D = plan.world.destructible
      let f: Fault
      switch k {
      case 0: let c = 1 + d(N - 1); f = .partition([Array(0..<c), Array(c..<N)])
      case 1, 2: f = .heal
      case 3: f = .isolate(n, Direction.allCases[d(3)])
      case 4: f = .cut(from: n, to: m)
      case 5: f = .majoritiesRing
      case 6: f = .clog(n, Direction.allCases[d(3)], nanoseconds: ms(100, 5000))
      case 7: f = .reset(from: n, to: m)
      case 8: f = .halfOpen(from: n, to: m, nanoseconds: ms(100, 5000))
      case 9: f = .kill(n, downNanoseconds: ms(10, 4000))
      case 10: f = .powerLoss(d(3) == 0 ? Array(0..<N) : [n], downNanoseconds: ms(10, 4000))
      case 11, 12: f = .crashInTransaction(n, call: 1 + d(12), isPowerLoss: d(2) == 0, downNanoseconds: ms(10, 3000))
      case 13: f = .pause(n, nanoseconds: ms(10, 6000))
      case 14: f = .drain(n, downNanoseconds: ms(10, 2000))
      case 15: guard let x = D.first else { continue }; f = .wipe(x, downNanoseconds: ms(10, 2000))
      case 16: f = .saveImage(n)
      case 17: guard let x = D.first else { continue }; f = .restoreImage(x, downNanoseconds: ms(10, 2000))
      case 18: f = .slowDisk(n, factor: 100, nanoseconds: ms(100, 5000))
      case 19: f = .stuckDisk(n)
      case 20: f = .clockJump(n, milliseconds: Int64(d(200_000)) - 100_000)
      case 21: f = .clockFreeze(n, nanoseconds: ms(100, 5000))
      case 22: f = .cutClients(n, nanoseconds: ms(100, 5000))
      default:
        if store == "sqlite" {
          switch d(5) {
          case 0: f = .fullDisk(n, nanoseconds: ms(100, 3000))
          case 1: f = .diskError(n, DiskCall.allCases[d(3)], isSticky: d(2) == 0)
          case 2: guard let x = D.first else { continue }; f = .rot(x, pages: 3)
          case 3: guard let x = D.first else { continue }; f = .lie(x, d(2) == 0)
          default: guard let x = D.first else { continue }; f = .stalePage(x)
          }
        } else { f = .clockStrobe(n, milliseconds: 3000, periodNanoseconds: 100_000_000, nanoseconds: 2_000_000_000) }
      }
      plan.faults.append(PlannedFault(at: t, f))
    }
  }
  var options = RunOptions()
  if args.count > 4 { options.log = LogLevel(rawValue: args[4]) }
  let t = clockNow()
  let rep = Simulation(plan, options: options).run()
  let w = clockNow() - t
  for l in rep.log { print(Double(l.at)/1e9, l.node.map{"n\($0+1)"} ?? "", l.text) }
  for c in rep.sometimes { total[c.name, default: 0] += c.count }
  for c in rep.faults { total["F." + c.name, default: 0] += c.count }
  let x = plan.world
  if !rep.hasPassed { failed += 1 }
  print("seed", seed, "nodes", x.nodes, "n\(x.n) r\(x.r) w\(x.w)", x.conflict, x.transport, "ops", rep.operations, "ack", rep.acknowledged, "unk", rep.unknown, "ref", rep.refused, "events", rep.events, "virtual", Int(Double(rep.virtualNanoseconds)/1e9), "wall", Int(w*1000), "trace", String(rep.traceHash, radix: 16), rep.hasPassed ? "PASS":"FAIL", "conv", rep.convergedNanoseconds.map{Int(Double($0)/1e9)} ?? -1)
  for v in rep.violations.prefix(3) { print("  FAIL", v.oracle.rawValue, Double(v.at)/1e9, "k\((v.key ?? -1)+1)", v.text); for e in v.evidence { print("     ", e.prefix(600)) } }
}
print("failed", failed)
print(total.sorted{$0.key<$1.key}.map{"\($0.key):\($0.value)"}.joined(separator: " "))
