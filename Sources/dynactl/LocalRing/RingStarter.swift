import DynaClient
import Glibc
import Server

/// Starts what is missing of a local ring and waits until it serves.
struct RingStarter {
    /// How long a started node may take to answer.
    static let startLimit = Duration.seconds(30)
    /// How long to wait for a node that answers to reach its quorums.
    static let readyLimit = Duration.seconds(5)
    /// How long a node that was running already may take to answer before it is named.
    static let runningLimit = Duration.seconds(5)

    let directory: RingDirectory
    let ring: LocalRing

    /// The members that do not run.
    ///
    /// A process that was killed holds its lock for a moment longer than its port: it is waited
    /// for.
    func missing() async throws -> [PeerConfiguration] {
        var missing: [PeerConfiguration] = []
        let deadline = ContinuousClock.now + RingStarter.runningLimit
        for member in ring.members {
            var isRunning = try directory.isRunning(member.name)
            while isRunning, isPortFree(of: member), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
                isRunning = try directory.isRunning(member.name)
            }
            if !isRunning { missing.append(member) }
        }
        return missing
    }

    private func isPortFree(of member: PeerConfiguration) -> Bool {
        Endpoint(member.client).map { Probe.isFree(port: $0.port) } ?? false
    }

    /// Fails if one of these members, which ran before, has ended.
    func checkStillRunning(_ members: [PeerConfiguration]) throws(Failure) {
        for member in members where try !directory.isRunning(member.name) {
            throw .unavailable("\(member.name) has ended meanwhile; run this command again")
        }
    }

    /// Fails if a port of one of these members is in use.
    func checkPorts(of members: [PeerConfiguration]) throws(Failure) {
        for member in members {
            let uses = [("clients", member.client), ("peers", member.peer), ("HTTP", member.http)]
            for (use, address) in uses {
                guard let port = Endpoint(address)?.port, !Probe.isFree(port: port) else {
                    continue
                }
                throw .unavailable(
                    "port \(port) is in use by another process; \(member.name) needs it for \(use)"
                        + " (end that process, or choose other ports for a new ring with --port)")
            }
        }
    }

    /// Starts the processes of members whose files are there.
    func start(_ members: [PeerConfiguration]) throws(Failure) -> [NodeProcess] {
        var processes: [NodeProcess] = []
        for member in members {
            processes.append(
                try NodeProcess(
                    name: member.name, configuration: directory.configuration(of: member.name),
                    log: directory.log(of: member.name)))
        }
        return processes
    }

    /// Waits until each of these nodes serves; throws when one ends or takes too long.
    func waitUntilServing(_ processes: [NodeProcess]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for process in processes {
                group.addTask { try await waitUntilServing(process) }
            }
            try await group.waitForAll()
        }
    }

    /// Names the nodes that run but do not answer.
    func nameSilent(_ members: [PeerConfiguration]) async {
        let deadline = ContinuousClock.now + RingStarter.runningLimit
        await withTaskGroup(of: String?.self) { group in
            for member in members {
                guard let endpoint = Endpoint(member.client) else { continue }
                group.addTask {
                    await Probe.answers(endpoint, until: deadline) ? nil : member.name
                }
            }
            for await case let name? in group {
                let log = directory.log(of: name)
                Output.notice("\(name) runs but has not answered for 5 s; see \(log)")
            }
        }
    }

    private func waitUntilServing(_ process: NodeProcess) async throws {
        guard let member = ring.members.first(where: { $0.name == process.name }),
            let client = Endpoint(member.client), let http = Endpoint(member.http)
        else { throw Failure.internal("\(process.name) is no member of the ring") }
        let deadline = ContinuousClock.now + RingStarter.startLimit
        var hasAnswered = false
        while !hasAnswered {
            try checkRunning(process)
            guard ContinuousClock.now < deadline else {
                let log = directory.log(of: process.name)
                throw Failure.timedOut("\(process.name) has not answered for 30 s; see \(log)")
            }
            hasAnswered = await Probe.answers(client, until: ContinuousClock.now)
        }
        try checkRunning(process)
        let readyDeadline = ContinuousClock.now + RingStarter.readyLimit
        while !Probe.isReady(http), ContinuousClock.now < readyDeadline {
            try await Task.sleep(for: .milliseconds(50))
            try checkRunning(process)
        }
    }

    private func checkRunning(_ process: NodeProcess) throws(Failure) {
        guard let end = process.end() else { return }
        let log = directory.log(of: process.name)
        let lines = LogTail(path: log, linesMax: 10).text
        let (kind, exitCode): (String, Int32) =
            switch end {
            case .exited(let code): ("ended with status \(code)", code == 0 ? 70 : code)
            case .killed(let signal): ("was ended by signal \(signal)", 70)
            case .seen: ("has ended", 70)
            }
        throw Failure(
            "\(process.name) \(kind) while it started. The end of \(log):\n\(lines)",
            exitCode: exitCode)
    }
}

/// The last lines of a log.
struct LogTail {
    /// The most that is read from the end, in bytes.
    static let bytesMax = 16 << 10

    let path: String
    let linesMax: Int

    var text: String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "(there is no such file)" }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        lseek(descriptor, max(0, size - LogTail.bytesMax), SEEK_SET)
        let bytes = try? FileDescriptors.readAll(from: descriptor, limit: LogTail.bytesMax)
        let lines = String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n")
        return lines.suffix(linesMax).map { "  " + $0 }.joined(separator: "\n")
    }
}
