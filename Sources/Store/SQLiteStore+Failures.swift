import Causality
import Primitives
import Replica

// What the store does about a failing or full disk, and about a long log.
extension SQLiteStore {
    /// A transaction failed and is rolled back: the run ends, since its dots may be known
    /// elsewhere.
    ///
    /// A full disk is tried again; after any other failure nothing is written any more, because
    /// what the disk holds is not known.
    func fail(_ error: SQLiteError) -> StoreFailure {
        // SQLite may have rolled back already, which makes this an error of no interest.
        try? connection.run("ROLLBACK")
        keeper.minter.endRun(next: random.nextRun(after: keeper.minter.run))
        guard !error.isFull else {
            askForRoom()
            return .full
        }
        let stop = Stop.failed(error.summary)
        stopped = stop
        return stop.failure
    }

    /// The first transaction that finds the disk full asks for a checkpoint: space in an emptied
    /// log can be written anew.
    private func askForRoom() {
        guard !isDiskFull else { return }
        isDiskFull = true
        checkpointDue = 0
    }

    /// Empties the log when it is long enough; called when nobody waits for a reply.
    func checkpointIfDue() {
        guard stopped == nil, connection.logPages >= checkpointDue else { return }
        checkpoint()
    }

    /// Moves pages from the log into the database.
    ///
    /// Where there is no room for them they stay in the log, as safe as before, and the next
    /// attempt waits until the log has grown. Any other failure stops writing: a sync is never
    /// tried again.
    private func checkpoint() {
        do throws(SQLiteError) {
            try connection.checkpoint()
            checkpointDue = options.checkpointPages
        } catch {
            guard error.isFull else {
                stopped = .failed("a checkpoint failed: \(error.summary)")
                return
            }
            checkpointDue = connection.logPages + max(1, options.checkpointPages / 4)
        }
    }
}
