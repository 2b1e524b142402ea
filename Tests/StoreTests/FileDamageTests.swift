import Foundation
import Primitives
import Replica
import Testing

@testable import Store

/// Flipped bytes anywhere in a closed file.
@Suite struct FileDamageTests {
    private let keys: [Key]
    private let pristine: Data

    init() throws {
        let keys = try (0..<500).map { try key("\($0)") }
        let scratch = try Scratch()
        let store = try scratch.open()
        store.run(keys.indices.map { put(keys[$0], FileDamageTests.value($0)) })
        store.close()
        self.keys = keys
        pristine = try Data(contentsOf: URL(fileURLWithPath: scratch.path))
    }

    /// Most rows lie within their page, some have a chain of overflow pages.
    private static func value(_ number: Int) -> [UInt8] {
        bytes(number % 50 == 7 ? 10_000 : number % 400, seed: UInt64(number))
    }

    private struct Tally {
        var intact = 0
        var refused = 0
        var unreadable = 0
        var absent = 0
        var damages = 0
        var damagesWithAbsent = 0
    }

    @Test func `A flip anywhere never alters data`() throws {
        var tally = Tally()
        var random = RandomStream(seed: 7)
        var positions = (0..<400).map { _ in Int(random.next() % UInt64(pristine.count)) }
        // The first page and the tables' roots are few bytes that matter most.
        positions += (0..<100).map { _ in Int(random.next() % 24_576) }
        for position in positions {
            var damaged = pristine
            damaged[position] ^= UInt8(truncatingIfNeeded: random.next() % 255 + 1)
            try read(damaged, at: position, &tally)
        }
        print("flips anywhere:", tally)
        #expect(tally.unreadable > 100)
        #expect(tally.refused > 0)
    }

    private func read(_ damaged: Data, at position: Int, _ tally: inout Tally) throws {
        let scratch = try Scratch()
        try damaged.write(to: URL(fileURLWithPath: scratch.path))
        tally.damages += 1
        let store: SQLiteStore
        do {
            store = try scratch.open(seed: 2)
        } catch {
            #expect(error is StoreError)
            tally.refused += 1
            return
        }
        let absentBefore = tally.absent
        for (number, reply) in store.run(keys.map { .get($0) }).enumerated() {
            switch reply {
            case .unreadable: tally.unreadable += 1
            case .record(nil): tally.absent += 1
            case .record(let bytes?):
                let values = try Record(decoding: bytes).siblings.values.map(\.value)
                #expect(values == [FileDamageTests.value(number)[...]], "byte \(position)")
                tally.intact += 1
            default: Issue.record("byte \(position): a read was answered with \(reply)")
            }
        }
        if tally.absent > absentBefore {
            tally.damagesWithAbsent += 1
            print(
                "absent: page \(position / 4096) offset \(position % 4096):",
                tally.absent - absentBefore)
        }
    }
}
