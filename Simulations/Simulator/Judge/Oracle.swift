/// What must hold; numbered for ever.
package enum Oracle: String, CaseIterable, Sendable {
    /// An acknowledged write is in the final siblings, or covered by a write that saw it.
    case durability = "O1"
    /// A sibling disappears only where a write that really saw it is known.
    case noFalseOverwrite = "O2"
    /// No two siblings of which one saw the other; no value twice.
    case noFalseConflict = "O3"
    /// In the end the siblings are exactly the writes that no other write saw.
    case frontier = "O4"
    /// One dot names one write for ever.
    case dotUniqueness = "O5"
    /// Every byte that is answered was written to that key.
    case provenance = "O6"
    /// A write is acknowledged with w distinct durable copies, a read answers with r distinct
    /// answers.
    case acknowledgement = "O7"
    /// Replicas agree within a bound after everything is healed.
    case convergence = "O8"
    /// A hint is forgotten only where its owner durably has what it holds, and none is left once
    /// all owners are back.
    case hints = "O9"
    /// What was deleted under an acknowledgement does not come back.
    case noResurrection = "O10"
    /// A read shows all that an earlier one did, where reads repair before they answer.
    case monotonicReads = "O12"
    /// Every key has n distinct owners, the same everywhere, and only they are asked, or fallbacks
    /// in their place.
    case ring = "O14"
    /// A member that can be reached is not suspected for long, one that cannot be is.
    case failureDetector = "O15"
    /// Every request gets exactly one answer, in time.
    case replies = "O16"
    /// What a node holds is bounded, and nothing is left over.
    case bounds = "O17"
    /// A Merkle tree is what a rebuild from the records makes.
    case trees = "O18"
    /// A node that starts again is what its durable data says.
    case restart = "O19"
    /// What is decoded is what was encoded; damage is refused.
    case codec = "O20"
    /// A value is shown until its time by its coordinator's hybrid clock, and never from then on.
    case expiry = "O21"
    /// No record is taken into a store that was read from one longer ago than messages live.
    case age = "O22"
    /// No replica whose data was destroyed counts before it knows again what others held of it.
    case refill = "O23"
    /// A read shows what was acknowledged before it began, where r + w > n and only primaries
    /// answer.
    case regularReads = "O11"
    /// A scrub sees all that a node keeps, and what it found damaged is mended where others have
    /// it.
    case scrub = "O24"
    /// Reads are as stale as the model of their delays predicts where nothing repairs and nothing
    /// fails, and never stale in strict quorums with r + w > n.
    case staleness = "O25"
    /// A coordinator's count of stale reads is what its replicas' answers say of them.
    case freshness = "O26"
    /// What can be served is served once everything it needs is healed.
    case liveness = "L1"
    /// The run stays within the limits of the simulator.
    case limit = "LIMIT"

    /// Which kind of promise it guards; decides the exit code.
    package var kind: OracleKind {
        switch self {
        case .convergence, .liveness, .failureDetector: .liveness
        case .limit: .limit
        default: .safety
        }
    }
}

/// The kinds of promises.
package enum OracleKind: Sendable {
    /// Nothing bad happens.
    case safety
    /// Something good happens in the end.
    case liveness
    /// The simulation itself stays within bounds.
    case limit
}

/// What an oracle found.
package struct Violation: Equatable, Sendable {
    /// Who found it.
    package var oracle: Oracle
    /// When, in nanoseconds of true time.
    package var at: UInt64
    /// The key concerned, from 0.
    package var key: Int?
    /// What is wrong, in one sentence.
    package var text: String
    /// The operations that contradict each other, and other evidence, one per line.
    package var evidence: [String]

    /// A finding.
    package init(
        _ oracle: Oracle, at: UInt64, key: Int? = nil, _ text: String, evidence: [String] = []
    ) {
        self.oracle = oracle
        self.at = at
        self.key = key
        self.text = text
        self.evidence = evidence
    }
}
