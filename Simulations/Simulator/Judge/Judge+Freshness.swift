import Primitives
import Quorum

// What a coordinator says of the freshness of its own reads.
extension Judge {
    /// Judges whether a read was called fresh or stale as it was, by what the replicas answered.
    ///
    /// - Parameters:
    ///   - told: what the client was told, as the judges read it from the answers that came first.
    ///   - answers: what all of them answered.
    ///   - begin: what the coordinator's clock read when the read began.
    mutating func check(
        _ freshness: ReadFreshness, key: Int, told: SeenRecord,
        answers: [(member: Int, record: Bytes?)], begin: UInt64
    ) {
        check(.freshness)
        guard freshness != .unknown else { return }
        // Of a request that arrived twice there may be two answers, and which counts is unknown.
        guard Set(answers.map(\.member)).count == answers.count else { return }
        var all = SeenRecord()
        for answer in answers {
            guard let bytes = answer.record else { continue }
            all.merge(read(bytes, key: key, "an answer"))
        }
        let missed = shown(all).versions.filter { version in
            version.timestamp < begin && !told.context.covers(version.dot)
                && !told.versions.contains { $0.id == version.id && !version.id.isEmpty }
        }
        let oldest = missed.map(\.timestamp).min()
        let expected = oldest.map { "stale since \($0 >> 16)" } ?? "fresh"
        let said =
            if case .stale(let time) = freshness { "stale since \(time.milliseconds)" } else {
                "fresh"
            }
        guard said != expected else { return }
        find(
            .freshness, key: key, "a read is counted as \(said), and was \(expected)",
            ["told: " + describe(told), "all answers: " + describe(all)])
    }
}
