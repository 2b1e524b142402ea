import Replica
import Testing

@testable import Simulator

/// O24 on histories that break its promise, and on those that keep it.
@Suite struct ScrubJudgeTests {
    typealias Scene = JudgeTests.Scene

    /// All nodes hold a write under the first key, and nothing under the second.
    private struct Disks {
        var scene = Scene()
        var states: [[StoredState]]

        init() {
            let record = scene.put(scene.ask(), at: 0)
            scene.spread(record)
            let state = StoredState.record(record.encoded()[...])
            states = Array(repeating: [state, .absent], count: 3)
        }

        func left(by scrubbed: Judge.Scrubbed, isSettled: Bool = true) -> [Int?] {
            scene.judge.left(by: scrubbed, isSettled: isSettled) { states[$0][$1] }.map(\.key)
        }
    }

    @Test func `A scrub that saw all there is, and left nothing damaged, is not blamed`() {
        var disks = Disks()
        for node in 0..<3 {
            #expect(disks.left(by: Judge.Scrubbed(node: node, seen: 1)).isEmpty)
        }
        disks.scene.judge.judge(leftByScrubs: [])
        #expect(disks.scene.found.isEmpty)
    }

    @Test func `O24 sees a record that stays unreadable where the others have it`() {
        var disks = Disks()
        disks.states[1][0] = .unreadable
        let left = disks.scene.judge.left(
            by: Judge.Scrubbed(node: 1, seen: 1), isSettled: true
        ) { disks.states[$0][$1] }
        #expect(left.map(\.key) == [0])
        disks.scene.judge.judge(leftByScrubs: left)
        #expect(disks.scene.found == [.scrub])
        #expect(disks.scene.judge.violations.first?.key == 0)
        // One of the others is enough, also where a third never got it.
        disks.states[2][0] = .absent
        #expect(disks.left(by: Judge.Scrubbed(node: 1, seen: 1)) == [0])
    }

    @Test func `O24 asks for nothing that the others do not have either`() {
        var disks = Disks()
        disks.states[1][0] = .unreadable
        disks.states[2][0] = .unreadable
        #expect(disks.left(by: Judge.Scrubbed(node: 1, seen: 1)).isEmpty)
        (disks.states[0][0], disks.states[2][0]) = (.absent, .absent)
        #expect(disks.left(by: Judge.Scrubbed(node: 1, seen: 1)).isEmpty)
        // Who owns nothing of a key has nobody to ask for it.
        disks = Disks()
        disks.scene.judge.owners[0] = [0, 2]
        disks.states[1][0] = .unreadable
        #expect(disks.left(by: Judge.Scrubbed(node: 1, seen: 1)).isEmpty)
    }

    @Test func `O24 sees a scrub that skips a record`() {
        var disks = Disks()
        let scrubbed = Judge.Scrubbed(node: 2, seen: 0)
        #expect(disks.left(by: scrubbed) == [nil])
        #expect(disks.left(by: scrubbed, isSettled: false).isEmpty)
        disks.scene.judge.taint(2)
        #expect(disks.left(by: scrubbed).isEmpty)
    }

    @Test func `O24 sees trees that do not follow the records, and a scrub without an end`() {
        let disks = Disks()
        let scrubbed = Judge.Scrubbed(
            node: 0, isScrubbing: true, seen: 1, treeDifference: "a leaf differs")
        #expect(disks.left(by: scrubbed) == [nil, nil])
    }
}
