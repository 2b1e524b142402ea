/// A fault with its time.
package struct PlannedFault: Equatable, Sendable {
    /// When, in nanoseconds of true time.
    package var at: UInt64
    /// What.
    package var fault: Fault

    /// A fault at a time.
    package init(at: UInt64, _ fault: Fault) {
        self.at = at
        self.fault = fault
    }
}

/// Which direction of a node's links is meant.
package enum Direction: String, CaseIterable, Sendable {
    /// What it receives.
    case inbound = "in"
    /// What it sends.
    case outbound = "out"
    /// Both.
    case both
}

/// A number of the network's noise that can change during a run.
package enum NoiseKnob: String, CaseIterable, Sendable {
    /// `NetworkNoise.loss`.
    case loss
    /// `NetworkNoise.duplication`.
    case duplication
    /// `NetworkNoise.overtaking`.
    case overtaking
    /// `NetworkNoise.resets`.
    case resets
    /// `NetworkNoise.corruption`.
    case corruption
    /// `NetworkNoise.tailProbability`.
    case tail
}

/// Calls to a disk that can be made to fail.
package enum DiskCall: String, CaseIterable, Sendable {
    /// Reading a page.
    case read
    /// Writing a page.
    case write
    /// Syncing a file.
    case sync
}

/// Something that goes wrong, or is put right again; nodes are numbered from 0.
package enum Fault: Equatable, Sendable {
    // Links. Cuts add up; `heal` mends them all, `uncut` and `rejoin` one.

    /// Nodes on different sides cannot talk; a node on no side talks to all of them (a bridge).
    case partition([[Int]])
    /// Every node talks to a majority, no two of them to the same one.
    case majoritiesRing
    /// One node cannot talk to the others, or cannot hear them, or both.
    case isolate(Int, Direction)
    /// What one node sends to another does not arrive.
    case cut(from: Int, to: Int)
    /// Mends all cuts between nodes.
    case heal
    /// Mends one cut of what one node sends to another.
    case uncut(from: Int, to: Int)
    /// Mends one isolation of a node in both directions.
    case rejoin(Int)
    /// Clients cannot reach a node for a while.
    case cutClients(Int, nanoseconds: UInt64)
    /// What a node sends or receives is held up for a while, then arrives.
    case clog(Int, Direction, nanoseconds: UInt64)
    /// The connection that one node opened to another breaks.
    case reset(from: Int, to: Int)
    /// One end of a connection is gone without the other noticing, for a while.
    case halfOpen(from: Int, to: Int, nanoseconds: UInt64)
    /// Changes the network's noise.
    case noise(NoiseKnob, Double)

    // Processes.

    /// The process ends at once; what it wrote to its disk stays. It starts again after a while.
    case kill(Int, downNanoseconds: UInt64)
    /// Power fails on all of them at once: what was not synced may be lost or torn.
    case powerLoss([Int], downNanoseconds: UInt64)
    /// The next transaction of a node is cut short at its `call`th call to the disk, and with it
    /// the process, or the power.
    case crashInTransaction(Int, call: Int, isPowerLoss: Bool, downNanoseconds: UInt64)
    /// The process stands still; what arrives meanwhile is handled afterwards, all at once.
    case pause(Int, nanoseconds: UInt64)
    /// The node is told to stop cleanly, and started again after a while.
    case drain(Int, downNanoseconds: UInt64)
    /// The process ends and its data is deleted; it starts again, empty, after a while.
    case wipe(Int, downNanoseconds: UInt64)
    /// Copies a node's data as it is now.
    case saveImage(Int)
    /// The process ends and starts again after a while from the data saved last; once the others
    /// refused it, its operator follows the remedy: a new data directory.
    case restoreImage(Int, downNanoseconds: UInt64)

    // Disks.

    /// Everything on a disk takes `factor` times as long for a while.
    case slowDisk(Int, factor: Double, nanoseconds: UInt64)
    /// Nothing on a disk completes until the process starts again.
    case stuckDisk(Int)
    /// Nothing that makes files longer succeeds for a while.
    case fullDisk(Int, nanoseconds: UInt64)
    /// The next call of a kind fails; sticky: all of them until the process starts again.
    case diskError(Int, DiskCall, isSticky: Bool)
    /// Whether syncs only pretend to be done; destructible nodes only.
    case lie(Int, Bool)
    /// Bits flip in so many durable pages; destructible nodes only.
    case rot(Int, pages: Int)
    /// The next page written lands elsewhere in its file; destructible nodes only.
    case misdirect(Int)
    /// The next page that is overwritten keeps its old content; destructible nodes only.
    case stalePage(Int)
    /// Power fails, and the store's log is cut at a random place; destructible nodes only. What was
    /// durable may be gone from the end, as by syncs that only pretended.
    case truncateLog(Int, downNanoseconds: UInt64)

    // Clocks. Only the calendar moves; the monotonic clock never jumps.

    /// A node's calendar jumps.
    case clockJump(Int, milliseconds: Int64)
    /// A node's calendar stands still for a while.
    case clockFreeze(Int, nanoseconds: UInt64)
    /// A node's calendar jumps to and fro with a period, for a while.
    case clockStrobe(Int, milliseconds: Int64, periodNanoseconds: UInt64, nanoseconds: UInt64)

    // Phases.

    /// Heals what is among these nodes and their clients, and starts them; all else stays broken.
    /// Every request that only needs them must succeed from the detection time on.
    case healCore([Int])
}
