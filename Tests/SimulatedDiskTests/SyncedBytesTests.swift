import Primitives
import Testing

@testable import SimulatedDisk

/// What a power loss may do to a file, byte by byte.
@Suite struct SyncedBytesTests {
    @Test(arguments: 0..<40) func `A synced byte never changes at a power loss`(_ seed: Int) {
        var file = ModelledFile(seed: UInt64(seed))
        for _ in 0..<60 {
            file.doSomething()
        }
        #expect(file.checked > 1_000)
    }

    @Test func `Pages are kept, lost and torn in equal parts`() {
        var random = RandomStream(seed: 1)
        var fired = DiskFaultCounts()
        let file = DiskFile(name: "parts")
        write([UInt8](repeating: 1, count: 3_000 * Page.size), to: file, at: 0)
        file.sync()
        write([UInt8](repeating: 2, count: 3_000 * Page.size), to: file, at: 0)
        file.losePower(&random, &fired)
        for kind in [DiskFaultKind.keptPage, .droppedPage, .tornPage] {
            #expect(abs(fired[kind] - 1_000) < 150, "\(kind.name): \(fired[kind])")
        }
        var sectors = (new: 0, old: 0, garbage: 0)
        for page in file.pages {
            for start in stride(from: 0, to: Page.size, by: Page.sectorSize) {
                let bytes = page.read { Array(UnsafeBufferPointer(start: $0 + start, count: 512)) }
                if bytes.allSatisfy({ $0 == 2 }) {
                    sectors.new += 1
                } else if bytes.allSatisfy({ $0 == 1 }) {
                    sectors.old += 1
                } else {
                    sectors.garbage += 1
                }
            }
        }
        // Of 24,000 sectors 8,000 are in torn pages.
        #expect(abs(sectors.garbage - 4_000) < 600, "\(sectors)")
        #expect(abs(sectors.new - 10_000) < 900, "\(sectors)")
        #expect(abs(sectors.old - 10_000) < 900, "\(sectors)")
    }

    @Test func `After a failed sync the next succeeds and does not write what was left`() {
        let file = DiskFile(name: "forgetful")
        write([UInt8](repeating: 1, count: 2 * Page.size), to: file, at: 0)
        file.sync()
        write([UInt8](repeating: 2, count: 2 * Page.size), to: file, at: 0)
        file.abandonUnsynced()
        #expect(file.hasAbandoned)
        write([3], to: file, at: Page.size)
        file.sync()
        #expect(file.hasAbandoned)
        #expect(!file.isDurable(page: 0))
        #expect(file.isDurable(page: 1))
        write([4], to: file, at: 0)
        file.sync()
        #expect(!file.hasAbandoned)
        #expect(file.isDurable(page: 0))
    }
}

func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) {
    bytes.withUnsafeBytes { file.write($0, at: offset) }
}

func read(_ file: DiskFile) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: file.size)
    let count = bytes.withUnsafeMutableBytes { file.read(into: $0, at: 0) }
    #expect(count == bytes.count)
    return bytes
}

/// A file, and beside it which of its bytes are durable as a plain list.
private struct ModelledFile {
    private let file = DiskFile(name: "model")
    private var random: RandomStream
    /// What the file reads as.
    private var content: [UInt8] = []
    /// For each byte what must be there after a power loss, nil where it was written to.
    private var durable: [UInt8?] = []
    /// Whether a cut of the file is not durable: its length may go back then.
    private var isCut = false
    private(set) var checked = 0

    init(seed: UInt64) {
        random = RandomStream(seed: seed)
    }

    mutating func doSomething() {
        switch random.next() % 16 {
        case 0: losePower()
        case 1: truncate()
        case 2: failToSync()
        case 3...5: sync()
        default: writeSomewhere()
        }
        let isSame = read(file) == content
        #expect(isSame, "the file does not read as it was written")
    }

    private mutating func writeSomewhere() {
        let isLong = random.next() % 3 == 0
        let offset = Int(random.next() % UInt64(isLong ? 40_000 : content.count + 1))
        let count = 1 + Int(random.next() % (isLong ? 9_000 : 300))
        let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let end = offset + count
        if content.count < end {
            content += [UInt8](repeating: 0, count: end - content.count)
        }
        while durable.count < end {
            durable.append(nil)
        }
        content.replaceSubrange(offset..<end, with: bytes)
        for place in offset..<end {
            durable[place] = nil
        }
        write(bytes, to: file, at: offset)
    }

    private mutating func truncate() {
        let size = Int(random.next() % UInt64(content.count + 1))
        file.truncate(to: size)
        content.removeLast(content.count - size)
        for place in size..<durable.count {
            durable[place] = nil
        }
        isCut = true
    }

    private mutating func sync() {
        guard !file.hasAbandoned else { return losePower() }
        file.sync()
        durable = content
        isCut = false
    }

    private mutating func failToSync() {
        file.abandonUnsynced()
    }

    private mutating func losePower() {
        var fired = DiskFaultCounts()
        file.losePower(&random, &fired)
        let after = read(file)
        for (place, byte) in durable.enumerated() {
            guard let byte else { continue }
            checked += 1
            guard place >= after.count || after[place] != byte else { continue }
            Issue.record("the synced byte at \(place) changed, cut: \(isCut)")
            return
        }
        content = after
        durable = after
        isCut = false
    }
}
