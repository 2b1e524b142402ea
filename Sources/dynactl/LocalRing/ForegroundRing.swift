import Glibc
import UnixSignals

/// The nodes of a ring that live as long as the command that started them.
struct ForegroundRing: Sendable {
    /// What happens to them.
    private enum Event {
        /// They serve.
        case started
        /// A person or the system asks this process to end.
        case interrupted
        /// All have ended by themselves.
        case ended
    }

    /// The nodes.
    let processes: [NodeProcess]

    /// Waits with `start` until the nodes serve, then until a signal comes, and stops them.
    ///
    /// Throws what `start` throws, after stopping the nodes, or that all ended by themselves.
    func run(start: @escaping @Sendable () async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        try await withThrowingTaskGroup(of: Event.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for await _ in signals { break }
                return .interrupted
            }
            group.addTask {
                try await start()
                return .started
            }
            do {
                while let event = try await group.next(), event != .interrupted {
                    guard event == .started else {
                        throw Failure.internal("every node has ended by itself")
                    }
                    guard !processes.isEmpty else { return }
                    group.addTask {
                        try await waitForEnd()
                        return .ended
                    }
                }
                Output.notice("stopping the nodes")
                await stop()
            } catch {
                await stop()
                throw error
            }
        }
    }

    /// Asks the nodes to drain and waits until they have ended; kills those that take too long.
    private func stop() async {
        var left = processes.filter { $0.end() == nil }
        for process in left {
            kill(process.identifier, SIGTERM)
            kill(process.identifier, SIGCONT)
        }
        let deadline = ContinuousClock.now + RingStopper.drainLimit
        while !left.isEmpty, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
            left = left.filter { $0.end() == nil }
        }
        for process in left {
            Output.notice("\(process.name) has not stopped for 10 s: it is killed now")
            kill(process.identifier, SIGKILL)
        }
    }

    private func waitForEnd() async throws {
        var left = processes
        while !left.isEmpty {
            try await Task.sleep(for: .milliseconds(200))
            left = left.filter { process in
                guard process.end() != nil else { return true }
                Output.notice("\(process.name) has ended by itself; see its node.log")
                return false
            }
        }
    }
}
