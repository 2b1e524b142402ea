import ArgumentParser
import Glibc
import Simulator

/// The two streams of a command.
enum Output {
    /// A line of the result.
    static func line(_ text: String) {
        write(text + "\n", to: STDOUT_FILENO)
    }

    /// A line for whoever watches.
    static func notice(_ text: String) {
        write(text + "\n", to: STDERR_FILENO)
    }

    /// Whether somebody watches.
    static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(count, 0))
        }
    }
}

/// The program as it was called.
enum Program {
    /// Whether it is `dynactl simulate`, not `simulate`.
    static var isNested: Bool { CommandLine.arguments.dropFirst().first == "simulate" }

    /// The words that call it again.
    static var name: String { isNested ? "dynactl simulate" : "simulate" }

    /// The words that run a seed.
    static func run(_ seed: UInt64, _ profile: Profile) -> String {
        "\(name) run --seed \(Seed.text(seed)) --profile \(profile.rawValue)"
    }

    /// The words that compare a seed's runs.
    static func check(_ seed: UInt64, _ profile: Profile) -> String {
        "\(name) check --seeds 1 --first-seed \(Seed.text(seed)) --profile \(profile.rawValue)"
    }
}

/// Whole files.
enum Files {
    static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw failure("read", path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        // A directory can be opened, but not read.
        guard ferror(file) == 0 else { throw failure("read", path) }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw failure("write", path) }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten else { throw failure("write", path) }
    }

    private static func failure(_ verb: String, _ path: String) -> ExitCode {
        Output.notice("simulate: cannot \(verb) \(path): \(String(cString: strerror(errno)))")
        return ExitCode(74)
    }
}

/// How long things take for real.
enum WallClock {
    /// Seconds since some moment.
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Seconds for which this process computed.
    static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
