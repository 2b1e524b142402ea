import Causality
import Glibc
import Primitives
import Replica
import Testing

@testable import Store

/// Databases and file systems without room.
@Suite struct FullDiskTests {
    @Test func `A full database refuses writes, goes on reading and recovers with room`() throws {
        let scratch = try Scratch()
        let store = try scratch.open { $0.pagesMax = 60 }
        let written = try fill(store)
        #expect(written.count > 20)
        let counts = try store.currentCounts()
        #expect(counts.records == UInt64(written.count) && counts.live == counts.records)
        #expect(store.run(.leaseClock(HybridTimestamp(3)))[0].isDone, "small writes still fit")
        let (big, small) = (try key("big"), try key("small"))
        let replies = store.run(put(small, [1]), put(big, bytes(90_000, seed: 1)))
        #expect(replies.map(\.failure) == [.full, .full])
        #expect(try store.values(small) == nil, "half of a batch was written")
        try store.limitPages(to: 10_000)
        let retried = store.run(put(big, bytes(90_000, seed: 1)), put(small, [1]))
        #expect(retried.allSatisfy { $0.isDone })
        store.close()
        let reopened = try scratch.open(seed: 2)
        #expect(try reopened.values(big) == [bytes(90_000, seed: 1)])
        try check(written, in: reopened)
    }

    @Test func `A full file system refuses writes, goes on reading and recovers with room`()
        throws
    {
        let scratch = try Scratch()
        let mount = SmallFileSystem(at: scratch.directory, mebibytes: 2)
        defer { mount?.unmount() }
        // Without the right to mount, the database's own limit stands in.
        let store = try scratch.open { $0.pagesMax = mount == nil ? 200 : nil }
        let written = try fill(store)
        #expect(written.count > 20)
        try check(written, in: store)
        if let mount {
            mount.resize(mebibytes: 16)
        } else {
            try store.limitPages(to: 10_000)
        }
        let key = try key("after")
        #expect(store.run(put(key, bytes(3_000, seed: 5)))[0].isDone)
        store.close()
        let reopened = try scratch.open(seed: 2)
        #expect(try reopened.values(key) == [bytes(3_000, seed: 5)])
        try check(written, in: reopened)
        reopened.close()
    }

    /// Puts until there is no room; the keys that were acknowledged.
    private func fill(_ store: SQLiteStore) throws -> [Int] {
        var written: [Int] = []
        for number in 0..<5_000 {
            let reply = store.run(put(try key("\(number)"), bytes(3_000, seed: UInt64(number))))[0]
            guard reply.isDone else {
                #expect(reply.failure == .full)
                return written
            }
            written.append(number)
        }
        Issue.record("there was always room")
        return written
    }

    private func check(_ written: [Int], in store: SQLiteStore) throws {
        for number in written {
            #expect(try store.values(key("\(number)")) == [bytes(3_000, seed: UInt64(number))])
        }
        let refused = (written.last ?? 0) + 1
        #expect(try store.values(key("\(refused)")) == nil)
    }
}

/// A file system in memory.
struct SmallFileSystem {
    private let directory: String

    /// Mounts it; nil without the right to.
    init?(at directory: String, mebibytes: Int) {
        self.directory = directory
        guard mount("tmpfs", directory, "tmpfs", 0, "size=\(mebibytes)m") == 0 else { return nil }
    }

    func unmount() {
        umount2(directory, Int32(MNT_DETACH))
    }

    func resize(mebibytes: Int) {
        let flags = UInt(MS_REMOUNT)
        #expect(mount("tmpfs", directory, "tmpfs", flags, "size=\(mebibytes)m") == 0)
    }
}
