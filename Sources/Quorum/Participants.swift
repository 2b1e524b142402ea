import Primitives
import Ring

/// Who takes part in a request for a key: the primaries that can be reached and, in a sloppy
/// quorum, for each of the others the next fallback that can (DeCandia et al., "Dynamo", SOSP 2007,
/// section 4.6).
package struct Participants: Sendable {
    /// A fallback that takes the place of a primary for one request.
    package struct Substitute: Hashable, Sendable {
        /// Who is asked.
        package let fallback: MemberIndex
        /// Who should have been.
        package let primary: MemberIndex

        /// A fallback in the place of a primary.
        package init(fallback: MemberIndex, primary: MemberIndex) {
            self.fallback = fallback
            self.primary = primary
        }
    }

    /// The key's primaries, in the order of its preference list.
    package let primaries: [MemberIndex]
    /// Those of them that can be reached.
    package private(set) var reachable: [MemberIndex]
    /// Those that can be reached and do not count before they are refilled: they are sent what is
    /// written, and not asked.
    package private(set) var refilling: [MemberIndex] = []
    /// Who takes the place of the others.
    package private(set) var substitutes: [Substitute]
    /// The primaries that cannot be reached and whose place nobody takes.
    package let uncovered: [MemberIndex]
    /// Further fallbacks that can be reached, in order, for primaries that fail on the way.
    package private(set) var spares: [MemberIndex]

    /// The participants of a request.
    ///
    /// - Parameters:
    ///   - isSloppy: whether fallbacks may take part.
    ///   - isReachable: whether a member can be asked.
    ///   - isReplaceable: whether a fallback may take the place of a primary that cannot be.
    ///   - isCounted: whether a member's data is complete enough for it to count.
    package init(
        of list: PreferenceList, isSloppy: Bool, isReachable: (MemberIndex) -> Bool,
        isReplaceable: (MemberIndex) -> Bool, isCounted: (MemberIndex) -> Bool = { _ in true }
    ) {
        primaries = Array(list.primaries)
        reachable = list.primaries.filter { isReachable($0) && isCounted($0) }
        refilling = list.primaries.filter { isReachable($0) && !isCounted($0) }
        let absent = list.primaries.filter { !isReachable($0) }
        guard isSloppy else {
            (substitutes, uncovered, spares) = ([], absent, [])
            return
        }
        var fallbacks = list.fallbacks.filter { isReachable($0) && isCounted($0) }[...]
        var substitutes: [Substitute] = []
        var uncovered: [MemberIndex] = []
        for primary in absent {
            if isReplaceable(primary), let fallback = fallbacks.popFirst() {
                substitutes.append(Substitute(fallback: fallback, primary: primary))
            } else {
                uncovered.append(primary)
            }
        }
        self.substitutes = substitutes
        self.uncovered = uncovered
        spares = Array(fallbacks)
    }

    /// Given participants.
    package init(
        primaries: [MemberIndex], reachable: [MemberIndex], substitutes: [Substitute] = [],
        uncovered: [MemberIndex] = [], spares: [MemberIndex] = []
    ) {
        self.primaries = primaries
        self.reachable = reachable
        self.substitutes = substitutes
        self.uncovered = uncovered
        self.spares = spares
    }

    /// The same without a member that cannot take part.
    package func without(_ member: MemberIndex) -> Participants {
        var others = self
        others.reachable.removeAll { $0 == member }
        others.refilling.removeAll { $0 == member }
        others.substitutes.removeAll { $0.fallback == member }
        others.spares.removeAll { $0 == member }
        return others
    }

    /// The same with fallbacks in the place of primaries that are being refilled, but only as many
    /// as a quorum lacks: primaries that count tell more than a fallback can.
    package func covering(upTo quorum: Int) -> Participants {
        var covered = self
        for primary in refilling where covered.count < quorum && !covered.spares.isEmpty {
            let fallback = covered.spares.removeFirst()
            covered.substitutes.append(Substitute(fallback: fallback, primary: primary))
        }
        return covered
    }

    /// The same with a member among those that are asked, though it is being refilled.
    package func asking(_ member: MemberIndex) -> Participants {
        guard refilling.contains(member) else { return self }
        var others = self
        others.refilling.removeAll { $0 == member }
        others.reachable.append(member)
        return others
    }

    /// How many members a request can count on.
    package var count: Int { reachable.count + substitutes.count }

    /// Whether a member is a primary of the key.
    package func isPrimary(_ member: MemberIndex) -> Bool {
        primaries.contains(member)
    }
}

/// How many members must answer or confirm.
package struct Required: Hashable, Sendable {
    /// How many in all: r of a get, w of a put.
    package let quorum: Int
    /// How many of them must be primaries: pr of a get, pw of a put.
    package let primaries: Int

    /// So many in all, and so many primaries among them.
    package init(quorum: Int, primaries: Int = 0) {
        self.quorum = quorum
        self.primaries = primaries
    }

    /// What a refusal tells: the greater of both.
    package var count: Int { max(quorum, primaries) }

    /// Whether so many members, and so many primaries among them, are enough.
    package func isMet(by count: Int, primaries: Int) -> Bool {
        count >= quorum && primaries >= self.primaries
    }

    /// Whether those participants could be enough.
    package func canBeMet(by participants: Participants) -> Bool {
        isMet(by: participants.count, primaries: participants.reachable.count)
    }
}
