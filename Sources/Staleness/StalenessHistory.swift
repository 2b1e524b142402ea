/// A write of one version of a key, as its client saw it.
///
/// Every key has one writer, which counts its versions from 1 and writes one after the other.
package struct ObservedWrite: Equatable, Sendable {
    /// The number of the key.
    package let key: Int
    /// The number of the version, from 1.
    package let version: Int
    /// Who wrote it.
    package let session: Int
    /// When it was sent, in nanoseconds.
    package let start: UInt64
    /// When its acknowledgement came; nil if none did, whatever became of the write.
    package let acknowledged: UInt64?

    /// A write of one version of a key.
    package init(
        key: Int, version: Int, session: Int, start: UInt64, acknowledged: UInt64?
    ) {
        precondition(version > 0, "versions are counted from 1")
        self.key = key
        self.version = version
        self.session = session
        self.start = start
        self.acknowledged = acknowledged
    }
}

/// A read of a key, as its client saw it.
package struct ObservedRead: Equatable, Sendable {
    /// The number of the key.
    package let key: Int
    /// Who read it.
    package let session: Int
    /// When it was sent, in nanoseconds of the clock that times the writes.
    package let start: UInt64
    /// When its answer came.
    package let end: UInt64
    /// The newest version in the answer; 0 if the key was not found.
    package let version: Int

    /// A read of a key that found a version, or nothing.
    package init(key: Int, session: Int, start: UInt64, end: UInt64, version: Int) {
        self.key = key
        self.session = session
        self.start = start
        self.end = end
        self.version = version
    }
}

/// What clients wrote and read, in any order.
package struct StalenessHistory: Equatable, Sendable {
    /// The writes.
    package var writes: [ObservedWrite] = []
    /// The reads that were answered.
    package var reads: [ObservedRead] = []

    /// A history; empty where nothing is given.
    package init(writes: [ObservedWrite] = [], reads: [ObservedRead] = []) {
        self.writes = writes
        self.reads = reads
    }
}
