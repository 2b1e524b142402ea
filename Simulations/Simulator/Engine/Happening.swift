import Node
import Replica
import Store

/// Everything that can be waiting to happen in a run.
enum Happening {
    /// A fault of the plan, by its place.
    case fault(Int)
    /// A temporary fault is over.
    case relief(Relief)
    /// The next part of the run begins.
    case phase(Phase)
    /// A client looks for something to do.
    case operation(client: Int)
    /// A client has waited long enough for an answer.
    case patience(client: Int, attempt: UInt32)
    /// Bytes of a client reach a node.
    indirect case request(node: Int, ClientBytes)
    /// Bytes of a node reach a client; the truth about the answer comes with the last of them.
    indirect case answer(client: Int, generation: UInt32, [UInt8], AnswerTruth?)
    /// A client learns that its connection is gone.
    case hungUp(client: Int, generation: UInt32)
    /// A node calls another.
    case dial(link: Int, redial: UInt32)
    /// A call was taken, or was not.
    case dialled(link: Int, generation: UInt32, isTaken: Bool)
    /// The first frame of a stream arrives.
    case frame(link: Int)
    /// A frame has arrived at its node.
    case arrived(link: Int, generation: UInt32, [UInt8])
    /// A datagram arrives; lost if the link was cut meanwhile.
    case datagram(link: Int, generation: UInt32, epoch: UInt32, [UInt8])
    /// The answer to a greeting reaches the caller.
    case greeted(link: Int, generation: UInt32, isWelcome: Bool)
    /// The caller learns that its connection is gone, or gives up waiting.
    case linkClosed(link: Int, generation: UInt32, isTimeout: Bool)
    /// A cut connection has been silent for so long that its caller gives it up.
    case holdTimeout(link: Int, generation: UInt32)
    /// A node's wake-up time.
    case wake(node: Int, incarnation: Int, at: UInt64)
    /// A node's store takes what waits.
    case storeTurn(node: Int, incarnation: Int)
    /// A part of a transaction's answers is out.
    case stored(node: Int, incarnation: Int, StorePhase, [StoreAnswer])
    /// The store is done with a transaction.
    case storeIdle(node: Int, incarnation: Int)
    /// A node that stood still goes on.
    case resume(node: Int, incarnation: Int)
    /// A process starts.
    case start(node: Int, incarnation: Int)
    /// A process that dies within a transaction is gone.
    case crash(node: Int, incarnation: Int, isPowerLoss: Bool, downNanoseconds: UInt64)
    /// Looks at the replicas for the timeline.
    case sample
    /// The freshness workload goes on.
    case freshness(FreshnessStep)
}

/// A part of a client's request, with the truth about which operation it is for.
struct ClientBytes {
    let client: Int
    let generation: UInt32
    let operation: Int?
    /// Whether these are the first bytes of their connection.
    let isOpening: Bool
    let bytes: [UInt8]
}

/// What the store answers to one command.
struct StoreAnswer {
    let ticket: StoreTicket
    let reply: ReplicaReply
}

/// The ends of temporary faults.
enum Relief {
    case capacity(Int)
    case clock(Int)
}

/// The parts of a run after its faults.
enum Phase {
    /// Everything, or a core, is healed.
    case heal
    /// What can be served must be served from now on.
    case live
    /// Also what lies outside of the core is healed.
    case healAll
    /// No new requests.
    case still
    /// No requests at all.
    case quiesce
    /// All keys are read through all nodes, again and again until the replicas agree.
    case converge(round: Int)
    /// Whether the replicas agree by now, again and again until they do.
    case agree
    /// All nodes verify what they keep.
    case scrub(round: Int)
    /// Whether they are done with it, again and again until they are.
    case scrubbed(round: Int)
    /// The last look.
    case end
}

extension Happening {
    /// The kind, for the trace.
    var kind: UInt64 {
        switch self {
        case .fault: 1
        case .relief: 2
        case .phase: 3
        case .operation: 4
        case .patience: 5
        case .request: 6
        case .answer: 7
        case .hungUp: 8
        case .dial: 9
        case .dialled: 10
        case .frame: 11
        case .arrived: 12
        case .datagram: 13
        case .greeted: 14
        case .linkClosed: 15
        case .holdTimeout: 16
        case .wake: 17
        case .storeTurn: 18
        case .stored: 19
        case .storeIdle: 20
        case .resume: 21
        case .start: 22
        case .crash: 23
        case .sample: 24
        case .freshness: 25
        }
    }

    /// Whom it concerns, for the trace.
    var target: Int {
        switch self {
        case .fault(let index): index
        case .relief, .phase, .sample, .freshness: 0
        case .operation(let client), .patience(let client, _): client
        case .answer(let client, _, _, _), .hungUp(let client, _): client
        case .request(let node, _): node
        case .dial(let link, _), .dialled(let link, _, _), .frame(let link): link
        case .arrived(let link, _, _), .datagram(let link, _, _, _): link
        case .greeted(let link, _, _), .linkClosed(let link, _, _): link
        case .holdTimeout(let link, _): link
        case .wake(let node, _, _), .storeTurn(let node, _), .stored(let node, _, _, _): node
        case .storeIdle(let node, _), .resume(let node, _), .start(let node, _): node
        case .crash(let node, _, _, _): node
        }
    }
}
