import Primitives
import Replica
import Ring
import Staleness
import Wire

// One-way delays, as a coordinator sees them: always measured, since that costs next to nothing,
// and what staleness is predicted from. They decide nothing.
//
// W of another replica begins when the record is sent, which is when this node's store has formed
// it; so W of the own store is counted from there, too. What is confirmed only after the request
// was given up is not seen: no delay is longer than a request may take.
extension Node {
    /// A message came: its delay tells how far the clocks are apart.
    mutating func seeDelay(of envelope: Envelope, from member: MemberIndex, _ now: Instant) {
        let apparent = envelope.sentAt.microseconds(until: now.wallStamp)
        delays.see(apparent, from: Int(member.raw), at: now.nanoseconds)
    }

    /// Counts the delays of a request that is answered for the first time.
    ///
    /// Hints, repairs that a read waits for and deliveries are no part of what a read can miss.
    mutating func recordDelays(of envelope: Envelope, from member: MemberIndex, _ now: Instant) {
        let backward = envelope.sentAt.microseconds(until: now.wallStamp)
        let index = Int(member.raw)
        switch envelope.message {
        case .replicated(let request, _, let forward?)
        where isOutstanding(member, inPut: request):
            delays.record(forward, as: .write, of: index)
            delays.record(backward, as: .acknowledgement, of: index)
        case .fetched(let request, .record, let forward?)
        where isOutstanding(member, inGet: request):
            delays.record(forward, as: .read, of: index)
            delays.record(backward, as: .response, of: index)
        default:
            break
        }
    }

    private mutating func isOutstanding(_ member: MemberIndex, inGet request: UInt64) -> Bool {
        gets.with(request) { $0.coordinator.isOutstanding(member) } ?? false
    }

    private mutating func isOutstanding(_ member: MemberIndex, inPut request: UInt64) -> Bool {
        puts.with(request) { $0.coordinator.isOutstanding(member) } ?? false
    }

    /// This node's own store confirmed a write that it coordinates.
    mutating func recordOwnWrite(_ reply: ReplicaReply, _ request: UInt64, _ now: Instant) {
        guard case .put = reply, let sentAt = puts.with(request, { $0.sentAt }) ?? nil else {
            return
        }
        let index = Int(local.raw)
        delays.record(nanoseconds: now.nanoseconds - sentAt, as: .write, of: index)
        delays.record(nanoseconds: 0, as: .acknowledgement, of: index)
    }

    /// This node's own store answered a read that it coordinates.
    mutating func recordOwnRead(_ request: UInt64, _ now: Instant) {
        let local = local
        let askedAt = gets.with(request) { open in
            open.coordinator.isOutstanding(local) ? open.ownAskedAt : nil
        }
        guard let askedAt = askedAt ?? nil else { return }
        let index = Int(local.raw)
        delays.record(nanoseconds: now.nanoseconds - askedAt, as: .read, of: index)
        delays.record(nanoseconds: 0, as: .response, of: index)
    }

    /// What this node saw of delays, as a document.
    func delaysDocument() -> String {
        delays.document(
            of: Int(local.raw), names: cluster.placement.members.map { $0?.name })
    }
}
