import Causality
import Primitives
import Testing

@Suite struct DotMinterTests {
    private let node = NodeID(7)
    private let nothing = VersionVector()

    private func context(_ dots: Dot...) -> VersionVector {
        var context = VersionVector()
        for dot in dots {
            context.join(dot)
        }
        return context
    }

    @Test("a record goes on under its own epoch within a run")
    func sameRun() {
        var minter = DotMinter(node: node, run: 1)
        let first = minter.mint(own: 0, known: nothing, seen: nothing)
        #expect(first.reason == .firstWrite)
        #expect(first.dot.counter == 1 && first.dot.actor.node == node)
        #expect(first.dot.actor.epoch == 1 << 32 | 1)
        let second = minter.mint(
            own: first.dot.actor.epoch, known: context(first.dot), seen: nothing)
        #expect(second.reason == nil)
        #expect(second.dot == Dot(actor: first.dot.actor, counter: 2))
    }

    @Test("two records never share an epoch, not even with run number zero", arguments: [0, 9])
    func epochPerRecord(run: UInt32) {
        var minter = DotMinter(node: node, run: run)
        let first = minter.mint(own: 0, known: nothing, seen: nothing).dot
        let second = minter.mint(own: 0, known: nothing, seen: nothing).dot
        #expect(first.actor != second.actor)
        #expect(first.actor.epoch != 0 && second.actor.epoch != 0)
    }

    @Test("a record that comes into being again gets a new epoch in the same run")
    func recreatedRecord() {
        var minter = DotMinter(node: node, run: 1)
        let old = minter.mint(own: 0, known: nothing, seen: nothing).dot
        let new = minter.mint(own: 0, known: nothing, seen: context(old))
        #expect(new.reason == .firstWrite)
        #expect(!context(old).covers(new.dot))
    }

    @Test("after a failed commit the dot that was already sent is not minted again")
    func failedCommit() {
        var minter = DotMinter(node: node, run: 1)
        let durable = minter.mint(own: 0, known: nothing, seen: nothing).dot
        let own = durable.actor.epoch
        let sent = minter.mint(own: own, known: context(durable), seen: nothing).dot
        minter.endRun(next: 2)
        let next = minter.mint(own: own, known: context(durable), seen: nothing)
        #expect(next.reason == .endedRun)
        #expect(next.dot != sent && !context(sent).covers(next.dot))
        #expect(next.dot.actor.epoch == 2 << 32 | 1)
    }

    @Test("a failed commit ends the trust in the run before too")
    func failedCommitUnderTrustedEpoch() {
        var first = DotMinter(node: node, run: 1)
        let durable = first.mint(own: 0, known: nothing, seen: nothing).dot
        var second = DotMinter(node: node, run: 2)
        second.trust(previousRun: 1)
        let own = durable.actor.epoch
        let sent = second.mint(own: own, known: context(durable), seen: nothing)
        #expect(sent.reason == nil && sent.dot == Dot(actor: durable.actor, counter: 2))
        second.endRun(next: 3)
        let next = second.mint(own: own, known: context(durable), seen: nothing)
        #expect(next.reason == .endedRun && next.dot != sent.dot)
    }

    /// Dot 1 is durable, dot 2 was only sent; an unclean start leaves the record alone and ends
    /// cleanly; the start after it finds a mark, but the mark is not of the record's run.
    @Test("a later clean run does not make the epoch of an unclean one good again")
    func crashThenCleanRestart() {
        var crashed = DotMinter(node: node, run: 1)
        let durable = crashed.mint(own: 0, known: nothing, seen: nothing).dot
        let own = durable.actor.epoch
        let sent = crashed.mint(own: own, known: context(durable), seen: nothing).dot
        var afterCleanRun = DotMinter(node: node, run: 3)
        afterCleanRun.trust(previousRun: 2)
        let next = afterCleanRun.mint(own: own, known: context(durable), seen: nothing)
        #expect(next.reason == .endedRun)
        #expect(next.dot != sent)
    }

    @Test("two copies of one image never mint equal dots, whatever they extend or create")
    func copiesOfAnImage() {
        var original = DotMinter(node: node, run: 1)
        let durable = original.mint(own: 0, known: nothing, seen: nothing).dot
        var minted: Set<Dot> = [durable]
        for run in UInt32(2)...4 {
            var copy = DotMinter(node: node, run: run)
            for own in [durable.actor.epoch, 0, durable.actor.epoch] {
                let known = own == 0 ? nothing : context(durable)
                let next = copy.mint(own: own, known: known, seen: context(durable))
                #expect(next.reason == (own == 0 ? .firstWrite : .endedRun))
                #expect(minted.insert(next.dot).inserted)
            }
        }
        #expect(minted.count == 10)
    }

    @Test("the run before is extended only once it is trusted, and only that run")
    func trust() {
        let old = Actor(node: node, epoch: 1 << 32 | 5)
        let known = context(Dot(actor: old, counter: 8))
        var minter = DotMinter(node: node, run: 2)
        #expect(minter.mint(own: old.epoch, known: known, seen: nothing).reason == .endedRun)
        minter.trust(previousRun: 3)
        #expect(minter.mint(own: old.epoch, known: known, seen: nothing).reason == .endedRun)
        minter.trust(previousRun: 1)
        let next = minter.mint(own: old.epoch, known: known, seen: nothing)
        #expect(next.reason == nil && next.dot == Dot(actor: old, counter: 9))
    }

    @Test("a context that covers an own dot the node does not know brings a new epoch")
    func unknownDotCovered() {
        var minter = DotMinter(node: node, run: 1)
        let known = minter.mint(own: 0, known: nothing, seen: nothing).dot
        let own = known.actor.epoch
        let unknown = Dot(actor: known.actor, counter: 2)
        let next = minter.mint(own: own, known: context(known), seen: context(unknown))
        #expect(next.reason == .unknownDotCovered)
        #expect(next.dot.actor != known.actor && !context(unknown).covers(next.dot))

        let other = Dot(actor: Actor(node: NodeID(8), epoch: own), counter: 9)
        let usual = minter.mint(own: own, known: context(known), seen: context(known, other))
        #expect(usual.reason == nil && usual.dot == unknown)
    }

    @Test("no history of crashes, rollbacks and images mints a dot that a context covers")
    func randomHistories() {
        var minted = 0
        var extended = 0
        for seed in 0..<3_000 {
            var simulation = DotMinterSimulation(seed: UInt64(seed), flaw: nil)
            simulation.run(steps: 60)
            #expect(simulation.reused == nil, "seed \(seed)")
            minted += simulation.minted
            extended += simulation.extendedTrusted
        }
        print("\(minted) dots minted, \(extended) under an epoch of a trusted run")
        #expect(extended > 100)
    }

    @Test(
        "the same search finds a covered dot when one rule is left out",
        arguments: DotMinterSimulation.Flaw.allCases)
    func flaws(flaw: DotMinterSimulation.Flaw) {
        let found = (0..<3_000).first { seed in
            var simulation = DotMinterSimulation(seed: UInt64(seed), flaw: flaw)
            simulation.run(steps: 60)
            return simulation.reused != nil
        }
        #expect(found != nil)
        print("\(flaw): found by seed \(found ?? -1)")
    }
}
