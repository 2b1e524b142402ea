import ArgumentParser
import Glibc
import Simulator

/// Shows that a seed is a run.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Runs seeds again and again and compares their traces.",
        discussion: """
            Each seed runs twice in this process and once in a new one; seeds whose disks have \
            no faults also run on the other kind of store. All traces must be equal.

            Example:
              simulate check --seeds 20
            """)

    @OptionGroup var choice: SeedOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        var different = 0
        for index in 0..<choice.seeds {
            let plan = choice.plan(index)
            let first = Simulation(plan).run()
            let hash = String(first.traceHash, radix: 16)
            var problem: String?
            if Simulation(plan).run().traceHash != first.traceHash {
                problem = "two runs in one process differ"
                compare(plan, plan, first)
            } else if try Child.trace(of: plan.seed, profile: choice.profile) != hash {
                problem = "a run in another process differs"
            } else if let other = plan.onOtherStore,
                Simulation(other).run().traceHash != first.traceHash
            {
                problem = "the two kinds of store differ"
                compare(plan, other, first)
            }
            if problem != nil { different += 1 }
            guard !json else { continue }
            Output.line(
                "seed=\(Seed.text(plan.seed)) store=\(plan.world.store.rawValue) trace=\(hash) "
                    + (problem.map { "FAIL determinism: \($0)" } ?? "equal"))
        }
        if json {
            Output.line("{\"seeds\":\(choice.seeds),\"different\":\(different)}")
        }
        if different > 0 { throw ExitCode(Verdict.notDeterministic.rawValue) }
    }

    /// Prints where two runs part.
    private func compare(_ left: Plan, _ right: Plan, _ report: RunReport) {
        var options = RunOptions()
        options.log = .events
        let (one, two) = (
            Simulation(left, options: options).run().log,
            Simulation(right, options: options).run().log
        )
        let place = zip(one, two).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        guard let place else {
            return Output.notice("their logs are equal as far as they go")
        }
        for line in one[max(0, place - 20)..<place] { Output.notice("  " + Text.line(line)) }
        for line in one[place...].prefix(20) { Output.notice("< " + Text.line(line)) }
        for line in two[place...].prefix(20) { Output.notice("> " + Text.line(line)) }
    }
}

extension Plan {
    /// The same on the other kind of store; nil where its disks need the real one.
    var onOtherStore: Plan? {
        guard !world.disk.hasFaults, !faults.contains(where: { $0.fault.dependsOnStore }) else {
            return nil
        }
        var plan = self
        plan.world.store = world.store == .sqlite ? .dictionary : .sqlite
        return plan
    }
}

extension Fault {
    /// Whether its effect differs between a real disk and a dictionary.
    fileprivate var dependsOnStore: Bool {
        switch self {
        case .crashInTransaction, .fullDisk, .diskError, .lie, .rot, .misdirect, .stalePage: true
        default: false
        }
    }
}

/// A run in a process of its own.
enum Child {
    /// The trace that this very program prints for a seed.
    static func trace(of seed: UInt64, profile: Profile) throws -> String? {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw ExitCode(74) }
        let isNested = CommandLine.arguments.dropFirst().first == "simulate"
        let arguments =
            ["/proc/self/exe"] + (isNested ? ["simulate"] : [])
            + ["run", "--json", "--seed", String(seed), "--profile", profile.rawValue]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        defer { posix_spawn_file_actions_destroy(&actions) }
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        guard posix_spawn(&process, "/proc/self/exe", &actions, nil, &words, environ) == 0 else {
            throw ExitCode(74)
        }
        close(ends[1])
        let text = readAll(ends[0])
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return text.split(separator: "\"").drop { $0 != "traceHash" }.dropFirst(2).first
            .map(String.init)
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        close(descriptor)
        return String(decoding: bytes, as: UTF8.self)
    }
}
