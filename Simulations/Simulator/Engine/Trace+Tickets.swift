import Node
import Primitives
import Replica

// For what a node asks its store, word by word.
extension Trace {
    /// Takes in a ticket with all that it says.
    mutating func add(_ ticket: StoreTicket) {
        switch ticket {
        case .put(let request): add(1, request)
        case .reread(let request, let readAt): add(2, request, readAt.raw)
        case .get(let request, let readAt): add(3, request, readAt.raw)
        case .replicate(let member, let request, let sentAt, let bytes):
            add(4, UInt64(member.raw), request)
            add(5, UInt64(bitPattern: Int64(sentAt.raw)), UInt64(bytes))
        case .fetch(let member, let request, let sentAt, let readAt):
            add(6, UInt64(member.raw), request)
            add(7, UInt64(bitPattern: Int64(sentAt.raw)), readAt.raw)
        case .repair(let bytes): add(8, UInt64(bytes))
        case .awaitedRepair(let request, let bytes): add(9, request, UInt64(bytes))
        case .hint(let member, let request, let target, let bytes):
            add(10, UInt64(member.raw), request)
            add(11, UInt64(target.raw), UInt64(bytes))
        case .ownHint(let members, let bytes):
            add(12, UInt64(bytes))
            add(members) { $0.add($1) }
        case .unhinted(let members, let key, let readAt):
            add(13, readAt.raw)
            add(key)
            add(members) { $0.add($1) }
        case .hintPage(let member, let readAt): add(14, UInt64(member.raw), readAt.raw)
        case .settledHints(let member): add(15, UInt64(member.raw))
        case .local(let request): add(16, request)
        case .count(let request): add(17, request)
        case .status(let request): add(18, request)
        case .peerStatus(let member, let request): add(19, UInt64(member.raw), request)
        default: add(comparing: ticket)
        }
    }

    /// Tickets of anti-entropy, of reaping and of scrubs.
    private mutating func add(comparing ticket: StoreTicket) {
        switch ticket {
        case .exchange(let number): add(20, number)
        case .exchanged(let number, let key, let bytes):
            add(21, number, UInt64(bytes))
            add(key)
        case .compare(let member, let request): add(22, UInt64(member.raw), request)
        case .compareKeys(let member, let request): add(23, UInt64(member.raw), request)
        case .deadList: add(24)
        case .reap(let member, let request, let question):
            add(25, UInt64(member.raw), request)
            add(UInt64(question.step.rawValue), question.version, question.notBefore.raw)
            add(question.records) { $0.add($1) }
        case .scrub(let number): add(26, number)
        case .rescrub(let number): add(27, number)
        case .mended(let number, let counts):
            add(28, number)
            add(counts)
        default: add(remembering: ticket)
        }
    }

    /// Tickets for facts about the node and the cluster.
    private mutating func add(remembering ticket: StoreTicket) {
        switch ticket {
        case .lease(let bound): add(29, bound.raw)
        case .start(let member, let start):
            add(30, UInt64(member.raw))
            add(start)
        case .bucket(let token, let entry):
            add(31)
            add(optional: token) { $0.add($1.raw) }
            add(entry)
        case .trust: add(32)
        case .stale(let reason):
            add(33)
            add(reason)
        case .refill(let state): add(34, state.rawValue)
        case .clean: add(35)
        // All others are taken in above; named here, so that a new ticket has to be, too.
        case .put, .reread, .get, .replicate, .fetch, .repair, .awaitedRepair, .hint, .ownHint,
            .unhinted, .hintPage, .settledHints, .local, .count, .status, .peerStatus, .exchange,
            .exchanged, .compare, .compareKeys, .deadList, .reap, .scrub, .rescrub, .mended:
            break
        }
    }

    private mutating func add(_ first: UInt64, _ second: UInt64, _ third: UInt64? = nil) {
        add(first)
        add(second)
        if let third { add(third) }
    }
}
