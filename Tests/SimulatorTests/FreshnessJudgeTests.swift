import Causality
import Primitives
import Quorum
import Replica
import Testing

@testable import Simulator

/// The judge of what coordinators count as stale, on counts that are right and on wrong ones.
@Suite struct FreshnessJudgeTests {
    typealias Scene = JudgeTests.Scene

    /// What the judge finds where a read that began at a time told an old record, of three
    /// replicas of which two knew more.
    static func findings(_ freshness: ReadFreshness, begin: UInt64, toldAll: Bool = false)
        -> [Oracle]
    {
        var scene = Scene()
        let first = scene.ask()
        let old = scene.put(first, at: 0)
        let second = scene.ask(seen: old.context)
        let new = scene.put(second, at: 0, seen: old.context)
        let (oldBytes, newBytes) = (old.encoded()[...], new.encoded()[...])
        let told = scene.judge.read(toldAll ? newBytes : oldBytes, key: 0, "told")
        scene.judge.check(
            freshness, key: 0, told: told,
            answers: [(0, newBytes), (1, oldBytes), (2, newBytes)], begin: begin)
        return scene.judge.violations.map(\.oracle)
    }

    /// The second write's timestamp.
    static let written = HybridTimestamp(2)

    @Test("a stale read must be counted, with the time of the oldest version that it missed")
    func stale() {
        #expect(Self.findings(.stale(oldestMissed: Self.written), begin: 3) == [])
        #expect(Self.findings(.fresh, begin: 3) == [.freshness])
        let wrong = HybridTimestamp(milliseconds: 7)
        #expect(Self.findings(.stale(oldestMissed: wrong), begin: 3) == [.freshness])
    }

    @Test("a read that missed nothing, or only what came later, must not be counted")
    func fresh() {
        let stale = ReadFreshness.stale(oldestMissed: Self.written)
        #expect(Self.findings(.fresh, begin: 2) == [])
        #expect(Self.findings(stale, begin: 2) == [.freshness])
        #expect(Self.findings(.fresh, begin: 3, toldAll: true) == [])
        #expect(Self.findings(stale, begin: 3, toldAll: true) == [.freshness])
    }

    @Test("nothing is said of a read that one replica answered twice, and differently")
    func answeredTwice() {
        var scene = Scene()
        let first = scene.ask()
        let old = scene.put(first, at: 0)
        let second = scene.ask(seen: old.context)
        let new = scene.put(second, at: 0, seen: old.context)
        let told = scene.judge.read(old.encoded()[...], key: 0, "told")
        let answers = [(0, old.encoded()[...]), (1, old.encoded()[...]), (1, new.encoded()[...])]
        scene.judge.check(.fresh, key: 0, told: told, answers: answers, begin: 3)
        #expect(scene.judge.violations.isEmpty)
    }

    @Test("nothing is said of a read that nobody could judge")
    func unknown() {
        #expect(Self.findings(.unknown, begin: 3) == [])
    }
}
