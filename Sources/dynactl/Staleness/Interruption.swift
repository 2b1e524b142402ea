import Glibc
import Synchronization
import UnixSignals

/// Ctrl-C and the other signals that ask a command to end, for one that has to tidy up first.
final class Interruption: Sendable {
    private let signals: UnixSignalsSequence
    private let flag = Atomic(false)

    /// From here on the signals do not end the process.
    init() async {
        signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    }

    /// Whether one of the signals has come.
    var hasCome: Bool { flag.load(ordering: .relaxed) }

    /// Waits for a task, which the first signal cancels.
    func cancelling<Outcome: Sendable>(
        _ task: Task<Outcome, any Error>
    ) async throws -> Outcome {
        let watcher = Task { [signals, self] in
            for await _ in signals {
                flag.store(true, ordering: .relaxed)
                if FileDescriptors.isTerminal(2) { Output.notice("ending and tidying up") }
                task.cancel()
            }
        }
        defer { watcher.cancel() }
        return try await task.value
    }
}
