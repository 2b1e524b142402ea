import Foundation
import Glibc

/// What a program did.
struct Outcome: CustomStringConvertible {
    /// As a shell shows it: 128 and the number of the signal if one ended the program.
    let exitCode: Int32
    let output: [UInt8]
    let errors: String
    let duration: Duration

    var text: String { String(decoding: output, as: UTF8.self) }
    /// The output without the line ends around it.
    var trimmed: String { text.trimmingCharacters(in: .newlines) }

    var description: String {
        "exit \(exitCode) after \(duration), output '\(text.prefix(400))', "
            + "errors '\(errors.prefix(800))'"
    }

    /// Reads the output as a JSON document.
    func decoded<Document: Decodable>(_ type: Document.Type = Document.self) throws -> Document {
        do {
            return try JSONDecoder().decode(type, from: Data(output))
        } catch {
            throw SetupFailure("no \(type): \(error); \(self)")
        }
    }
}

/// A program to run, with its streams in files, so that none can block it.
struct Program {
    let path: String
    /// In addition to those of the test; nil removes one.
    var environment: [String: String] = [:]
    /// How long it may take before it is killed.
    var limit = Duration.seconds(40)

    /// A program by name, from the directories of `PATH`; nil if it is not installed.
    static func installed(_ name: String) -> Program? {
        let directories = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return directories.split(separator: ":").map { directory in "\(directory)/\(name)" }
            .first(where: isExecutable).map { Program(path: $0) }
    }

    /// Whether there is a file that can be run.
    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

    /// Runs it to its end.
    func run(_ arguments: [String], input: [UInt8] = []) throws -> Outcome {
        let streams = try Streams(input: input)
        defer { streams.close() }
        let start = ContinuousClock.now
        let exitCode = try wait(for: spawn(arguments, streams), since: start)
        return Outcome(
            exitCode: exitCode, output: streams.read(streams.output),
            errors: String(decoding: streams.read(streams.errors), as: UTF8.self),
            duration: ContinuousClock.now - start)
    }

    private func spawn(_ arguments: [String], _ streams: Streams) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in [streams.input, streams.output, streams.errors].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, fileno(file), Int32(number))
        }
        let variables = ProcessInfo.processInfo.environment
            .filter { $0.key != "DYNACTL_ENDPOINTS" }
            .merging(environment) { _, new in new }
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + settings).forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, path, &actions, nil, &words, &settings)
        guard code == 0 else { throw SetupFailure("\(path) cannot be run: error \(code)") }
        return process
    }

    private func wait(for process: pid_t, since start: ContinuousClock.Instant) throws -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 {
            if ContinuousClock.now - start > limit { kill(process, SIGKILL) }
            usleep(1_000)
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}

/// The three streams of a program as files without names.
private struct Streams {
    let input: UnsafeMutablePointer<FILE>
    let output: UnsafeMutablePointer<FILE>
    let errors: UnsafeMutablePointer<FILE>

    init(input bytes: [UInt8]) throws {
        guard let input = tmpfile(), let output = tmpfile(), let errors = tmpfile() else {
            throw SetupFailure("no temporary file can be made")
        }
        (self.input, self.output, self.errors) = (input, output, errors)
        for file in [input, output, errors] { _ = fcntl(fileno(file), F_SETFD, FD_CLOEXEC) }
        fwrite(bytes, 1, bytes.count, input)
        fflush(input)
        lseek(fileno(input), 0, SEEK_SET)
    }

    func read(_ file: UnsafeMutablePointer<FILE>) -> [UInt8] {
        let size = Int(lseek(fileno(file), 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: size)
        let count = pread(fileno(file), &bytes, size, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    func close() {
        for file in [input, output, errors] { fclose(file) }
    }
}

/// The program under test.
enum Dynactl {
    /// `DYNACTL` names it, or it is beside the tests, where the build puts it.
    static func program() throws -> Program {
        if let path = ProcessInfo.processInfo.environment["DYNACTL"] { return Program(path: path) }
        let package = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let candidates = [try ownDirectory(), "\(package)/.build/debug"].map { "\($0)/dynactl" }
        guard let path = candidates.first(where: Program.isExecutable) else {
            throw SetupFailure("dynactl is not built: it is none of \(candidates)")
        }
        return Program(path: path)
    }

    /// Runs it to its end.
    static func run(_ arguments: String..., input: [UInt8] = []) throws -> Outcome {
        try program().run(arguments, input: input)
    }

    private static func ownDirectory() throws -> String {
        let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: path).deletingLastPathComponent().path
    }
}
