import Primitives

/// The four delays of a quorum request, as the model of staleness names them (Bailis et al.,
/// "Probabilistically Bounded Staleness for Practical Partial Quorums", PVLDB 5(8), 2012).
package enum DelayKind: String, CaseIterable, Sendable {
    /// W: from the sending of a write until a read of the replica finds it.
    case write
    /// A: from there until the coordinator has the confirmation.
    case acknowledgement
    /// R: from the sending of a read until the replica's store has looked.
    case read
    /// S: from there until the coordinator has the answer.
    case response

    /// Whether it is measured on the way to the replica, so that the replica's clock ends it.
    var isForth: Bool { self == .write || self == .read }
}

/// What one coordinator saw of the delays to and from one replica.
package struct PeerDelays: Hashable, Sendable {
    /// W.
    package fileprivate(set) var write = DelayHistogram()
    /// A.
    package fileprivate(set) var acknowledgement = DelayHistogram()
    /// R.
    package fileprivate(set) var read = DelayHistogram()
    /// S.
    package fileprivate(set) var response = DelayHistogram()
    /// How far the replica's clock is ahead of the coordinator's.
    package fileprivate(set) var offset = ClockOffset()

    /// Nothing was seen yet.
    package init() {}

    /// One of the four.
    package subscript(kind: DelayKind) -> DelayHistogram {
        switch kind {
        case .write: write
        case .acknowledgement: acknowledgement
        case .read: read
        case .response: response
        }
    }

    /// Counts a delay.
    fileprivate mutating func record(_ microseconds: UInt64, as kind: DelayKind) {
        switch kind {
        case .write: write.record(microseconds)
        case .acknowledgement: acknowledgement.record(microseconds)
        case .read: read.record(microseconds)
        case .response: response.record(microseconds)
        }
    }
}

/// The one-way delays that a node sees as a coordinator, by replica, itself among them.
package struct DelayTable: Hashable, Sendable {
    /// By the index of the member.
    package private(set) var members: [PeerDelays]

    /// A table for so many members.
    package init(members: Int) {
        self.members = Array(repeating: PeerDelays(), count: members)
    }

    /// Counts a delay that two clocks measured.
    ///
    /// The difference of the clocks is taken off, as far as it is known; what is below 0 then
    /// counts as 0. What seems to have taken longer than half an hour, either way, is left out.
    package mutating func record(
        _ apparent: Int32, as kind: DelayKind, of member: Int
    ) {
        let offset = members[member].offset.microseconds ?? 0
        let elapsed = Int64(apparent) + (kind.isForth ? -offset : offset)
        guard abs(elapsed) <= WallStamp.elapsedMicrosecondsMax else { return }
        members[member].record(UInt64(max(elapsed, 0)), as: kind)
    }

    /// Counts a delay that one clock measured: of the coordinator's own store.
    package mutating func record(
        nanoseconds: UInt64, as kind: DelayKind, of member: Int
    ) {
        members[member].record(nanoseconds / 1_000, as: kind)
    }

    /// A message of a member's came and seems to have taken so long, in microseconds.
    package mutating func see(_ apparent: Int32, from member: Int, at nanoseconds: UInt64) {
        members[member].offset.see(apparent, at: nanoseconds)
    }

    /// A member says how long the fastest of this node's messages seems to have taken.
    package mutating func learn(_ apparent: Int32?, from member: Int) {
        members[member].offset.learn(apparent)
    }

    /// The delays document of one coordinator: what it saw, replica by replica.
    ///
    /// - Parameter names: the members' names, by index; nil for a place that nobody has.
    package func document(of coordinator: Int, names: [String?]) -> String {
        var json = JSONText()
        json.object { json in
            json.string("kind", "delays")
            json.array("nodes") { json in
                for name in names.compactMap(\.self) { json.string(nil, name) }
            }
            json.array("pairs") { json in
                for (index, delays) in members.enumerated() {
                    guard let from = names[coordinator], let to = names[index] else { continue }
                    json.object { json in
                        json.string("from", from)
                        json.string("to", to)
                        delays.write(to: &json)
                    }
                }
            }
        }
        return json.text
    }
}

extension PeerDelays {
    fileprivate func write(to json: inout JSONText) {
        for kind in DelayKind.allCases {
            json.object(kind.rawValue) { json in
                json.number("count", self[kind].count)
                json.array("microseconds") { json in
                    for bucket in self[kind].buckets {
                        json.array { json in
                            json.number(nil, bucket.lowest)
                            json.number(nil, bucket.highest)
                            json.number(nil, bucket.count)
                        }
                    }
                }
            }
        }
        if let microseconds = offset.microseconds {
            json.number("clockOffsetMicroseconds", microseconds)
        }
    }
}
