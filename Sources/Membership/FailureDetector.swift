import Primitives
import Ring

/// A node's opinion of another member.
package enum MemberStatus: UInt8, Hashable, Sendable {
    /// Linked and heard of lately.
    case up = 0
    /// Not linked, or silent for longer than the suspicion time.
    case suspect = 1
    /// Suspected for longer than the time after which it is called down.
    case down = 2
}

/// Tells which members can be reached, by heartbeats on the link to each of them.
///
/// Liveness is a local opinion: it routes requests and never changes who owns what. A broken link
/// makes a suspect at once; a silent one after `suspectNanoseconds`. Any message counts as a sign
/// of life. Whoever says that it does not hear this member is a suspect too: what is sent there
/// does not arrive, though all that it sends does. This is the plain all-to-all form; a gossiped
/// detector (SWIM) takes its place when rings grow beyond what all-to-all heartbeats can carry.
package struct FailureDetector: Sendable {
    /// Periods of the detector.
    package struct Settings: Hashable, Sendable {
        /// How often heartbeats are sent, in nanoseconds.
        package var heartbeatNanoseconds: UInt64 = 200_000_000
        /// How long a member may be silent before it is suspected, in nanoseconds.
        package var suspectNanoseconds: UInt64 = 900_000_000
        /// How long a member is a suspect before it is called down, in nanoseconds.
        package var downNanoseconds: UInt64 = 5_000_000_000

        /// The defaults: 200 ms, 900 ms, 5 s.
        package init() {}
    }

    /// What the detector learns.
    package enum Input: Sendable {
        /// The link to a member is up and the member answered on it.
        case connected(MemberIndex)
        /// The link to a member broke.
        case disconnected(MemberIndex)
        /// A message came from a member.
        case heard(MemberIndex)
        /// A member says that it hears this one.
        case heardBy(MemberIndex)
        /// A member says that it has not heard this one lately.
        case unheardBy(MemberIndex)
        /// The heartbeat period passed.
        case period
    }

    /// What the detector wants done.
    package enum Action: Hashable, Sendable {
        /// Send a heartbeat.
        case heartbeat(MemberIndex)
        /// A member's status changed.
        case changed(MemberIndex, MemberStatus)
    }

    private struct Peer: Sendable {
        var isConnected = false
        var connectedSince: UInt64 = 0
        /// Whether it says that it does not hear this member.
        var isDeaf = false
        var heard: UInt64 = 0
        var suspectSince: UInt64 = 0
        var status = MemberStatus.suspect
    }

    private let settings: Settings
    private let members: [MemberIndex]
    private var peers: [Peer]

    /// A detector of the given other members; all are suspects until they are heard of.
    package init(members: [MemberIndex], at now: Instant, settings: Settings = Settings()) {
        self.settings = settings
        self.members = members
        let size = members.map { Int($0.raw) + 1 }.max() ?? 0
        peers = Array(repeating: Peer(suspectSince: now.nanoseconds), count: size)
    }

    /// The status of another member.
    package func status(of member: MemberIndex) -> MemberStatus {
        peers[Int(member.raw)].status
    }

    /// Whether the link to a member is up, whatever else is thought of it.
    package func isConnected(_ member: MemberIndex) -> Bool {
        peers[Int(member.raw)].isConnected
    }

    /// Whether something was heard of a member within the suspicion time.
    package func hears(_ member: MemberIndex, at now: Instant) -> Bool {
        now.nanoseconds <= peers[Int(member.raw)].heard + settings.suspectNanoseconds
    }

    /// For how long a member has not been up, in nanoseconds; 0 for one that is.
    package func absence(of member: MemberIndex, at now: Instant) -> UInt64 {
        let peer = peers[Int(member.raw)]
        return peer.status == .up ? 0 : now.nanoseconds - min(peer.suspectSince, now.nanoseconds)
    }

    /// Takes in what happened.
    package mutating func handle(
        _ input: Input, at now: Instant, into actions: inout [Action]
    ) {
        switch input {
        case .connected(let member):
            peers[Int(member.raw)].isConnected = true
            peers[Int(member.raw)].connectedSince = now.nanoseconds
            peers[Int(member.raw)].isDeaf = false
            hear(member, now, into: &actions)
        case .disconnected(let member):
            peers[Int(member.raw)].isConnected = false
            suspect(member, now, into: &actions)
        case .heard(let member):
            hear(member, now, into: &actions)
        case .heardBy(let member):
            peers[Int(member.raw)].isDeaf = false
            hear(member, now, into: &actions)
        case .unheardBy(let member):
            // A link that was just opened has not carried anything yet.
            let grace = peers[Int(member.raw)].connectedSince + settings.suspectNanoseconds
            guard now.nanoseconds > grace else { return }
            peers[Int(member.raw)].isDeaf = true
            suspect(member, now, into: &actions)
        case .period:
            for member in members {
                review(member, now, into: &actions)
            }
        }
    }

    private mutating func hear(
        _ member: MemberIndex, _ now: Instant, into actions: inout [Action]
    ) {
        peers[Int(member.raw)].heard = now.nanoseconds
        let peer = peers[Int(member.raw)]
        guard peer.isConnected, !peer.isDeaf, peer.status != .up else { return }
        set(member, .up, into: &actions)
    }

    private mutating func suspect(
        _ member: MemberIndex, _ now: Instant, into actions: inout [Action]
    ) {
        guard status(of: member) == .up else { return }
        peers[Int(member.raw)].suspectSince = now.nanoseconds
        set(member, .suspect, into: &actions)
    }

    private mutating func review(
        _ member: MemberIndex, _ now: Instant, into actions: inout [Action]
    ) {
        let peer = peers[Int(member.raw)]
        if peer.isConnected {
            actions.append(.heartbeat(member))
        }
        switch peer.status {
        case .up where now.nanoseconds > peer.heard + settings.suspectNanoseconds:
            suspect(member, now, into: &actions)
        case .suspect where now.nanoseconds > peer.suspectSince + settings.downNanoseconds:
            set(member, .down, into: &actions)
        case .up, .suspect, .down:
            break
        }
    }

    private mutating func set(
        _ member: MemberIndex, _ status: MemberStatus, into actions: inout [Action]
    ) {
        peers[Int(member.raw)].status = status
        actions.append(.changed(member, status))
    }
}
