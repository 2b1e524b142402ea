import Primitives
import Replica
import SimulatedDisk
import Store
import Testing

/// Crashes of a store that writes.
@Suite struct CrashTests {
    @Test func `A process that is killed loses nothing that was committed`() throws {
        var history = try History("kill", seed: 3)
        for round in 0..<50 {
            history.write(putsMax: 40, diesWithin: round % 2 == 0 ? nil : 300)
            history.disk.loseProcess()
            history.disk.revive()
            history.check()
        }
        #expect(history.lost == 0)
        #expect(history.strange == 0)
        #expect(history.acknowledged > 1_000)
        #expect(history.disk.fired[.death] > 10)
        #expect(history.disk.fired[.droppedPage] == 0)
    }

    @Test func `Ten thousand acknowledged puts survive two hundred power losses`() throws {
        var history = try History("power", seed: 4)
        for round in 0..<200 {
            let isAtBeginning = round % 3 == 0
            if isAtBeginning {
                history.close()
            }
            let calls: UInt64 = isAtBeginning ? 60 : 1_000
            history.write(putsMax: 200, diesWithin: round % 4 == 0 ? nil : calls)
            history.disk.losePower()
            history.disk.revive()
            history.check()
        }
        #expect(history.lost == 0)
        #expect(history.strange == 0)
        let fired = history.disk.fired
        #expect(history.acknowledged >= 10_000, "\(history.acknowledged)")
        #expect(fired[.powerLoss] == 200)
        for kind in [DiskFaultKind.death, .keptPage, .droppedPage, .tornPage] {
            #expect(fired[kind] > 50, "\(kind.name): \(fired[kind])")
        }
        #expect(fired[.droppedLength] > 5, "\(fired[.droppedLength])")
    }

    @Test func `A disk that lies about syncs loses acknowledged puts with the power`() throws {
        var lost = 0
        for seed in 0..<10 {
            var history = try History("lie/\(seed)", seed: UInt64(seed))
            history.write(putsMax: 100, diesWithin: nil)
            history.disk.faults.isLyingAboutSync = true
            history.write(putsMax: 100, diesWithin: nil)
            history.disk.losePower()
            history.disk.revive()
            history.disk.faults.isLyingAboutSync = false
            history.check()
            lost += history.lost
        }
        #expect(lost > 0)
    }

    @Test func `An honest sync makes up for one that lied`() throws {
        var history = try History("late", seed: 8)
        history.write(putsMax: 1, diesWithin: nil)
        history.disk.faults.isLyingAboutSync = true
        history.write(putsMax: 20, diesWithin: nil)
        history.disk.faults.isLyingAboutSync = false
        history.write(putsMax: 1, diesWithin: nil)
        history.disk.losePower()
        history.disk.revive()
        history.check()
        #expect(history.disk.fired[.lyingSync] >= 20)
        #expect(history.lost == 0)
        #expect(history.strange == 0)
    }
}

/// Puts to a store on a disk that crashes, and what must be there afterwards.
private struct History {
    let disk: SimulatedDisk
    /// Keys without their acknowledged value.
    private(set) var lost = 0
    /// Keys that were never acknowledged, and are neither absent nor what was tried.
    private(set) var strange = 0
    private(set) var acknowledged = 0
    private(set) var failedStarts = 0
    private var random: RandomStream
    private var store: SQLiteStore?
    private var next = 0
    private let keys: [Key]
    /// Per key the number and size of the last acknowledged put, and of those tried since.
    private var allowed: [[(number: Int, size: Int)]]
    private var isKnown: [Bool]

    init(_ name: String, seed: UInt64) throws {
        disk = SimulatedDisk("crash/\(name)", seed: seed)
        random = RandomStream(seed: seed)
        keys = try (0..<300).map { try key($0) }
        allowed = Array(repeating: [], count: keys.count)
        isKnown = Array(repeating: false, count: keys.count)
    }

    /// Puts until the store fails or there were enough; with `diesWithin` the process dies in one
    /// of so many calls, perhaps while the store is opened.
    mutating func write(putsMax: Int, diesWithin calls: UInt64?) {
        if let calls {
            disk.die(afterCalls: 1 + Int(random.next() % calls))
        }
        guard let store = openStore() else { return }
        for _ in 0..<putsMax {
            next += 1
            let place = Int(random.next() % UInt64(keys.count))
            let size = random.next() % 10 == 0 ? Int(random.next() % 20_000) : 100
            if store.acknowledges(next, at: keys[place], size: size) {
                allowed[place] = [(next, size)]
                isKnown[place] = true
                acknowledged += 1
            } else {
                allowed[place].append((next, size))
                break
            }
        }
    }

    /// Opens the store anew and looks for everything that was acknowledged.
    mutating func check() {
        store = nil
        guard let store = openStore() else {
            lost += isKnown.count { $0 }
            return
        }
        for (place, key) in keys.enumerated() {
            let answer = store.answer(key)
            let values = allowed[place].map { Finding.values([value($0.number, size: $0.size)]) }
            guard !values.contains(answer) else { continue }
            if isKnown[place] {
                lost += 1
            } else if answer != .absent {
                strange += 1
            }
        }
    }

    /// Ends the store in an orderly way, so that the next one begins a new log.
    mutating func close() {
        store?.close()
        store = nil
    }

    private mutating func openStore() -> SQLiteStore? {
        if let store {
            return store
        }
        store = try? disk.open(seed: random.next(), checkpointPages: 60)
        failedStarts += store == nil ? 1 : 0
        return store
    }
}
