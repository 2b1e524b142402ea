import ArgumentParser
import DynaClient
import Glibc
import Server
import SimulateCommand

/// The command line of dyna.
@main
struct Dynactl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dynactl",
        abstract: "Runs and talks to dyna, a leaderless quorum store.",
        discussion: """
            Examples:
              dynactl up                        start a local ring of three nodes
              dynactl put users/ada 'Lovelace'  write a value
              dynactl get users/ada             read it
              dynactl status                    see every node
              dynactl down                      stop the ring, keep its data

            Exit status: 0 done, 1 not found, 3 several siblings, 64 usage, 65 bad input data, \
            69 unavailable and nothing written, 70 internal error, 74 I/O error, 75 timed out \
            or overloaded, 77 not authorised.
            """,
        version: NodeServer.version,
        groupedSubcommands: [
            CommandGroup(name: "Nodes", subcommands: [Up.self, Down.self, Node.self]),
            CommandGroup(name: "Data", subcommands: [Put.self, Get.self, Delete.self]),
            CommandGroup(
                name: "Cluster",
                subcommands: [
                    Status.self, RingCommand.self, BucketCommand.self, Repair.self, Scrub.self,
                ]),
            CommandGroup(name: "Simulation", subcommands: [SimulateCommand.self]),
            CommandGroup(name: "Staleness", subcommands: [StalenessCommand.self]),
        ])

    /// Runs the command that the arguments name and ends the process with its exit status.
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            end(failure.message, failure.exitCode)
        } catch let error as DynaError {
            end(error.description, error.exitCode)
        } catch {
            exit(withError: error)
        }
    }

    private static func end(_ message: String?, _ exitCode: Int32) -> Never {
        if let message {
            Output.notice("dynactl: " + message)
        }
        Glibc.exit(exitCode)
    }
}
