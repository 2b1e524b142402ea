import Primitives
import Replica
import SimulatedDisk
import Store
import Testing

/// What the store does on a disk with faults.
@Suite struct FaultTests {
    @Test func `A full disk refuses puts, reads go on, and puts do once there is room`() throws {
        let disk = SimulatedDisk("full")
        let store = try disk.open()
        try store.fill(50)
        disk.capacityBytes = disk.sizeBytes + 20_000
        var number = 1_000
        while store.acknowledges(number, at: try key(number), size: 5_000) {
            number += 1
        }
        guard case .failed(.full) = store.run(put(try key(number), value(number, size: 5_000)))
        else {
            Issue.record("the disk is not full")
            return
        }
        #expect(disk.sizeBytes <= disk.capacityBytes ?? 0)
        #expect(disk.fired[.full] > 0)
        for number in 0..<50 {
            #expect(store.has(number, at: try key(number)))
        }
        disk.capacityBytes = nil
        #expect(store.acknowledges(number, at: try key(number), size: 5_000))
        disk.losePower()
        disk.revive()
        let again = try disk.open()
        #expect(again.has(number, at: try key(number), size: 5_000))
    }

    @Test func `After a failed sync nothing is acknowledged any more`() throws {
        let disk = SimulatedDisk("fsync")
        let store = try disk.open()
        try store.fill(10)
        disk.failNext(.sync, isSticky: false)
        #expect(!store.acknowledges(11, at: try key(11)))
        #expect(disk.fired[.syncError] == 1)
        #expect(!store.acknowledges(12, at: try key(12)), "a later sync would succeed, for nothing")
        store.close()
        disk.losePower()
        disk.revive()
        let again = try disk.open()
        for number in 0..<10 {
            #expect(again.has(number, at: try key(number)))
        }
    }

    @Test func `A failed read answers an error once, or until the disk is revived`() throws {
        let disk = SimulatedDisk("read")
        let first = try disk.open()
        try first.fill(300)
        first.close()
        disk.failNext(.read, isSticky: true)
        #expect(throws: StoreError.self) { try disk.open() }
        #expect(throws: StoreError.self) { try disk.open() }
        disk.revive()
        disk.failNext(.read, isSticky: false)
        #expect(throws: StoreError.self) { try disk.open() }
        #expect(try disk.open().has(1, at: try key(1)))
    }

    @Test(arguments: 0..<20) func `Errors by chance lose nothing acknowledged`(_ seed: Int) throws {
        let disk = SimulatedDisk("chance/\(seed)", seed: UInt64(seed))
        var acknowledged: [Int] = []
        for round in 0..<10 {
            disk.faults.readError = 0.001
            disk.faults.writeError = 0.002
            disk.faults.syncError = 0.005
            if let store = try? disk.open(seed: UInt64(round), checkpointPages: 50) {
                acknowledged += try (round * 100..<(round + 1) * 100).filter {
                    store.acknowledges($0, at: try key($0))
                }
                store.close()
            }
            disk.losePower()
            disk.revive()
        }
        disk.faults = DiskFaults()
        let store = try disk.open()
        for number in acknowledged {
            #expect(store.has(number, at: try key(number)))
        }
        #expect(disk.fired[.writeError] + disk.fired[.syncError] > 0)
    }

    @Test func `A planned death can be taken back, a death cannot`() throws {
        let disk = SimulatedDisk("death")
        let store = try disk.open()
        disk.die(afterCalls: 3)
        disk.cancelDeath()
        #expect(store.acknowledges(1, at: try key(1)))
        disk.die(afterCalls: 3)
        #expect(!disk.isDead)
        #expect(!store.acknowledges(2, at: try key(2)))
        #expect(disk.isDead)
        #expect(throws: StoreError.self) { try disk.open() }
        disk.revive()
        #expect(!store.acknowledges(3, at: try key(3)), "the old process is gone")
        #expect(try disk.open().has(1, at: try key(1)))
    }

    @Test func `Every fault can happen, and is counted`() throws {
        var fired = DiskFaultCounts()
        for seed in 0..<40 {
            fired.add(try FaultTests.everything(seed))
        }
        for (kind, count) in fired.all {
            #expect(count > 0, "\(kind.name)")
        }
        #expect(fired.all.count == DiskFaultKind.allCases.count)
    }

    /// A history with every fault there is; what the store makes of it is of no interest.
    private static func everything(_ seed: Int) throws -> DiskFaultCounts {
        let disk = SimulatedDisk("every/\(seed)", seed: UInt64(seed))
        for round in 0..<10 {
            guard let store = try? disk.open(seed: UInt64(round), checkpointPages: 30) else {
                disk.wipe()
                disk.revive()
                continue
            }
            try? store.fill(quietly: 30)
            disk.faults.readError = 0.001
            disk.faults.writeError = 0.001
            disk.faults.syncError = 0.003
            disk.faults.rotPerRead = 0.01
            disk.faults.isLyingAboutSync = round % 3 == 0
            disk.capacityBytes = round % 5 == 4 ? disk.sizeBytes + 4_000 : nil
            if round % 4 == 1 {
                disk.die(afterCalls: 100)
            }
            if round % 3 == 1 {
                disk.misdirect()
                disk.serveStalePage()
            }
            try? store.fill(quietly: 60)
            disk.capacityBytes = nil
            disk.faults = DiskFaults()
            _ = disk.rot(pages: round % 2)
            store.close()
            disk.losePower()
            disk.truncateLog()
            disk.revive()
            disk.loseProcess()
            disk.revive()
        }
        FaultTests.syncTwice(disk)
        return disk.fired
    }

    /// The store never syncs again after a failed sync, so that only a careless user of the disk
    /// gets to see what the second one does.
    private static func syncTwice(_ disk: SimulatedDisk) {
        guard let careless = try? Careless(disk) else { return }
        careless.write(1)
        disk.failNext(.sync, isSticky: false)
        #expect(!careless.sync())
        #expect(careless.sync())
    }
}

extension SQLiteStore {
    /// As `fill`, where puts may fail.
    fileprivate func fill(quietly count: Int) throws {
        for number in 0..<count {
            _ = acknowledges(number, at: try key(number))
        }
    }
}
