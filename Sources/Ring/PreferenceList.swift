/// The nodes that may hold a key, in order: its primaries, then the fallbacks that take their place
/// while they cannot be reached.
///
/// Shares the placement's storage: making one allocates nothing.
package struct PreferenceList: Sendable {
    /// The bucket's n replicas, or all members where there are fewer.
    package let primaries: ArraySlice<MemberIndex>
    /// The others, in the order in which they take the place of a primary.
    package let fallbacks: ArraySlice<MemberIndex>

    init(owners: ArraySlice<MemberIndex>, n: Int) {
        primaries = owners.prefix(n)
        fallbacks = owners.dropFirst(n)
    }

    /// Whether a member is a primary.
    package func isPrimary(_ member: MemberIndex) -> Bool {
        primaries.contains(member)
    }
}
