import ArgumentParser

/// Runs the nodes of a ring in a world that breaks: network, disks, clocks and processes.
public struct SimulateCommand: ParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs real nodes through simulated faults, reproducible from a seed.",
        discussion: """
            Examples:
              simulate list                             the scenarios by name
              simulate run --scenario bridge --log notes
              simulate run --seed 0x3fa2                one seed of the swarm
              simulate sweep --seeds 100 --coverage     many, and what they never saw
              simulate shrink --seed 0x3fa2             a failing seed as a short plan
              simulate replay that.plan

            Exit status: 0 passed, 2 a safety promise is broken, 3 liveness, 4 not \
            deterministic, 5 coverage gap, 6 limit of the simulator, 64 usage, 65 a plan cannot \
            be read, 74 I/O error. Above 128 a run broke the process; the standard error \
            says which.
            """,
        subcommands: [
            RunCommand.self, SweepCommand.self, CheckCommand.self, ReplayCommand.self,
            ShrinkCommand.self, StalenessCommand.self, ListCommand.self, ShowCommand.self,
        ])

    /// For the parser.
    public init() {}
}
