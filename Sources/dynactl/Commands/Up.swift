import ArgumentParser
import DynaClient
import Server

/// Starts a local ring.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start a local ring, one process per node.",
        discussion: """
            The nodes are named n1, n2, … and keep their data and logs under DIR/<name>/. Node i, \
            counted from 0, takes clients on port P+i, other nodes on P+100+i and HTTP on P+200+i, \
            all on 127.0.0.1. Where a ring is stored already, only what does not run is started.

            Examples:
              dynactl up
              dynactl up --nodes 5 --zones 5 --port 7501 --data /tmp/ring
              dynactl up --foreground
            """)

    @Option(help: ArgumentHelp("How many nodes. (default: 3)", valueName: "count"))
    var nodes: Int?

    @Option(help: ArgumentHelp("Where the ring is stored.", valueName: "dir"))
    var data = "./dyna-data"

    @Option(help: ArgumentHelp("The client port of the first node. (default: 7401)"))
    var port: Int?

    @Option(
        help: ArgumentHelp("Replicas of a key. (default: 3, or all nodes)", valueName: "count"))
    var n: Int?

    @Option(
        help: ArgumentHelp(
            "How many zones to deal the nodes to, round robin. (default: 1)", valueName: "count"))
    var zones: Int?

    @Flag(help: "Stay, and stop the nodes that were started when interrupted.")
    var foreground = false

    private var shape: RingShape {
        RingShape(nodes: nodes, port: port, n: n, zones: zones)
    }

    func run() async throws {
        let directory = RingDirectory(data)
        try Paths.makeDirectory(directory.path)
        let lock = try directory.lock()
        let starter = RingStarter(directory: directory, ring: try chosenRing(in: directory))
        let missing = try await starter.missing()
        try starter.checkPorts(of: missing)
        try directory.writeMissing(of: starter.ring)
        let processes = try starter.start(missing)
        let summary = RingSummary(
            starter: starter, started: processes.count, isForeground: foreground)
        let start: @Sendable () async throws -> Void = {
            try await Up.waitUntilServing(starter, processes)
            lock.release()
            try Output.line(summary.text)
        }
        if foreground {
            try await ForegroundRing(processes: processes).run(start: start)
        } else {
            try await start()
        }
    }

    /// The ring that is stored, if the flags agree with it, or a new one.
    private func chosenRing(in directory: RingDirectory) throws(Failure) -> LocalRing {
        guard let stored = try directory.storedRing() else {
            if let problem = shape.problem { throw .usage(problem) }
            return LocalRing(new: shape)
        }
        if let contradiction = shape.contradiction(to: stored.shape) {
            throw .usage("\(directory.path): \(contradiction)")
        }
        return stored
    }

    private static func waitUntilServing(
        _ starter: RingStarter, _ processes: [NodeProcess]
    ) async throws {
        let running = starter.ring.members.filter { member in
            !processes.contains { $0.name == member.name }
        }
        async let silent: Void = starter.nameSilent(running)
        try await starter.waitUntilServing(processes)
        await silent
        try starter.checkStillRunning(running)
    }
}
