/// How a bucket treats versions of a key that do not know of each other.
package enum ConflictResolution: UInt8, Hashable, Sendable {
    /// All are kept, and the client resolves them.
    case siblings = 0
    /// The newest by hybrid timestamp is kept; concurrent writes are lost by design.
    case lastWriteWins = 1
}
