import Glibc
import Staleness

/// Plays the trials of a model on several threads.
struct WARSPlayer: Sendable {
    /// How many trials to play.
    let trials: Int
    /// Which random numbers they draw.
    let seed: UInt64
    /// On how many threads at most; what comes out does not depend on it.
    let threads: Int

    /// A player on as many threads as there are processors, unless told otherwise.
    init(trials: Int, seed: UInt64, threads: Int? = nil) {
        self.trials = trials
        self.seed = seed
        self.threads = threads ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// How much memory all threads together may take: a third of a megabyte for each quorum and
    /// thread adds up where both are many.
    private static let memoryBytesMax = 1 << 30

    /// Plays all trials; every quorum must have the model's n.
    func play(_ model: WARSModel, _ quorums: [QuorumSizes]) async -> WARSTrials {
        let chunks = WARSTrials.chunks(of: trials)
        let empty = WARSTrials(model: model, quorums: quorums)
        let players = min(threads, chunks, max(1, WARSPlayer.memoryBytesMax / empty.memoryBytes))
        return await withTaskGroup(of: WARSTrials.self) { group in
            for player in 0..<players {
                group.addTask {
                    var part = empty
                    for chunk in stride(from: player, to: chunks, by: players) {
                        part.play(chunk: chunk, of: trials, seed: seed)
                    }
                    return part
                }
            }
            var all = empty
            for await part in group { all.merge(part) }
            return all
        }
    }

    /// Plays all trials and tells what they predict for each quorum.
    func predict(_ model: WARSModel, _ quorums: [QuorumSizes]) async -> [Prediction] {
        let played = await play(model, quorums)
        return quorums.map { Prediction(played, quorum: $0, seed: seed) }
    }
}
