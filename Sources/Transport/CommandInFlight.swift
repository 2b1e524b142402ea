import Commands
import Primitives
import Quorum

/// A command whose answer is not written yet.
final class CommandInFlight {
    /// What is made of the replies; nil where the answer was there at once.
    private(set) var step: CommandStep?
    /// What was asked first; its keys are in flight until the command is finished.
    let requests: [ClientRequest]
    /// The answer, where it must wait for those of earlier commands.
    var answer: [UInt8]?
    /// Whether nothing more has to be asked.
    var isFinished = false
    private var replies: [ClientReply?]
    private var missing: Int

    init(_ step: CommandStep, _ requests: [ClientRequest]) {
        self.step = step
        self.requests = requests
        replies = Array(repeating: nil, count: requests.count)
        missing = requests.count
    }

    init(answer: [UInt8]) {
        self.answer = answer
        isFinished = true
        requests = []
        replies = []
        missing = 0
    }

    /// Keeps a reply; true where it was the last one missing.
    func take(_ reply: ClientReply, _ index: Int) -> Bool {
        guard replies[index] == nil else { return false }
        replies[index] = reply
        missing -= 1
        return missing == 0
    }

    func takeReplies() -> [ClientReply] {
        let taken = replies.compactMap { $0 }
        replies = []
        return taken
    }

    /// Waits for the replies to further requests.
    func goOn(_ step: CommandStep, count: Int) {
        self.step = step
        replies = Array(repeating: nil, count: count)
        missing = count
    }
}

/// The keys that commands in flight on one connection touch.
struct KeysInFlight {
    private var uses: [Hash128: (reads: Int, writes: Int)] = [:]
    private var barriers = 0
    private var count = 0

    /// Whether requests may start beside those in flight: none of them writes a key that another
    /// one touches, and what has no key waits for everything before it.
    func admits(_ requests: [ClientRequest]) -> Bool {
        guard count > 0 else { return true }
        guard barriers == 0 else { return false }
        return requests.allSatisfy { request in
            guard let (key, isWrite) = request.use else { return false }
            guard let use = uses[key] else { return true }
            return use.writes == 0 && !isWrite
        }
    }

    mutating func add(_ requests: [ClientRequest]) {
        count += 1
        for request in requests {
            change(request, by: 1)
        }
    }

    mutating func remove(_ requests: [ClientRequest]) {
        count -= 1
        for request in requests {
            change(request, by: -1)
        }
    }

    private mutating func change(_ request: ClientRequest, by difference: Int) {
        guard let (key, isWrite) = request.use else {
            barriers += difference
            return
        }
        var use = uses[key] ?? (0, 0)
        if isWrite {
            use.writes += difference
        } else {
            use.reads += difference
        }
        uses[key] = use == (0, 0) ? nil : use
    }
}

extension ClientRequest {
    /// The key that a request touches, and whether it may write it.
    fileprivate var use: (key: Hash128, isWrite: Bool)? {
        switch self {
        case .get(let request): (request.key.hash, false)
        case .put(let request): (request.key.hash, true)
        case .local(let key), .repair(.key(let key)): (key.hash, false)
        case .count, .ring, .status, .delays, .injection, .bucket, .repair,
            .scrub:
            nil
        }
    }
}
