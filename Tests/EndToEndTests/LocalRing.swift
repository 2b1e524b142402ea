import Foundation
import Glibc

/// A ring of processes in a directory of its own, which ends with the test that started it.
final class LocalRing: Sendable {
    let directory: String
    /// The client port of the first node.
    let port: Int
    let nodes: Int

    /// Starts a ring for the time of `body`, and leaves nothing behind.
    static func run(
        nodes: Int = 3, _ flags: [String] = [], _ body: (LocalRing) throws -> Void
    ) throws {
        let ring = try LocalRing(nodes: nodes)
        defer { ring.erase() }
        let outcome = try ring.up(["--nodes", "\(nodes)", "--port", "\(ring.port)"] + flags)
        guard outcome.exitCode == 0 else { throw SetupFailure("up: \(outcome)\n\(ring.logs)") }
        try body(ring)
    }

    private init(nodes: Int) throws {
        self.nodes = nodes
        port = try Ports.free(nodes: nodes)
        directory = FileManager.default.temporaryDirectory.path + "/dyna-\(getpid())-\(port)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    /// The client port of a node, counted from 0.
    func endpoint(_ node: Int) -> String { "127.0.0.1:\(port + node)" }

    /// Where a node, counted from 0, keeps its files.
    func data(_ node: Int) -> String { "\(directory)/n\(node + 1)" }

    func up(_ flags: [String] = []) throws -> Outcome {
        try Dynactl.program().run(["up", "--data", directory] + flags)
    }

    /// Starts what is missing; a failure ends the test.
    func restart() throws {
        let outcome = try up()
        guard outcome.exitCode == 0 else { throw SetupFailure("up: \(outcome)\n\(logs)") }
    }

    func down(_ flags: [String] = []) throws -> Outcome {
        try Dynactl.program().run(["down", "--data", directory] + flags)
    }

    /// Runs a command that asks one node.
    func run(_ arguments: String..., on node: Int = 0, input: [UInt8] = []) throws -> Outcome {
        guard let verb = arguments.first else { throw SetupFailure("no command") }
        return try Dynactl.program().run(
            [verb] + arguments.dropFirst() + ["--endpoint", endpoint(node)], input: input)
    }

    /// What a node answers to `get --json`.
    func read(_ path: String, on node: Int = 0) throws -> GetDocument {
        try run("get", path, "--json", on: node).decoded()
    }

    /// The members as one of them sees them.
    func members(on node: Int = 0) throws -> [StatusDocument.Member] {
        try run("status", "--json", on: node).decoded(StatusDocument.self).nodes
    }

    /// How one node sees another.
    func status(of name: String, on node: Int) throws -> String? {
        try members(on: node).first { $0.name == name }?.status
    }

    /// All that the nodes have logged.
    var logs: String { (0..<nodes).map(log).joined() }

    func log(_ node: Int) -> String {
        (try? String(contentsOfFile: "\(data(node))/node.log", encoding: .utf8)) ?? ""
    }

    private func erase() {
        _ = try? down()
        for node in 0..<nodes { try? signal(node, SIGKILL) }
        try? FileManager.default.removeItem(atPath: directory)
    }
}

extension LocalRing {
    /// Kills nodes at once, without any chance to tidy up, and waits until they are gone.
    func kill(_ nodes: Int...) throws {
        for (node, process) in try nodes.map({ ($0, try runningProcess($0)) }) {
            guard Glibc.kill(process, SIGKILL) == 0 else {
                throw SetupFailure("n\(node + 1) cannot be killed: error \(errno)")
            }
        }
        let areGone = eventually(within: .seconds(5)) { nodes.allSatisfy { process($0) == nil } }
        guard areGone else { throw SetupFailure("killed processes are still there") }
    }

    /// Sends a signal to a node that runs.
    func signal(_ node: Int, _ number: Int32) throws {
        _ = Glibc.kill(try runningProcess(node), number)
    }

    private func runningProcess(_ node: Int) throws -> pid_t {
        guard let process = process(node) else { throw SetupFailure("n\(node + 1) does not run") }
        return process
    }

    /// The process of a node that runs: the number in its lock, if that process is ours.
    func process(_ node: Int) -> pid_t? {
        guard let text = try? String(contentsOfFile: "\(data(node))/lock", encoding: .utf8),
            let number = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            let command = FileManager.default.contents(atPath: "/proc/\(number)/cmdline"),
            String(decoding: command, as: UTF8.self).contains("\(data(node))/")
        else { return nil }
        return number
    }
}

/// Ports for rings.
private enum Ports {
    /// From one ring to the next.
    private static let step = 10

    /// The first of a range in which a ring of this size finds all its ports free.
    static func free(nodes: Int) throws -> Int {
        let bases = stride(from: 21_000, to: 28_800, by: 300).flatMap { block in
            stride(from: block, to: block + 100, by: step)
        }
        let start = Int(getpid()) * 7 % bases.count
        for base in bases[start...] + bases[..<start] {
            let ports = [0, 100, 200].flatMap { kind in (0..<nodes).map { base + kind + $0 } }
            if ports.allSatisfy(Socket.isFree) { return base }
        }
        throw SetupFailure("there are no free ports from 21000 to 28999")
    }
}
