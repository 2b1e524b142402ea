import ArgumentParser
import Glibc

/// Stops a local ring.
struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop a local ring; its data stays.",
        discussion: """
            Examples:
              dynactl down
              dynactl down --data /tmp/ring
              dynactl down --wipe --yes         also delete the data, without asking
            """)

    @Option(help: ArgumentHelp("Where the ring is stored.", valueName: "dir"))
    var data = "./dyna-data"

    @Flag(help: "Delete the data of every node afterwards; asks first.")
    var wipe = false

    @Flag(help: "Do not ask.")
    var yes = false

    func run() async throws {
        let directory = RingDirectory(data)
        guard !directory.names.isEmpty else {
            Output.notice("there is no ring in \(directory.path)")
            return
        }
        if wipe {
            try confirm(directory)
        }
        let lock = try directory.lock()
        defer { lock.release() }
        let stopped = try await RingStopper(directory: directory).stopAll()
        Output.notice(
            stopped.isEmpty
                ? "no node was running" : "stopped \(stopped.joined(separator: ", "))")
        if wipe {
            try delete(directory)
        }
    }

    private func confirm(_ directory: RingDirectory) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw Failure.usage("--wipe deletes data: confirm it with --yes")
        }
        let names = directory.names.joined(separator: ", ")
        Output.notice("Delete all data of \(names) in \(directory.path)? Type 'yes':")
        guard readLine() == "yes" else {
            throw Failure.usage("nothing was stopped or deleted")
        }
    }

    /// Deletes the directories of nodes, and the directory of the ring if nothing else is in it.
    private func delete(_ directory: RingDirectory) throws(Failure) {
        let names = directory.names
        for name in names {
            try Paths.remove(directory.data(of: name))
        }
        if Paths.names(in: directory.path) == [".lock"] {
            try Paths.remove(directory.path)
        }
        Output.notice("deleted the data of \(names.joined(separator: ", "))")
    }
}
