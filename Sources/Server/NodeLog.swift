import Logging
import Membership
import Node
import Primitives
import Replica
import Ring

/// Writes a node's notes to the log, as text with metadata.
struct NodeLog {
    private let logger: Logger
    private let cluster: ClusterState

    init(logger: Logger, cluster: ClusterState) {
        self.logger = logger
        self.cluster = cluster
    }

    func record(_ note: Note) {
        switch note {
        case .status, .identityChanged, .refilling, .counted, .notCounted, .staleStart,
            .startAccepted, .clockAhead:
            recordMember(note)
        case .unknownDotCovered(let key):
            logger.warning(
                "a context covers a write of this node that it does not know", metadata: of(key))
        case .unreadable(let key):
            logger.error(
                "a record is unreadable; reading the other replicas to repair it",
                metadata: of(key))
        case .storeFailed(let failure):
            logger.critical("\(failure)")
        case .storeRecovered:
            logger.notice("the store takes writes again")
        case .bucketChanged(let entry):
            logger.notice("bucket properties changed", metadata: of(entry))
        default:
            recordRepair(note)
        }
    }

    private func recordRepair(_ note: Note) {
        switch note {
        case .readRepair(let name):
            logger.debug("read repair", metadata: ["member": "\(name)"])
        case .answeredRequestEnded:
            logger.debug("too many answered requests wait for slower replicas")
        case .exchanged(let name, let counts, let isComplete):
            guard counts.sent + counts.received + counts.refused > 0 || !isComplete else { break }
            logger.info(
                isComplete ? "anti-entropy found differences" : "anti-entropy broke off",
                metadata: [
                    "member": "\(name)", "sent": "\(counts.sent)",
                    "received": "\(counts.received)", "refused": "\(counts.refused)",
                ])
        case .scrubbed(let counts, let isComplete):
            scrubbed(counts, isComplete: isComplete)
        case .hintKept(let name):
            logger.debug("keeping a hint", metadata: ["member": "\(name)"])
        case .recordTooOld(let name):
            logger.info(
                "refused a record that was read too long ago", metadata: ["member": "\(name)"])
        case .recordReread(let key):
            logger.info("read a record again, it had grown too old", metadata: of(key))
        case .reaped(let count):
            logger.debug("removed tombstones", metadata: ["records": "\(count)"])
        case .hintRefused:
            logger.warning("no room for further hints: what is written now is left to repair")
        case .hintsDelivered(let name, let count):
            logger.info("delivered hints", metadata: ["member": "\(name)", "hints": "\(count)"])
        case .hintDamaged(let key):
            logger.error("a hint was unreadable and is forgotten", metadata: of(key))
        default:
            break
        }
    }

    private func recordMember(_ note: Note) {
        switch note {
        case .status(let name, let status):
            logger.notice("member is \(status)", metadata: ["member": "\(name)"])
        case .identityChanged(let name, let old, let new):
            logger.warning(
                "member came back with new, empty data under its old name",
                metadata: ["member": "\(name)", "old": "\(old)", "new": "\(new)"])
        case .refilling:
            logger.warning(
                """
                this node's data was lost: it does not count in quorums before all other \
                replicas were compared with it; dynactl status shows which are missing
                """)
        case .counted(let isRefilled):
            logger.notice(
                isRefilled
                    ? "refilled: this node counts in quorums again"
                    : "all members are new to each other: this node counts in quorums")
        case .notCounted(let name):
            logger.debug("stored by a member that is refilling", metadata: ["member": "\(name)"])
        case .staleStart(let name, let start, let known):
            logger.error(
                known.node == start.node
                    ? "refused a start from an old copy of a member's data"
                    : "refused a start of data that other data took the place of",
                metadata: [
                    "member": "\(name)", "start": "\(start.number)", "known": "\(known.number)",
                ])
        case .startAccepted:
            logger.info("a majority of the members accepted this start")
        case .clockAhead(let name, let milliseconds):
            logger.error(
                "refused a message: its clock is too far ahead; correct that machine's clock",
                metadata: ["member": "\(name)", "aheadMilliseconds": "\(milliseconds)"])
        default: break
        }
    }

    private func scrubbed(_ counts: ScrubCounts, isComplete: Bool) {
        let found = counts.unreadable + counts.leaves + counts.hintsMended + counts.lost
        logger.log(
            level: found > 0 ? .error : .info,
            isComplete ? "verified all that this node keeps" : "a scrub broke off",
            metadata: [
                "records": "\(counts.records)", "unreadable": "\(counts.unreadable)",
                "mended": "\(counts.mended)", "leavesMended": "\(counts.leaves)",
                "hintsMended": "\(counts.hintsMended)", "damagedStretches": "\(counts.lost)",
            ])
    }

    func refused(by member: MemberIndex, _ reason: String) {
        logger.error(
            "member refused this node: \(reason)",
            metadata: ["member": "\(cluster.member(member).name)"])
    }

    func delayInjected(_ what: String, to member: MemberIndex) {
        logger.warning(
            "injected delay: \(what)", metadata: ["to": "\(cluster.member(member).name)"])
    }

    func rejected(_ address: String, _ reason: String) {
        logger.warning(
            "closed a connection to the peer port: \(reason)",
            metadata: [
                "address": "\(address)"
            ])
    }

    private func of(_ entry: BucketEntry) -> Logger.Metadata {
        ["bucket": "\(String(decoding: entry.name, as: UTF8.self))"]
    }

    private func of(_ key: Key) -> Logger.Metadata {
        [
            "bucket": "\(String(decoding: key.bucket, as: UTF8.self))",
            "key": "\(String(decoding: key.key.prefix(64), as: UTF8.self))",
        ]
    }
}
