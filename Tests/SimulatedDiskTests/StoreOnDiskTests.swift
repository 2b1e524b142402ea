import CSQLite
import Glibc
import Primitives
import SimulatedDisk
import Store
import Synchronization
import Testing

/// The store on a simulated disk without faults.
@Suite struct StoreOnDiskTests {
    @Test func `A thousand keys are there after the store was closed and opened`() throws {
        let disk = SimulatedDisk("basic")
        let first = try disk.open()
        try first.fill(1_000)
        first.close()
        #expect(disk.image().names == ["dyna.db"], "closing leaves no log")
        let second = try disk.open()
        for number in 0..<1_000 {
            #expect(second.has(number, at: try key(number)))
        }
    }

    @Test func `Long values come back from the log and from the database`() throws {
        let disk = SimulatedDisk("long")
        let store = try disk.open(checkpointPages: 300)
        for number in 0..<60 {
            #expect(store.acknowledges(number, at: try key(number % 7), size: 300_000))
        }
        #expect(disk.image().names == ["dyna.db", "dyna.db-wal"])
        store.close()
        let again = try disk.open()
        for number in 53..<60 {
            #expect(again.has(number, at: try key(number % 7), size: 300_000))
        }
    }

    @Test func `Equal seeds leave equal bytes, another seed does not`() throws {
        let images = try [(0, 5), (1, 5), (2, 6)].map { place, seed in
            try StoreOnDiskTests.run("equal/\(place)", seed: UInt64(seed))
        }
        let areSame = images[0] == images[1]
        #expect(areSame)
        let logs = images.map { $0.bytes(of: "dyna.db-wal") }
        let haveSameLog = logs[0] == logs[1]
        #expect(haveSameLog && logs[0] != nil)
        let isOtherSame = images[0] == images[2]
        #expect(!isOtherSame)
    }

    @Test func `Equal seeds leave equal bytes in threads at the same time`() async throws {
        let images = try await withThrowingTaskGroup(of: DiskImage.self) { group in
            for thread in 0..<6 {
                group.addTask { try StoreOnDiskTests.run("threads/\(thread)", seed: 9) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(images.count == 6)
        let areSame = images.allSatisfy { $0 == images[0] }
        #expect(areSame)
    }

    /// A history with faults, and what it leaves.
    private static func run(_ name: String, seed: UInt64) throws -> DiskImage {
        let disk = SimulatedDisk(name, seed: seed)
        for round in 0..<5 {
            let store = try disk.open(seed: UInt64(round), checkpointPages: 100)
            for number in 0..<200 {
                _ = store.acknowledges(number + round, at: try key(number))
            }
            disk.losePower()
            disk.revive()
        }
        let store = try disk.open()
        try store.fill(100)
        return disk.image()
    }

    @Test func `An image can be put back, and later writes do not change it`() throws {
        let disk = SimulatedDisk("image")
        let store = try disk.open()
        try store.fill(100)
        let image = disk.image()
        let bytes = try #require(image.bytes(of: "dyna.db-wal"))
        #expect(image.sizeBytes == disk.sizeBytes)
        for number in 0..<100 {
            #expect(store.acknowledges(number + 500, at: try key(number)))
        }
        let isChanged = image.bytes(of: "dyna.db-wal") != bytes || image == disk.image()
        #expect(!isChanged)
        disk.restore(image)
        let isRestored = image == disk.image()
        #expect(isRestored)
        #expect(!store.acknowledges(1, at: try key(1)), "the old handles are dead")
        let restored = try disk.open()
        for number in 0..<100 {
            #expect(restored.has(number, at: try key(number)))
        }
        let isStillTheSame = image.bytes(of: "dyna.db-wal") == bytes
        #expect(isStillTheSame)
        disk.wipe()
        #expect(disk.sizeBytes == 0)
        #expect(try disk.open().recovered.isNew)
    }

    @Test func `A second store on the same disk is refused while the first is open`() throws {
        let disk = SimulatedDisk("locked")
        let store = try disk.open()
        #expect(throws: StoreError.inUse(path: disk.path)) { try disk.open() }
        #expect(store.acknowledges(1, at: try key(1)))
        store.close()
        #expect(try disk.open().has(1, at: try key(1)))
    }

    @Test func `Usage counts what was asked for, and nothing while somebody looks`() throws {
        let disk = SimulatedDisk("usage")
        let store = try disk.open()
        _ = disk.takeUsage()
        #expect(store.acknowledges(1, at: try key(1)))
        let usage = disk.takeUsage()
        #expect(usage.syncs == 1)
        #expect(usage.writes > 1)
        #expect(usage.bytesWritten > 4_096)
        disk.isObserving = true
        disk.faults.writeError = 1
        disk.failNext(.sync, isSticky: true)
        disk.die(afterCalls: 1)
        #expect(store.acknowledges(2, at: try key(2)))
        #expect(disk.usage == DiskUsage())
        #expect(disk.fired == DiskFaultCounts())
    }

    @Test func `SQLite's clock is the disk's`() throws {
        let disk = SimulatedDisk("clock")
        disk.wallMilliseconds = 1_000_000_000_000
        _ = try disk.open()
        var connection: OpaquePointer?
        sqlite3_open_v2(
            disk.path, &connection, SQLITE_OPEN_READWRITE, SimulatedDisk.vfsName)
        defer { sqlite3_close_v2(connection) }
        var statement: OpaquePointer?
        sqlite3_prepare_v2(connection, "SELECT datetime('now')", -1, &statement, nil)
        defer { sqlite3_finalize(statement) }
        #expect(sqlite3_step(statement) == SQLITE_ROW)
        #expect(String(cString: sqlite3_column_text(statement, 0)) == "2001-09-09 01:46:40")
    }
}
