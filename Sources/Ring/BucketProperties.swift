import Primitives

/// How many replicas a read or a write waits for.
package enum QuorumSetting: Hashable, Sendable {
    /// More than half of n.
    case quorum
    /// Exactly this many.
    case count(Int)

    func value(n: Int) -> Int {
        switch self {
        case .quorum: n / 2 + 1
        case .count(let count): count
        }
    }
}

/// When replicas that answered a read with less than the merged record get it.
package enum ReadRepairMode: UInt8, Hashable, Sendable {
    /// After the reply.
    case async = 0
    /// Never.
    case off = 1
    /// Before the reply, so many of them that no later read can show less.
    case blocking = 2
}

/// How a bucket keeps its keys.
package struct BucketProperties: Hashable, Sendable {
    /// The most copies.
    package static let copiesMax = 16
    /// The longest that a value may be kept which is to expire: a hundred years.
    package static let ttlMillisecondsMax: UInt64 = 100 * 365 * 86_400_000

    /// In how many copies a key is kept.
    package var n = 3
    /// How many replicas a read waits for.
    package var r = QuorumSetting.quorum
    /// How many replicas a write waits for.
    package var w = QuorumSetting.quorum
    /// How many of a read's replicas must be primaries.
    package var pr = 0
    /// How many of a write's replicas must be primaries.
    package var pw = 0
    /// How concurrent versions are treated.
    package var conflict = ConflictResolution.siblings
    /// When stale replicas are repaired by reads.
    package var readRepair = ReadRepairMode.async
    /// Whether fallbacks take the place of primaries that cannot be reached.
    package var isSloppy = true
    /// How long values are kept that are put without an expiry of their own, in milliseconds; nil
    /// where they do not expire.
    package var ttlMilliseconds: UInt64?

    /// The defaults: n 3, r and w a quorum, siblings, asynchronous read repair, sloppy quorums, no
    /// expiry.
    package init() {}

    /// How many replicas a read waits for, as a number.
    package var readQuorum: Int { r.value(n: n) }

    /// How many replicas a write waits for, as a number.
    package var writeQuorum: Int { w.value(n: n) }

    /// Throws where the properties are impossible in a cluster of that many members.
    package func validate(members: Int) throws(BucketPropertyError) {
        guard (1...BucketProperties.copiesMax).contains(n) else {
            throw .outOfRange(name: "n", value: n, range: 1...BucketProperties.copiesMax)
        }
        guard n <= members else { throw .moreCopiesThanMembers(n: n, members: members) }
        for (name, value, least) in [
            ("r", readQuorum, 1), ("w", writeQuorum, 1), ("pr", pr, 0), ("pw", pw, 0),
        ] {
            guard value <= n else { throw .moreThanCopies(name: name, value: value, n: n) }
            guard value >= least else {
                throw .outOfRange(name: name, value: value, range: least...n)
            }
        }
    }
}

/// Why a bucket property is refused.
package enum BucketPropertyError: Error, Hashable, Sendable {
    /// There is no such property.
    case unknownName(String)
    /// The value is not one that the property takes.
    case badValue(name: String, value: String, allowed: String)
    /// A number is outside of its range.
    case outOfRange(name: String, value: Int, range: ClosedRange<Int>)
    /// A quorum is larger than the number of copies.
    case moreThanCopies(name: String, value: Int, n: Int)
    /// There are more copies than members to hold them.
    case moreCopiesThanMembers(n: Int, members: Int)
}

extension BucketPropertyError: CustomStringConvertible {
    /// What is wrong, and the rule.
    package var description: String {
        switch self {
        case .unknownName(let name):
            "unknown property '\(name)'; known are "
                + BucketProperties.names.joined(separator: ", ")
        case .badValue(let name, let value, let allowed):
            "\(name)=\(value) is impossible: \(name) takes \(allowed)"
        case .outOfRange(let name, let value, let range):
            "\(name)=\(value) is impossible: it must be from \(range.lowerBound) to "
                + "\(range.upperBound)"
        case .moreThanCopies(let name, let value, let n):
            "\(name)=\(value) is greater than n=\(n): no request can wait for more replicas than "
                + "the bucket has"
        case .moreCopiesThanMembers(let n, let members):
            "n=\(n) is greater than the \(members) members of the cluster: every copy needs a "
                + "member of its own"
        }
    }
}
