import CSQLite
import Primitives
import Synchronization

/// The disk of one simulated node, with everything that can go wrong with disks.
///
/// SQLite reaches it through the VFS `vfsName`, at `path`. It lives in memory and is deterministic:
/// the same calls with the same seed leave the same bytes. What was written is durable once it was
/// synced; creating and deleting a file is durable at once. A disk belongs to one thread at a time;
/// disks of several threads do not know of each other.
///
/// SQLite's temporary files belong to no disk: nothing happens to them and nobody counts them.
package final class SimulatedDisk {
    /// The name of the VFS; the first disk registers it.
    package static let vfsName = "simulated"

    /// The name, unique in the process.
    package let name: String
    /// What fails by chance.
    package var faults = DiskFaults()
    /// While true no fault fires, and nothing is counted: the simulator is looking.
    ///
    /// A sync that lies goes on to lie: looking makes nothing durable.
    package var isObserving = false
    /// What was asked of the disk since the last `takeUsage()`.
    package var usage = DiskUsage()
    /// How often each fault happened.
    package internal(set) var fired = DiskFaultCounts()
    /// Writes that would make the files together longer than this are refused: the disk is full.
    package var capacityBytes: Int?

    /// Ascending by name.
    var files: [DiskFile] = []
    /// Handles from before the last crash carry a smaller number.
    var incarnation = 0
    /// Whether every call fails, until `revive()`.
    package internal(set) var isDead = false
    /// How many calls are left to a planned death, that which dies included.
    var callsToDeath: Int?
    var armed = ArmedFaults()
    let ambience: Ambience
    /// One stream per kind of fault.
    private var streams: [RandomStream]

    /// Makes an empty disk and registers it under its name.
    package init(name: String, random: RandomStream) {
        self.name = name
        var random = random
        let root = random.next()
        streams = DiskFaultKind.allCases.map { RandomStream(root: root, name: $0.name) }
        ambience = Ambience(random: RandomStream(root: root, name: "randomness"))
        SimulatedVFS.register
        DiskRegistry.add(self)
    }

    deinit {
        DiskRegistry.remove(directory)
    }

    /// The directory of the disk's files.
    var directory: String { "/simulated/" + name }

    /// Where the store opens its database.
    package var path: String { directory + "/dyna.db" }

    /// The time of day for SQLite, in milliseconds since 1970.
    package var wallMilliseconds: UInt64 {
        get { ambience.wallMilliseconds }
        set { ambience.wallMilliseconds = newValue }
    }

    /// How long all files are together.
    package var sizeBytes: Int { files.reduce(0) { $0 + $1.size } }

    /// What was asked of the disk since the last time this was called.
    package func takeUsage() -> DiskUsage {
        defer { usage = DiskUsage() }
        return usage
    }

    func file(named name: String) -> DiskFile? {
        files.first { $0.name == name }
    }

    func add(_ file: DiskFile) {
        let place = files.firstIndex { $0.name > file.name } ?? files.endIndex
        files.insert(file, at: place)
    }

    /// Makes all handles useless, as they are when their process is gone.
    func closeAllFiles() {
        incarnation += 1
        for file in files {
            file.locks = FileLocks()
        }
    }

    /// A number of the stream of a fault.
    func draw(_ kind: DiskFaultKind) -> UInt64 { streams[kind.rawValue].next() }

    /// A number of the stream of a fault, below a bound above zero.
    func draw(_ kind: DiskFaultKind, below bound: Int) -> Int { Int(draw(kind) % UInt64(bound)) }

    /// Whether a fault of some probability happens now.
    func happens(_ kind: DiskFaultKind, _ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        return Double(draw(kind) >> 11) * 0x1p-53 < probability
    }

    /// Hands the stream of a fault to whoever draws much from it.
    func withStream(of kind: DiskFaultKind, _ body: (inout RandomStream) -> Void) {
        body(&streams[kind.rawValue])
    }
}

/// The disks of the process by directory; asked when a file is opened, deleted or looked for.
enum DiskRegistry {
    /// A disk takes itself off the list before it goes.
    private struct Reference: @unchecked Sendable {
        let disk: Unmanaged<SimulatedDisk>
    }

    private static let disks = Mutex<[String: Reference]>([:])

    static func add(_ disk: SimulatedDisk) {
        let reference = Reference(disk: Unmanaged.passUnretained(disk))
        let old = disks.withLock { $0.updateValue(reference, forKey: disk.directory) }
        precondition(old == nil, "there is another disk called \(disk.name)")
    }

    static func remove(_ directory: String) {
        disks.withLock { _ = $0.removeValue(forKey: directory) }
    }

    /// The disk and the name of the file that a path leads to.
    static func find(_ path: String) -> (disk: SimulatedDisk, name: String)? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        let directory = String(path[..<slash])
        guard let reference = disks.withLock({ $0[directory] }) else { return nil }
        return (reference.disk.takeUnretainedValue(), String(path[path.index(after: slash)...]))
    }
}
