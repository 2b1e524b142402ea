import Staleness
import Testing

@testable import Simulator

/// O25 on histories that break its promise, and on those that keep it.
@Suite struct StalenessJudgeTests {
    typealias Scene = JudgeTests.Scene

    /// A read of k1 that began after version 2 was acknowledged.
    let request = Freshness.Request(
        key: 0, version: 2, place: 0, askedAt: 5_000, newest: 2, floor: 0)

    func scene(r: Int, w: Int, isSloppy: Bool = false) -> Scene {
        Scene { world in
            (world.r, world.w, world.isSloppy) = (r, w, isSloppy)
            world.readRepair = .off
            world.delays = PublishedFit.linkedInDisk.fit
        }
    }

    /// What reads saw whose shares are those of another quorum's prediction.
    func report(of predicted: World) throws -> FreshnessReport {
        var workload = FreshnessWorkload()
        workload.writes = 1
        var report = FreshnessReport(workload)
        let trials = try #require(FreshnessReport.trials(of: predicted))
        for place in report.points.indices {
            let milliseconds = Double(report.points[place].nanoseconds) / 1e6
            let share = trials.fresh(trials.quorums[0], at: milliseconds).probability
            report.points[place].reads = 2_000
            report.points[place].fresh = Int((share * 2_000).rounded())
        }
        return report
    }

    @Test func `O25 sees a stale read where r + w is more than n`() {
        var scene = scene(r: 2, w: 2)
        scene.judge.judge(staleRead: request, shown: 1)
        #expect(scene.found == [.staleness])
    }

    @Test func `O25 lets reads be stale where quorums need not meet`() {
        var partial = scene(r: 1, w: 2)
        partial.judge.judge(staleRead: request, shown: 1)
        #expect(partial.found.isEmpty)
        var sloppy = scene(r: 2, w: 2, isSloppy: true)
        sloppy.judge.judge(staleRead: request, shown: 1)
        #expect(sloppy.found.isEmpty)
    }

    @Test func `O25 does not blame reads that are as stale as predicted`() throws {
        var scene = scene(r: 1, w: 1)
        let report = try report(of: scene.judge.world)
        scene.judge.judge(report, faults: 0)
        #expect(scene.found.isEmpty, "\(scene.judge.violations)")
    }

    @Test func `O25 sees reads that are staler or fresher than their delays explain`() throws {
        var staler = scene(r: 2, w: 1)
        staler.judge.judge(try report(of: scene(r: 1, w: 1).judge.world), faults: 0)
        #expect(staler.found == [.staleness])
        var fresher = scene(r: 1, w: 1)
        fresher.judge.judge(try report(of: scene(r: 1, w: 2).judge.world), faults: 0)
        #expect(fresher.found == [.staleness])
    }

    @Test func `O25 holds no prediction against runs with faults or read repair`() throws {
        var broken = scene(r: 2, w: 1)
        let report = try report(of: scene(r: 1, w: 1).judge.world)
        broken.judge.judge(report, faults: 1)
        #expect(broken.found.isEmpty)
        var repaired = Scene { world in
            (world.r, world.w, world.readRepair) = (2, 1, .async)
            world.delays = PublishedFit.linkedInDisk.fit
        }
        repaired.judge.judge(report, faults: 0)
        #expect(repaired.found.isEmpty)
    }

    @Test func `O25 sees requests that fail though nothing is broken`() throws {
        var scene = scene(r: 1, w: 1)
        var report = try report(of: scene.judge.world)
        report.failedReads = 1
        scene.judge.judge(report, faults: 0)
        #expect(scene.found == [.staleness])
    }
}
