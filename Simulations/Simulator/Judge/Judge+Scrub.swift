// What a scrub is for: everything that a node keeps is looked at, and what cannot be read is read
// from the others before anyone asks for it.
extension Judge {
    /// A node after a scrub: what it says about that, and what lies on its disk.
    struct Scrubbed {
        let node: Int
        /// Whether it still is at it.
        var isScrubbing = false
        /// Of how many records it says that it looked at them.
        var seen = 0
        /// How many tombstones were removed since it began: it may have looked at them before.
        var removed = 0
        /// In what its trees differ from its records.
        var treeDifference: String?
    }

    /// What a scrub left that it should have found or mended.
    ///
    /// - Parameters:
    ///   - isSettled: whether nothing was written meanwhile, so that counts can be compared.
    ///   - stored: what lies on the disk of a node under a key.
    func left(
        by scrubbed: Scrubbed, isSettled: Bool, stored: (_ node: Int, _ key: Int) -> StoredState
    ) -> [(key: Int?, text: String)] {
        let (node, name) = (scrubbed.node, "n\(scrubbed.node + 1)")
        var left: [(key: Int?, text: String)] = []
        if scrubbed.isScrubbing { left.append((nil, "\(name) does not end its scrub")) }
        var kept = 0
        for key in keys.indices {
            let state = stored(node, key)
            kept += state == .absent ? 0 : 1
            guard state == .unreadable, isMendable(key, at: node, stored: stored) else { continue }
            left.append((key, "\(name) cannot read a record after its scrub"))
        }
        if let difference = scrubbed.treeDifference {
            left.append((nil, "\(name) after its scrub: \(difference)"))
        }
        // What a falsified disk shows may change from one look to the next.
        let expected = kept...kept + scrubbed.removed
        if isSettled, !isTainted[node], !expected.contains(scrubbed.seen) {
            left.append((nil, "\(name) verified \(scrubbed.seen) of \(kept) records"))
        }
        return left
    }

    /// Whether all other owners of a key can read what they have, and one has something.
    private func isMendable(
        _ key: Int, at node: Int, stored: (_ node: Int, _ key: Int) -> StoredState
    ) -> Bool {
        guard owners[key].contains(node) else { return false }
        let states = owners[key].filter { $0 != node }.map { stored($0, key) }
        return !states.contains(.unreadable) && states.contains { $0 != .absent }
    }

    /// Judges what the scrubs of all nodes left.
    mutating func judge(leftByScrubs left: [(key: Int?, text: String)]) {
        check(.scrub, times: world.nodes)
        for finding in left { find(.scrub, key: finding.key, finding.text) }
    }
}
