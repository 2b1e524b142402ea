import Causality
import Primitives
import Replica
import Ring
import Testing

@testable import Store

/// Records kept for primaries that lack them.
@Suite struct HintTests {
    let scratch: Scratch
    let k: Key

    init() throws {
        scratch = try Scratch()
        k = try key("k")
    }

    /// A write of which only a hint is kept.
    func put(_ value: UInt8, _ operation: String, for targets: MemberIndex...) -> ReplicaCommand {
        .put(
            PutCommand(
                key: k, version: version([value], operation: operation),
                basis: .seen(VersionVector()), conflict: .siblings, hints: .instead(targets)))
    }

    func targets(in store: SQLiteStore) -> [MemberIndex] {
        guard case .kept(_, let targets) = store.inspectHint(k) else { return [] }
        return targets
    }

    @Test func `A repetition names those whom the hint stands for now as well`() throws {
        var store: SQLiteStore? = try scratch.open()
        let first = store?.run(put(1, "o", for: MemberIndex(3)))[0].receipt
        let again = store?.run(put(1, "o", for: MemberIndex(1), MemberIndex(3)))[0].receipt
        #expect(first?.isRepeated == false && again?.isRepeated == true)
        #expect(first?.record == again?.record)
        store = nil
        let reopened = try scratch.open(seed: 2)
        #expect(targets(in: reopened) == [MemberIndex(1), MemberIndex(3)])
        #expect(try reopened.currentCounts().hints == 2)
        guard
            case .hints(let page) = reopened.run(
                .pageHints(
                    HintPageCommand(
                        target: MemberIndex(1), after: nil, countMax: 10, bytesMax: 1_000)))[0]
        else {
            Issue.record("no page of hints")
            return
        }
        #expect(page.hints.map(\.record) == [first?.record])
    }

    @Test func `What was put before is refused where there is no room to name more`() throws {
        let hint = HintCommand(
            hint: Hint(key: k, record: foreignRecord([1]).encoded()[...]),
            targets: [MemberIndex(3)])
        var store: SQLiteStore? = try scratch.open()
        store?.run(.keepHint(hint))
        let bytes = try #require(try store?.currentCounts().hintBytes)
        store = nil
        let full = try scratch.open(seed: 2) { $0.hintBytesMax = Int(bytes) }
        let wider = HintCommand(hint: hint.hint, targets: [MemberIndex(1), MemberIndex(3)])
        guard case .hintRefused = full.run(.keepHint(wider))[0] else {
            Issue.record("a hint was kept beyond the room for hints")
            return
        }
        #expect(targets(in: full) == [MemberIndex(3)])
    }
}
