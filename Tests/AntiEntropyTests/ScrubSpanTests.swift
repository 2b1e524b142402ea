import AntiEntropy
import Primitives
import Replica
import Ring
import Testing

/// Pages of a scrub over records in any order: a damaged index has one of its own.
@Suite struct ScrubSpanTests {
    let shape: TreeShape

    init() throws {
        shape = TreeShape(ring: try #require(Ring(partitionCount: 16)))
    }

    @Test func `A page never ends before it begins, and the next one lies behind it`() {
        var random = RandomStream(seed: 4)
        for _ in 0..<2_000 {
            let first = random.next() & ~shape.leafMask
            let command = ScrubCommand(
                place: .records(from: first), countMax: Int.random(in: 1...4, using: &random),
                bytesMax: 1_000, filing: FilingRule(defaults: 3))
            var span = ScrubSpan(from: first, of: command, shape: shape)
            var hash = random.next()
            var taken = 0
            while taken < 20, span.takes(hash, bytes: 10) {
                hash = random.next()
                taken += 1
            }
            #expect(taken >= 1)
            for isBroken in [false, true] {
                if let range = span.verified(isBroken: isBroken) {
                    #expect(range.lowerBound == first)
                    #expect(range.upperBound & shape.leafMask == shape.leafMask)
                }
                if let next = span.next(isBroken: isBroken) {
                    #expect(next > first && next & shape.leafMask == 0)
                }
            }
        }
    }

    @Test func `Records that ascend end a page behind a whole leaf`() {
        let command = ScrubCommand(
            place: .records(from: 0), countMax: 2, bytesMax: 1_000,
            filing: FilingRule(defaults: 3))
        var span = ScrubSpan(from: 0, of: command, shape: shape)
        let leaf = shape.leafMask + 1
        let taken = [1, leaf, leaf + 1, leaf + 2, 2 * leaf].map { span.takes($0, bytes: 1) }
        #expect(taken == [true, true, true, true, false])
        #expect(span.verified(isBroken: false) == 0...(2 * leaf - 1))
        #expect(span.verified(isBroken: true) == 0...(leaf - 1))
        #expect(span.next(isBroken: false) == 2 * leaf)
    }
}
