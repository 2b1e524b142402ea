import Primitives

// What nodes may send each other.
extension Judge {
    /// Judges a record that a coordinator sends out: it must be what its put left, whole.
    mutating func check(replicated bytes: Bytes, key: Int, node: Int) {
        check(.noFalseOverwrite)
        guard !putRecords[key].contains(Digest.of(bytes)) else { return }
        find(
            .noFalseOverwrite, key: key,
            "n\(node + 1) sends out a record that no put of its own left")
    }

    /// Judges a repair: it must be what the replicas answered to one of the node's reads, merged.
    mutating func check(
        repair bytes: Bytes, isComplete: Bool, key: Int, node: Int,
        candidates: [[(member: Int, record: Bytes?)]]
    ) {
        check(.noFalseOverwrite)
        let record = read(bytes, key: key, "repair by n\(node + 1)")
        for answers in candidates {
            let records = answers.map { answer in
                answer.record.map { read($0, key: key, "an answer") } ?? SeenRecord()
            }
            if Judge.merges(of: records, least: 1).contains(record) { return }
        }
        // The read that mends an unreadable record has no client; its answers are not followed.
        guard !isComplete, !hasSeenUnreadable else { return }
        find(
            .noFalseOverwrite, key: key,
            "n\(node + 1) repairs with a record that its replicas did not answer",
            [describe(record)]
                + candidates.map { answers in
                    "answers: "
                        + answers.map { answer in
                            "n\(answer.member + 1): "
                                + (answer.record.map { describe(read($0, key: key, "")) } ?? "none")
                        }.joined(separator: "; ")
                })
    }
}
