import Commands
import Primitives
import Quorum
import RESP

/// A client: a small state machine that asks one thing after the other.
final class SimulatedClient {
    /// What a client keeps of a key it has read.
    struct Kept {
        let token: Bytes
        let context: SeenVector
    }

    /// What it is doing.
    struct Attempt {
        let planned: PlannedOperation
        /// Whether it waits for a read that a write is to follow.
        var isReading: Bool
        /// The number in the history of what it waits for; nil for questions about the cluster.
        var operation: Int?
        /// How often it was tried.
        var tries = 1
        /// The request as it was sent, for another try.
        var bytes: [UInt8] = []
        /// Whether some try may have been carried out.
        var isUnknown = false
    }

    let index: Int
    let operations: [PlannedOperation]
    var next = 0
    var attempt: Attempt?
    /// Goes up with everything it waits for.
    var attempts: UInt32 = 0
    /// The node it is connected to.
    var node: Int
    /// Goes up with every connection.
    var generation: UInt32 = 0
    var isConnected = false
    /// The connection that was last used.
    var openedGeneration: UInt32?
    /// The connection of which a part was lost.
    var deafGeneration: UInt32?
    var parser = RESPReplyParser()
    var unread: [UInt8] = []
    var kept: [Kept?]
    var random: RandomStream
    /// When the latest message to or from it arrives.
    var lastArrival: UInt64 = 0
    /// Whether it must be served by now.
    var mustSucceed = false

    init(index: Int, operations: [PlannedOperation], world: World, seed: UInt64) {
        self.index = index
        self.operations = operations
        random = RandomStream(root: seed, name: "client/c\(index + 1)/connection")
        kept = Array(repeating: nil, count: world.keys)
        node = index % world.nodes
    }
}

/// A node's end of a client's connection, in the manner of `ClientHandler`, for clients that ask
/// one thing at a time.
final class ClientPort {
    let generation: UInt32
    var session: CommandSession
    var parser = RESPParser()
    var writer = RESPWriter()
    var unread: [UInt8] = []
    /// The command being carried out.
    var step: CommandStep?
    var replies: [ClientReply?] = []
    var truth: AnswerTruth?
    /// The operation that the request is for; part of the truth, not of the protocol.
    var operation: Int?
    /// Whether a part of the stream was lost.
    var isDeaf = false

    init(generation: UInt32, session: CommandSession) {
        self.generation = generation
        self.session = session
    }
}
