import Glibc

/// Stops the nodes of a local ring.
struct RingStopper {
    /// How long a node may take to drain before it is killed.
    static let drainLimit = Duration.seconds(10)
    /// How long the system may take to end a killed process.
    static let killLimit = Duration.seconds(5)

    let directory: RingDirectory

    /// Stops every node that runs and returns the names of those that did.
    ///
    /// A node that was stopped by a signal is woken up, so that it can drain like the others.
    func stopAll() async throws -> [String] {
        let running = try directory.names.filter { name in try directory.isRunning(name) }
        for name in running {
            try await signal(name, SIGTERM)
            try await signal(name, SIGCONT)
        }
        let slow = try await wait(for: running, limit: RingStopper.drainLimit)
        for name in slow {
            Output.notice("\(name) has not stopped for 10 s: it is killed now")
            try await signal(name, SIGKILL)
        }
        let left = try await wait(for: slow, limit: RingStopper.killLimit)
        guard left.isEmpty else {
            throw Failure.internal("\(left.joined(separator: ", ")): cannot be stopped")
        }
        return running
    }

    /// Sends a signal to the process that holds the lock of a node; nothing if it has ended.
    private func signal(_ name: String, _ number: Int32) async throws {
        let deadline = ContinuousClock.now + .seconds(1)
        while try directory.isRunning(name) {
            if let process = try directory.process(of: name) {
                guard kill(process, number) == 0 || errno == ESRCH else {
                    throw Failure(
                        "\(name) (process \(process)) cannot be signalled: \(errorText(errno))",
                        exitCode: 77)
                }
                return
            }
            guard ContinuousClock.now < deadline else {
                throw Failure.internal("\(name) runs, but its lock file names no process")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until the locks of these nodes are free; returns the names of those that are not.
    private func wait(for names: [String], limit: Duration) async throws -> [String] {
        let deadline = ContinuousClock.now + limit
        var left = names
        while true {
            left = try left.filter { name in try directory.isRunning(name) }
            guard !left.isEmpty, ContinuousClock.now < deadline else { return left }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
