import ArgumentParser
import Glibc
import Simulator
import Synchronization

/// A run in a process of its own, where whatever depends on the process is different.
enum Child {
    /// The trace that this very program prints for a seed; nil where it prints none.
    static func trace(of seed: UInt64, profile: Profile) throws -> String? {
        trace(in: try run(seed, profile, "--json"))
    }

    /// The lines that this very program logs for a seed, every event.
    static func log(of seed: UInt64, profile: Profile) throws -> [String] {
        let text = try run(seed, profile, "--log", "events")
        // What follows is the run's own line and its findings.
        return text.split(separator: "\n").drop { $0.hasPrefix("#") }
            .prefix { !$0.hasPrefix("seed=") }.map(String.init)
    }

    /// The trace in a report.
    static func trace(in json: String) -> String? {
        json.split(separator: "\"").drop { $0 != "traceHash" }.dropFirst(2).first.map(String.init)
    }

    private static func run(
        _ seed: UInt64, _ profile: Profile, _ options: String...
    ) throws -> String {
        let arguments =
            ["/proc/self/exe"] + (Program.isNested ? ["simulate"] : [])
            + ["run", "--seed", String(seed), "--profile", profile.rawValue] + options
        return try output(of: "/proc/self/exe", arguments)
    }

    /// What a program prints; its exit status is for the caller to find in it.
    static func output(of program: String, _ arguments: [String]) throws -> String {
        // One after the other: a program that another thread starts between the making of the pipe
        // and its marks would keep the pipe open.
        let child = try starting.withLock { _ in try start(program, arguments) }
        defer { close(child.output) }
        let text = readAll(child.output)
        while waitpid(child.process, nil, 0) < 0, errno == EINTR {}
        return text
    }

    private static let starting = Mutex(())

    private static func start(
        _ program: String, _ arguments: [String]
    ) throws -> (process: pid_t, output: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw failure("make a pipe", errno) }
        // The program gets its copy of the one end and nothing else.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, program, &actions, nil, &words, environ)
        close(ends[1])
        guard status == 0 else {
            close(ends[0])
            throw failure("start \(program)", status)
        }
        return (process, ends[0])
    }

    private static func failure(_ what: String, _ number: Int32) -> ExitCode {
        Output.notice("simulate: cannot \(what): \(String(cString: strerror(number)))")
        return ExitCode(74)
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
